//! What came of a play.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::head::{Level, title};
use super::skip::Skip;
use super::stored::{StoredFailure, StoredOutcome};
use crate::bilingual::{Bilingual, Language, wording};

/// One play of a scenario with one case.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Played {
    /// The scenario's ID.
    pub scenario: String,
    /// The case's name; empty without a table of cases.
    pub case: String,
    /// What the scenario is about.
    pub name: String,
    /// The same in Japanese, where the scenario says it.
    pub ja: Option<String>,
    /// Its level.
    pub level: Level,
    /// The requirements that it shows.
    pub shows: Vec<String>,
    /// How it went.
    pub outcome: Outcome,
    /// Why a failure doesn't fail the run: it is expected.
    pub excuse: Option<Excuse>,
    /// Real time that it took.
    pub seconds: f64,
}

/// How it went. A skip is no pass, and a harness that broke is no failure of the site.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "StoredOutcome", into = "StoredOutcome")]
pub enum Outcome {
    /// All was as it must be.
    Passed {
        /// What was done, and what came: the evidence.
        transcript: Vec<Bilingual>,
    },
    /// Something was not.
    Failed {
        /// One or more.
        failures: Vec<Failure>,
        /// What was done, and what came.
        transcript: Vec<Bilingual>,
        /// What the site's own journal says of it, as far as it can be asked.
        journal: Vec<String>,
    },
    /// It could not be played here.
    Skipped {
        /// Why.
        reason: Bilingual,
    },
    /// The harness itself broke.
    HarnessError {
        /// Why.
        reason: Bilingual,
        /// What was done before.
        transcript: Vec<Bilingual>,
    },
}

impl Outcome {
    /// Of what was to be played when the run was stopped.
    pub(crate) fn left() -> Self {
        Self::Skipped { reason: Skip::Stopped.into() }
    }

    /// Whether that, in English, is why a play was skipped.
    pub(crate) fn is_left_for(reason: &str) -> bool {
        reason == Skip::Stopped.words().en
    }

    /// Whether something was not as it must be, at the site or in the harness.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::HarnessError { .. })
    }
}

/// A step that was not as it must be.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "StoredFailure", into = "StoredFailure")]
pub struct Failure {
    /// File and line of the step.
    pub place: String,
    /// Number of the step, from 1.
    pub step: usize,
    /// The requirements that are broken.
    pub breaks: Vec<String>,
    /// What must be.
    pub expected: Bilingual,
    /// What is.
    pub seen: Bilingual,
}

/// The checks of a play that break the same requirements.
#[derive(Debug)]
pub(crate) struct Breach<'a> {
    /// The requirements that are broken.
    pub(crate) breaks: &'a [String],
    /// Those that no breach before this one breaks: a report tells what they say, and what to do, once.
    pub(crate) new: Vec<&'a str>,
    /// What was not as it must be, in the order of the steps.
    pub(crate) failures: Vec<&'a Failure>,
}

impl<'a> Breach<'a> {
    /// Failures put together by what they break, so that a report says it once.
    pub(crate) fn of(failures: &'a [Failure]) -> Vec<Self> {
        let mut breaches: Vec<Self> = Vec::new();
        for failure in failures {
            match breaches.iter_mut().find(|breach| breach.breaks == failure.breaks) {
                Some(breach) => breach.failures.push(failure),
                None => {
                    let told =
                        |id: &str| breaches.iter().any(|before| before.breaks.iter().any(|it| it == id));
                    let new = failure.breaks.iter().map(String::as_str).filter(|id| !told(id)).collect();
                    breaches.push(Self { breaks: &failure.breaks, new, failures: vec![failure] });
                }
            }
        }
        breaches
    }

    /// Those that an earlier breach breaks as well.
    pub(crate) fn again(&self) -> Vec<&'a str> {
        self.breaks.iter().map(String::as_str).filter(|id| !self.new.contains(id)).collect()
    }
}

/// Why a failure doesn't fail the run.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Excuse {
    /// In words.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Date,
}

impl Played {
    /// ID and case, as reports name it.
    pub fn title(&self) -> String {
        title(&self.scenario, &self.case)
    }

    /// What the scenario is about; in English where nobody has written it in Japanese.
    pub(crate) fn name(&self) -> Bilingual {
        Bilingual::of(self.ja.as_deref().unwrap_or(&self.name), &self.name)
    }
}

/// How many plays went how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All was as it must be.
    pub passed: usize,
    /// Something was not.
    pub failed: usize,
    /// Something was not, as expected.
    pub expected_failures: usize,
    /// Could not be played.
    pub skipped: usize,
    /// The harness broke.
    pub harness_errors: usize,
}

impl Counts {
    /// Counts plays.
    pub fn of<'a>(plays: impl IntoIterator<Item = &'a Played>) -> Self {
        let mut counts = Self::default();
        for played in plays {
            match played.outcome {
                Outcome::Passed { .. } => counts.passed += 1,
                Outcome::Failed { .. } if played.excuse.is_some() => counts.expected_failures += 1,
                Outcome::Failed { .. } => counts.failed += 1,
                Outcome::Skipped { .. } => counts.skipped += 1,
                Outcome::HarnessError { .. } => counts.harness_errors += 1,
            }
        }
        counts
    }
}

wording! {
    /// So many of a kind.
    enum Count {
        Passed { count: usize } => "{count} passed"; "合格 {count}";
        Failed { count: usize } => "{count} failed"; "失敗 {count}";
        Skipped { count: usize } => "{count} skipped"; "未実施 {count}";
        ExpectedFailures { count: usize } => "{count} expected failures"; "既知の失敗 {count}";
        HarnessErrors { count: usize } => "{count} harness errors"; "ハーネスの異常 {count}";
    }
}

impl Counts {
    /// In a line.
    pub fn line(&self, language: Language) -> String {
        let Self { passed, failed, expected_failures, skipped, harness_errors } = *self;
        let all = [
            Some(Count::Passed { count: passed }),
            Some(Count::Failed { count: failed }),
            Some(Count::Skipped { count: skipped }),
            (expected_failures > 0).then_some(Count::ExpectedFailures { count: expected_failures }),
            (harness_errors > 0).then_some(Count::HarnessErrors { count: harness_errors }),
        ];
        let all = all.into_iter().flatten().map(|count| count.words().pick(language).to_owned());
        all.collect::<Vec<_>>().join(language.pick("、", ", "))
    }
}
