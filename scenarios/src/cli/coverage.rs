//! `obn-conformance coverage`

use clap::Args;

use crate::coverage::{manual_json, manual_text, text};
use crate::{Catalogue, Language};

#[derive(Debug, Args)]
pub(super) struct Coverage {
    /// Only what nothing shows yet
    #[arg(long)]
    missing: bool,
    /// The manual's statements: which requirements say each, or why it lies outside and what takes its place
    #[arg(long)]
    manual: bool,
    /// Print one JSON document instead of text
    #[arg(long, requires = "manual", conflicts_with = "missing")]
    json: bool,
    /// The language of the manual's statements, ja or en [default: by locale]
    #[arg(long, env = "OBN_LANG", value_name = "LANGUAGE", hide_possible_values = true)]
    lang: Option<Language>,
}

impl Coverage {
    pub(super) fn print(self, catalogue: &Catalogue) {
        super::print(&match self {
            Self { manual: false, missing, .. } => text(catalogue, missing),
            Self { json: true, .. } => manual_json(catalogue),
            Self { missing, lang, .. } => {
                manual_text(catalogue, lang.unwrap_or_else(language_of_the_locale), missing)
            }
        });
    }
}

pub(super) fn language_of_the_locale() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
    set.into_iter()
        .find(|value| !value.is_empty())
        .map_or(Language::En, |locale| Language::of_locale(&locale))
}
