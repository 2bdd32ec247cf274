//! A scenario: a walk through the portal in a person's words, with what must be seen on the way.
//!
//! The file format is in [`file`]; here is what the player plays.

mod action;
mod expectation;
mod file;
mod player;
mod runner;
mod target;
mod walk;

pub use action::{Action, FieldCheck, Kind};
pub use expectation::{Expect, FaultSetting, ListExpectation, MailExpectation, NoticeExpectation};
pub use runner::run;
pub use target::{Broken, Remote, Target, USUAL_SEED};
pub(crate) use walk::USUAL_PASSWORD;

use crate::play::Head;

/// A walk with its checks.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called, shows and is played with.
    pub head: Head,
    /// Where it starts.
    pub given: Given,
    /// What is done and seen.
    pub steps: Vec<Step>,
}

/// The scene before the first step.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The simulated time, frozen; otherwise a fixed one of ours.
    pub clock: Option<String>,
    /// Keys of the profile that differ from the default.
    pub profile: toml::Table,
    /// Whether the terminal has IPv6 only.
    pub ipv6: bool,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its line in the file.
    pub line: usize,
    /// What is done or seen.
    pub action: Action,
    /// The requirements that it shows; none are all of the scenario's.
    pub shows: Vec<String>,
    /// A step of a walk that only leads to the scene shows nothing; these are broken if it fails.
    pub breaks: Vec<String>,
}

impl Scenario {
    /// Whether it can be played only where control is.
    pub fn needs_control(&self) -> Option<&'static str> {
        if self.given.clock.is_some() {
            return Some("it sets the clock");
        }
        self.steps.iter().find_map(|step| step.action.needs_control())
    }

    /// Whether it fetches the revocation list, which is published beside the portal.
    pub fn fetches_list(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.action, Action::FetchList { .. }))
    }
}
