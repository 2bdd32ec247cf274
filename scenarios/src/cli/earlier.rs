//! A report of an earlier run (`--json`): what failed in it is played again, and a new run is compared with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::{Case, Failure, Head, Outcome, Played};

/// Its plays, by scenario and case.
#[derive(Debug)]
pub(super) struct Earlier(BTreeMap<(String, String), Result>);

#[derive(Deserialize)]
struct Report {
    plays: Vec<Play>,
}

#[derive(Deserialize)]
struct Play {
    scenario: String,
    case: String,
    outcome: Result,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
enum Result {
    Passed {},
    Failed { failures: Vec<Told> },
    Skipped {},
    HarnessError {},
}

/// What was expected and seen.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Told {
    expected: String,
    seen: String,
}

impl Earlier {
    /// Reads a report.
    ///
    /// # Errors
    /// A line with the file's name.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = crate::text_file::read(path).with_context(|| path.display().to_string())?;
        let report: Report = serde_json::from_str(&text)
            .with_context(|| format!("{}: no report of a run, as --json writes it", path.display()))?;
        let plays = report.plays.into_iter().map(|play| ((play.scenario, play.case), play.outcome));
        Ok(Self(plays.collect()))
    }

    /// Leaves the cases of a scenario that failed then; false if none did.
    pub(super) fn failed(&self, head: &mut Head) -> bool {
        let id = head.id.clone();
        head.cases.retain(|Case { name, .. }| {
            let then = self.0.get(&(id.clone(), name.clone()));
            matches!(then, Some(Result::Failed { .. } | Result::HarnessError {}))
        });
        !head.cases.is_empty()
    }

    /// What has changed since: failures that are new, that are mended, and that now read otherwise.
    pub(super) fn compared(&self, plays: &[Played]) -> String {
        let (mut new, mut mended, mut other) = (Vec::new(), Vec::new(), Vec::new());
        for played in plays {
            let Some(then) = self.0.get(&(played.scenario.clone(), played.case.clone())) else { continue };
            match (then, &played.outcome) {
                (Result::Failed { failures }, Outcome::Failed { failures: now, .. })
                    if !now.iter().map(Told::from).eq(failures.iter().cloned()) =>
                {
                    other.push(played.title());
                }
                (Result::Failed { .. }, Outcome::Failed { .. }) => {}
                (_, Outcome::Failed { .. }) => new.push(played.title()),
                (Result::Failed { .. }, Outcome::Passed { .. }) => mended.push(played.title()),
                _ => {}
            }
        }
        let mut text = String::new();
        for (what, titles) in [("new failures", new), ("mended", mended), ("fail otherwise", other)] {
            let _ = writeln!(text, "{what}: {}", titles.len());
            titles.iter().for_each(|title| {
                let _ = writeln!(text, "  {title}");
            });
        }
        text
    }
}

impl From<&Failure> for Told {
    fn from(failure: &Failure) -> Self {
        Self { expected: failure.expected.clone(), seen: failure.seen.clone() }
    }
}
