//! What every scenario begins with, whether it is about a portal or about a client.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::mistake::Mistake;

/// What a scenario is called, what it shows, and with which values it is played.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its file without `.toml`, such as `portal/rcd/walk`.
    pub id: String,
    /// Its file, for messages.
    pub file: String,
    /// What it is about, in a few words.
    pub name: String,
    /// The same in Japanese, where somebody has written it.
    pub ja: Option<String>,
    /// How much of a site or client must be there for it.
    pub level: Level,
    /// The requirements that it shows.
    pub shows: Vec<String>,
    /// The values with which it is played, one after the other; without a table, one play.
    pub cases: Vec<Case>,
}

/// One row of a table of cases.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Empty if the scenario has no table.
    pub name: String,
    /// What `{case.KEY}` stands for.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// How much of a site or client a scenario asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema, Serialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What everyone needs.
    Core,
    /// When something goes wrong on the way.
    Resilience,
    /// What must not be possible.
    Security,
    /// Over the years: renewal, expiry, revocation.
    Lifecycle,
}

/// ID and case, as reports name a play.
pub(crate) fn title(scenario: &str, case: &str) -> String {
    if case.is_empty() { scenario.to_owned() } else { format!("{scenario} [{case}]") }
}

/// What a play is called in reports.
pub(crate) struct Title {
    pub(crate) scenario: String,
    pub(crate) case: String,
    pub(crate) name: String,
    pub(crate) ja: Option<String>,
    pub(crate) level: Level,
    pub(crate) shows: Vec<String>,
}

/// A head as a file has it.
pub(crate) struct RawHead {
    pub(crate) name: String,
    pub(crate) ja: Option<String>,
    pub(crate) level: Level,
    pub(crate) shows: Spanned<Vec<String>>,
    pub(crate) cases: Vec<Spanned<Case>>,
}

impl Head {
    pub(crate) fn read(file: &str, text: &str, raw: RawHead) -> Result<Self, Mistake> {
        let mistake = |offset: usize, message: String| Mistake::at(file, text, offset, message);
        let (span, shows) = (raw.shows.span(), raw.shows.into_inner());
        if shows.is_empty() {
            return Err(mistake(span.start, "a scenario shows at least one requirement".to_owned()));
        }
        let mut cases: Vec<Case> = Vec::new();
        for spanned in raw.cases {
            let start = spanned.span().start;
            let case = spanned.into_inner();
            if case.name.is_empty() || cases.iter().any(|other| other.name == case.name) {
                return Err(mistake(start, format!("{:?} is no name, or that of another case", case.name)));
            }
            cases.push(case);
        }
        if cases.is_empty() {
            cases.push(Case::default());
        }
        Ok(Self {
            id: file.strip_suffix(".toml").unwrap_or(file).to_owned(),
            file: file.to_owned(),
            name: raw.name,
            ja: raw.ja,
            level: raw.level,
            shows,
            cases,
        })
    }

    /// Where a step stands in its file.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.file)
    }

    /// What a play of it with this case is called.
    pub(crate) fn title(&self, case: &Case) -> Title {
        Title {
            scenario: self.id.clone(),
            case: case.name.clone(),
            name: self.name.clone(),
            ja: self.ja.clone(),
            level: self.level,
            shows: self.shows.clone(),
        }
    }
}
