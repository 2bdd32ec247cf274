//! The scenarios of a client: what a vendor's integration must do, and must not do.
//!
//! For each play the harness starts a simulator of its own, sets the scene, runs the vendor's command
//! (one process an action, told by its environment) in an empty folder, and judges by exit status,
//! files and journal. Simulated time goes on while the command looks at a renewal's status.

mod command;
mod early;
mod family;
mod file_name;
mod folder;
mod guide;
mod log;
mod program;
mod proxy;
mod runner;
mod scenario;
mod scene;
mod stage;
mod starts;
mod steps;
mod subject;
mod surroundings;
mod typed;
mod watch;
mod wording;

pub(crate) use family::adopt_orphans;
pub(crate) use folder::LONGEST_FILE;
pub use guide::Guide;
pub(crate) use guide::{Answer, Person, Task, TaskFile, Waiting};
pub(crate) use log::fits as journal_fits;
pub(crate) use runner::one;
pub use runner::run_client;
pub(crate) use scenario::ClientFile;
pub use scenario::ClientScenario;
pub use stage::ClientGiven;
pub use starts::Starts;
pub use steps::Operation;
pub(crate) use steps::{End, FORMAT};
pub use subject::Subject;
pub(crate) use watch::{How, Said};
