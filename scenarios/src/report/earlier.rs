//! A report of an earlier run as JSON: what failed in it is played again, and a later run is compared with it.

use obn_speech::words;
use serde::Deserialize;

use crate::bilingual::Language;
use crate::error::Error;
use crate::play::{Case, Head, Outcome};
#[cfg(feature = "cli")]
use crate::play::{Failure, Played};

/// Its plays, in its order.
#[derive(Clone, Debug)]
pub(crate) struct Earlier(Vec<Play>);

/// A part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What failed.
    Failed,
    /// What was left out when it was stopped.
    Left,
}

/// A play of it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Play {
    scenario: String,
    case: String,
    /// What the scenario is about.
    pub(crate) name: String,
    /// The same in Japanese.
    pub(crate) ja: Option<String>,
    outcome: Result,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
enum Result {
    Passed {},
    Failed { failures: Vec<Told> },
    Skipped { reason: String },
    HarnessError {},
}

/// What was expected and seen. Reports of before have it in English only.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Told {
    expected: String,
    expected_ja: Option<String>,
    seen: String,
    seen_ja: Option<String>,
}

/// In either language it tells the same.
impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.expected == other.expected && self.seen == other.seen
    }
}

impl Told {
    /// What must be.
    pub(crate) fn expected(&self, language: Language) -> &str {
        language.pick(self.expected_ja.as_deref().unwrap_or(&self.expected), &self.expected)
    }

    /// What was.
    pub(crate) fn seen(&self, language: Language) -> &str {
        language.pick(self.seen_ja.as_deref().unwrap_or(&self.seen), &self.seen)
    }
}

#[derive(Deserialize)]
struct Report {
    plays: Vec<Play>,
}

/// What has changed between two runs.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    /// What fails now and didn't.
    pub(crate) new: Vec<Changed<'a>>,
    /// What failed and passes now.
    pub(crate) mended: Vec<Changed<'a>>,
    /// What fails as it did, in other words.
    pub(crate) other: Vec<Changed<'a>>,
    /// What still fails in the same words.
    pub(crate) same: usize,
    /// What only one of them has played.
    pub(crate) only_one: usize,
}

/// A play of which the two runs tell another story.
#[derive(Debug)]
pub(crate) struct Changed<'a> {
    /// As the later one has it.
    pub(crate) now: &'a Play,
    /// As the earlier one has it.
    pub(crate) then: &'a Play,
}

impl Earlier {
    /// Reads a report. `name` is that of its file.
    ///
    /// # Errors
    /// [`Error::Usage`] with the file's name.
    pub(crate) fn parse(name: &str, text: &str) -> std::result::Result<Self, Error> {
        let report: Report = serde_json::from_str(text).map_err(|error| {
            Error::Usage(words!(
                "{name} は --json で書き出した実行結果ではありません: {error}",
                "{name}: no report of a run, as --json writes it: {error}"
            ))
        })?;
        Ok(Self(report.plays))
    }

    /// The same of plays that have just been played.
    #[cfg(feature = "cli")]
    pub(crate) fn of(plays: &[Played]) -> Self {
        Self(plays.iter().map(Play::from).collect())
    }

    /// Leaves the cases of a scenario that are this part of it; false if none are.
    pub(crate) fn leave(&self, part: Part, head: &mut Head) -> bool {
        let id = head.id.clone();
        head.cases.retain(|Case { name, .. }| match self.find(&id, name).map(|play| &play.outcome) {
            Some(Result::Failed { .. } | Result::HarnessError {}) => part == Part::Failed,
            Some(Result::Skipped { reason }) => part == Part::Left && Outcome::is_left_for(reason),
            _ => false,
        });
        !head.cases.is_empty()
    }

    /// How many plays were left out when it was stopped.
    pub(crate) fn left(&self) -> usize {
        let is_left = |play: &&Play| matches!(&play.outcome, Result::Skipped { reason } if Outcome::is_left_for(reason));
        self.0.iter().filter(is_left).count()
    }

    /// What has changed between it and an earlier one.
    pub(crate) fn since<'a>(&'a self, earlier: &'a Self) -> Comparison<'a> {
        let (mut new, mut mended, mut other) = (Vec::new(), Vec::new(), Vec::new());
        let (mut same, mut both) = (0, 0);
        for now in &self.0 {
            let Some(then) = earlier.find(&now.scenario, &now.case) else { continue };
            both += 1;
            let changed = Changed { now, then };
            match (&then.outcome, &now.outcome) {
                (Result::Failed { failures: then }, Result::Failed { failures: now }) if then == now => {
                    same += 1
                }
                (Result::Failed { .. }, Result::Failed { .. }) => other.push(changed),
                (_, Result::Failed { .. }) => new.push(changed),
                (Result::Failed { .. }, Result::Passed {}) => mended.push(changed),
                _ => {}
            }
        }
        Comparison { new, mended, other, same, only_one: self.0.len() + earlier.0.len() - 2 * both }
    }

    fn find(&self, scenario: &str, case: &str) -> Option<&Play> {
        self.0.iter().find(|play| play.scenario == scenario && play.case == case)
    }
}

impl Play {
    /// ID and case, as reports name it.
    pub(crate) fn title(&self) -> String {
        crate::play::title(&self.scenario, &self.case)
    }

    /// What was not as it must be.
    pub(crate) fn failures(&self) -> &[Told] {
        match &self.outcome {
            Result::Failed { failures } => failures,
            _ => &[],
        }
    }
}

#[cfg(feature = "cli")]
impl From<&Played> for Play {
    fn from(played: &Played) -> Self {
        let outcome = match &played.outcome {
            Outcome::Passed { .. } => Result::Passed {},
            Outcome::Failed { failures, .. } => {
                Result::Failed { failures: failures.iter().map(Told::from).collect() }
            }
            Outcome::Skipped { reason } => Result::Skipped { reason: reason.en.clone() },
            Outcome::HarnessError { .. } => Result::HarnessError {},
        };
        let Played { scenario, case, name, ja, .. } = played.clone();
        Self { scenario, case, name, ja, outcome }
    }
}

#[cfg(feature = "cli")]
impl From<&Failure> for Told {
    fn from(failure: &Failure) -> Self {
        let (expected, seen) = (failure.expected.clone(), failure.seen.clone());
        Self { expected: expected.en, expected_ja: Some(expected.ja), seen: seen.en, seen_ja: Some(seen.ja) }
    }
}
