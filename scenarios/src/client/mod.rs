//! Plays the client scenarios: what a vendor's integration must do, and must not do.
//!
//! For each play the harness starts a simulator of its own, sets the scene, runs the vendor's command
//! (one process an action, told by its environment) in an empty folder, and judges by exit status,
//! files and journal. Simulated time goes on while the command looks at a renewal's status.

mod check;
mod command;
mod file;
mod folder;
mod guide;
mod log;
mod player;
mod proxy;
mod runner;
mod scenario;
mod stage;

pub use guide::Guide;
pub(crate) use runner::one;
pub use runner::{Subject, run_client};
pub use scenario::{
    ClientAction, ClientGiven, ClientScenario, ClientStep, End, FileExpectation, Operation, ProxyKind, Run,
};
