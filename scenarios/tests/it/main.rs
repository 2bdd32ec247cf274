//! The harness's own tests: its data holds together, it bites, its reports read well.

mod bites;
mod catalogue;
mod command;
mod reports;
