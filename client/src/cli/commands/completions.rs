//! `obn completions`: from the same definitions as the command line itself.

use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::output::Report;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

pub(crate) fn run(arguments: &Arguments, mut definitions: clap::Command) -> Result<Report, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut definitions, "obn", &mut script);
    let script = String::from_utf8_lossy(&script).trim_end().to_owned();
    Ok(Report::new(json!({ "shell": arguments.shell.to_string(), "script": script })).verbatim(script))
}
