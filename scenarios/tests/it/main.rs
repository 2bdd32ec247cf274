//! The harness's own tests: its data holds together, it bites, its reports read well.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests do")]

mod bites;
mod catalogue;
mod client_bites;
mod command;
mod course;
mod expected;
mod guided;
mod hostile_command;
mod hostile_site;
mod hostile_text;
mod html;
mod init;
mod junit;
mod learn;
mod mutants_server;
mod reports;
mod scenario_schema;
mod schema;
mod share;
#[path = "../support/mod.rs"]
mod support;
mod sweep;
