//! What plays of both kinds have in common: how files write scenarios, the engine that plays them, and what comes of it.

mod along;
mod engine;
mod excerpt;
mod expected;
mod format;
mod head;
mod need;
mod outcome;
mod pace;
mod runner;
mod scene;
mod skip;
mod step;
mod stored;
mod template;
mod trouble;

pub use along::Along;
pub(crate) use along::Transcript;
pub(crate) use engine::{Mark, play};
pub(crate) use excerpt::excerpt_of_lines;
pub use expected::ExpectedFailures;
pub(crate) use format::{Format, Reader, Sections, True, steps};
pub use head::{Case, Head, Level};
pub(crate) use head::{RawHead, title};
pub(crate) use need::Need;
pub(crate) use outcome::Breach;
pub use outcome::{Counts, Excuse, Failure, Outcome, Played};
pub use pace::{Pace, Stop};
pub(crate) use runner::{play_one, side_by_side, timed, with_the_rest};
pub(crate) use scene::Scene;
pub(crate) use skip::Skip;
pub use step::Step;
pub(crate) use step::{Action, Check, Do, Steer, Walk, Written, act, look, step};
pub(crate) use template::Known;
pub(crate) use trouble::{Done, Trouble};
