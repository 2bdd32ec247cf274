//! What came of a play.

use serde::Serialize;

use crate::scenario::Level;

/// One play of a scenario with one case.
#[derive(Clone, Debug, Serialize)]
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
    /// Real time that it took.
    pub seconds: f64,
}

/// How it went. A skip is no pass, and a harness that broke is no failure of the site.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// All was as it must be.
    Passed,
    /// Something was not.
    Failed {
        /// One or more.
        failures: Vec<Failure>,
        /// What was done, and what came.
        transcript: Vec<String>,
        /// What the site's own journal says of it, as far as it can be asked.
        journal: Vec<String>,
    },
    /// It could not be played here.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The harness itself broke.
    HarnessError {
        /// Why.
        reason: String,
        /// What was done before.
        transcript: Vec<String>,
    },
}

/// A step that was not as it must be.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// File and line of the step.
    pub place: String,
    /// Number of the step, from 1.
    pub step: usize,
    /// The requirements that are broken.
    pub breaks: Vec<String>,
    /// What must be.
    pub expected: String,
    /// What is.
    pub seen: String,
}

impl Played {
    /// ID and case, as reports name it.
    pub fn title(&self) -> String {
        if self.case.is_empty() {
            self.scenario.clone()
        } else {
            format!("{} [{}]", self.scenario, self.case)
        }
    }
}

/// How many plays went how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All was as it must be.
    pub passed: usize,
    /// Something was not.
    pub failed: usize,
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
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed { .. } => counts.failed += 1,
                Outcome::Skipped { .. } => counts.skipped += 1,
                Outcome::HarnessError { .. } => counts.harness_errors += 1,
            }
        }
        counts
    }

    /// 0 all passed, 1 some failed, 3 the harness broke. Nothing passed is nothing shown.
    pub fn exit_code(self) -> u8 {
        match self {
            Self { harness_errors: 1.., .. } => 3,
            Self { failed: 1.., .. } => 1,
            _ => 0,
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)?;
        match self.harness_errors {
            0 => Ok(()),
            broken => write!(f, ", {broken} harness errors"),
        }
    }
}
