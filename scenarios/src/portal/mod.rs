//! The scenarios of a portal: what a person does there, and what must be seen.

mod given;
mod runner;
mod scenario;
mod scene;
mod stage;
mod steps;
mod target;
mod wording;

pub use given::Given;
pub use runner::run;
pub(crate) use scenario::PortalFile;
pub use scenario::Scenario;
pub(crate) use steps::FORMAT;
pub use target::{Broken, Remote, Target};
