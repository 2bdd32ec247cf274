//! What plays of both kinds have in common: how a scenario begins, what came of a play, and what of that is expected.

mod expected;
mod head;
mod outcome;
mod runner;
pub(crate) mod template;

pub use expected::ExpectedFailures;
pub use head::{Case, Head, Level};
pub(crate) use head::{RawCase, RawHead};
pub use outcome::{Counts, Excuse, Failure, Outcome, Played};
pub(crate) use runner::{play_one, side_by_side, timed};
