//! A run, and what it says as a whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bilingual::Bilingual;
use crate::play::{Counts, Played};

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was played against.
    pub target: Bilingual,
    /// With this seed it can be repeated; none against a portal that runs somewhere.
    pub seed: Option<String>,
    /// When it was, in real time.
    pub at: Option<Timestamp>,
    /// The command that repeats it.
    pub command: Option<String>,
    /// In the order of the scenarios.
    pub plays: Vec<Played>,
    /// What is wrong with the expected failures.
    pub problems: Vec<Bilingual>,
    /// Requirements that only scenarios show which this run was not asked to play.
    pub not_asked: BTreeSet<String>,
    /// Requirements that a recording shows on the real site, with the place in it.
    pub observed: BTreeMap<String, String>,
}

/// What a run says as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All that was played is as it must be, and nothing was left out.
    Passed,
    /// The same, but something could not be played, or is expected to fail.
    PassedWithGaps,
    /// Something is not as it must be.
    Failed,
    /// The harness itself broke, or nothing was shown at all.
    Unknown,
}

impl Run {
    /// A run of these plays against this target.
    pub fn new(target: Bilingual, plays: Vec<Played>) -> Self {
        Self {
            target,
            seed: None,
            at: None,
            command: None,
            plays,
            problems: Vec::new(),
            not_asked: BTreeSet::new(),
            observed: BTreeMap::new(),
        }
    }

    /// How it went in numbers.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.plays)
    }

    /// How it went as a whole. A skip is never a pass.
    pub fn verdict(&self) -> Verdict {
        match self.counts() {
            Counts { harness_errors: 1.., .. } => Verdict::Unknown,
            Counts { failed: 1.., .. } => Verdict::Failed,
            _ if !self.problems.is_empty() => Verdict::Failed,
            Counts { passed: 0, .. } => Verdict::Unknown,
            Counts { skipped: 0, expected_failures: 0, .. } => Verdict::Passed,
            _ => Verdict::PassedWithGaps,
        }
    }

    /// 0 all that could be played passed, 1 some failed or nothing passed, 3 the harness broke.
    pub fn exit_code(&self) -> u8 {
        match self.verdict() {
            Verdict::Passed | Verdict::PassedWithGaps => 0,
            Verdict::Unknown if self.counts().harness_errors > 0 => 3,
            Verdict::Failed | Verdict::Unknown => 1,
        }
    }
}
