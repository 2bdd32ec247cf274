//! What a run says of each requirement.

use serde::Serialize;

use super::run::Run;
use crate::play::{Outcome, Played};
use crate::requirement::{Binds, Requirement, Requirements};

/// A requirement with its evidence.
#[derive(Debug, Serialize)]
pub(super) struct Judged<'a> {
    pub(super) requirement: &'a Requirement,
    pub(super) state: State,
    /// Where a recording shows it on the real site.
    pub(super) observed: Option<&'a str>,
    /// The plays that show it.
    #[serde(skip)]
    pub(super) plays: Vec<&'a Played>,
}

/// What is known of a requirement after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// A play shows it, and none shows the contrary.
    Shown,
    /// It is broken.
    Broken,
    /// It is broken, as expected.
    ExpectedFailure,
    /// No play came to an end that says anything about it.
    NotShown,
    /// It is outside of the levels and scenarios that were asked for.
    NotAsked,
}

/// The requirements on what was under test, each with what the run says.
pub(super) fn judged<'a>(run: &'a Run, requirements: &'a Requirements) -> Vec<Judged<'a>> {
    let of_clients = run.plays.iter().any(|played| played.scenario.starts_with("client/"));
    let binds = if of_clients { Binds::Client } else { Binds::Site };
    let wanted = requirements.iter().filter(|requirement| {
        requirement.binds == binds || run.plays.iter().any(|played| played.shows.contains(&requirement.id))
    });
    wanted.map(|requirement| judge(run, requirement)).collect()
}

fn judge<'a>(run: &'a Run, requirement: &'a Requirement) -> Judged<'a> {
    let breaks = |played: &&&Played| match &played.outcome {
        Outcome::Failed { failures, .. } => failures.iter().any(|it| it.breaks.contains(&requirement.id)),
        _ => false,
    };
    let all: Vec<&Played> = run.plays.iter().collect();
    let breaking: Vec<_> = all.iter().filter(breaks).collect();
    let plays: Vec<_> = all
        .iter()
        .filter(|played| played.shows.contains(&requirement.id) || breaks(played))
        .copied()
        .collect();
    let state = if breaking.iter().any(|played| played.excuse.is_none()) {
        State::Broken
    } else if !breaking.is_empty() {
        State::ExpectedFailure
    } else if plays.iter().any(|played| matches!(played.outcome, Outcome::Passed { .. })) {
        State::Shown
    } else if run.not_asked.contains(&requirement.id) {
        State::NotAsked
    } else {
        State::NotShown
    };
    let observed = run.observed.get(&requirement.id).map(String::as_str);
    Judged { requirement, state, observed, plays }
}
