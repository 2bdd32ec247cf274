//! The sweep: a client's scenarios played again under each rival reading of the profile, so that a vendor
//! learns which guesses about the real site a program silently depends on.

mod pages;
mod reading;
mod report;
mod run;

pub(crate) use reading::decides;
pub use reading::{Change, Reading, chosen_combinations, readings, section_name};
pub use report::{sweep_to_badge, sweep_to_html, sweep_to_json, sweep_to_junit, sweep_to_text};
pub use run::{Survival, Sweep, SweepNews, SweepRow, sweep};
