//! Reports of a run: for a terminal, as JSON, as JUnit XML.

mod json;
mod junit;
mod terminal;

pub use json::to_json;
pub use junit::to_junit;
pub use terminal::to_text;

use crate::outcome::{Counts, Played};

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was played against.
    pub target: String,
    /// With this seed it can be repeated; none against a portal that runs somewhere.
    pub seed: Option<String>,
    /// In the order of the scenarios.
    pub plays: Vec<Played>,
}

impl Run {
    /// How it went as a whole.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.plays)
    }
}
