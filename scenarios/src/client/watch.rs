//! Watching a run: what the journal shows of it, and how it ended.

use std::collections::BTreeSet;
use std::time::Duration;

use obn_ca::journal::Entry;

use super::log;
use super::stage::Stage;
use crate::error::Error;

/// Where a client sees how far its renewal is.
const LOOKS: [&str; 3] = ["ru.status", "ru.pending", "ru.list"];

/// The contract's word for an action that a command doesn't have.
pub(super) const UNSUPPORTED: i32 = 77;

/// How a run is watched.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    /// Real time after which it hangs.
    pub(super) limit: Duration,
    /// Simulated time that goes by with each look at a renewal's status.
    pub(super) each_look: jiff::SignedDuration,
    /// It is killed when the journal shows this.
    pub(super) killed_at: Option<&'a str>,
    /// Whether its arguments are looked at.
    pub(super) arguments: bool,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) how: How,
    /// What it printed, on both streams.
    pub(super) output: String,
    /// Arguments of all its processes, as far as they were seen.
    pub(super) arguments: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Status(i32),
    /// By a signal that is not ours.
    Signal,
    Killed,
    Hung,
    /// Guided: in a person's words.
    Said(Said),
    /// Guided: nobody is there any more.
    Quit,
}

/// How a person says that it ended, who sees no exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Done,
    /// By the CA.
    Refused,
    /// It could not be done: the contract's 2, 3 and 4, which a person can't tell apart.
    Failed,
}

/// Lets time go by with each look at a status; answers whether the command is to be killed now.
pub(super) async fn follow(entries: &[Entry], stage: &Stage, watch: &Watch<'_>) -> Result<bool, Error> {
    let has = |what: &str| entries.iter().any(|entry| log::fits(entry, what));
    if watch.killed_at.is_some_and(has) {
        return Ok(true);
    }
    if LOOKS.iter().any(|what| has(what)) {
        stage.advance(watch.each_look).await?;
    }
    Ok(false)
}
