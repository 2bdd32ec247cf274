//! Which scenarios are played.

use std::collections::BTreeSet;

use crate::play::{Head, Level};

/// By name and by level.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
pub(crate) struct Choice {
    /// Only scenarios whose path or name contains this, or that show this requirement
    #[cfg_attr(feature = "cli", arg(long, value_name = "TEXT"))]
    pub(crate) filter: Vec<String>,
    /// Only scenarios of this level
    #[cfg_attr(feature = "cli", arg(long))]
    pub(crate) level: Vec<Level>,
}

impl Choice {
    /// Whether anything is chosen at all.
    #[cfg(feature = "cli")]
    pub(crate) fn is_some(&self) -> bool {
        !self.filter.is_empty() || !self.level.is_empty()
    }

    /// Whether a scenario is chosen.
    pub(crate) fn fits(&self, head: &Head) -> bool {
        let named = self.filter.is_empty()
            || self.filter.iter().any(|text| {
                head.id.contains(text)
                    || head.name.to_lowercase().contains(&text.to_lowercase())
                    || head.ja.as_ref().is_some_and(|ja| ja.contains(text))
                    || head.shows.contains(text)
            });
        named && (self.level.is_empty() || self.level.contains(&head.level))
    }
}

/// The requirements that only scenarios show which were not chosen.
pub(crate) fn not_asked<'a>(
    all: impl Iterator<Item = &'a Head>,
    is_chosen: impl Fn(&Head) -> bool,
) -> BTreeSet<String> {
    let (chosen, others): (Vec<_>, Vec<_>) = all.partition(|head| is_chosen(head));
    let shown =
        |heads: Vec<&Head>| heads.into_iter().flat_map(|head| head.shows.clone()).collect::<BTreeSet<_>>();
    &shown(others) - &shown(chosen)
}
