//! `obn completions` and `obn man`: from the same definitions as the command line itself.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::definitions;
use crate::cli::failure::Failure;
use crate::cli::report::{Report, shown};

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionArguments {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ManArguments {
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn completions(context: &Context, arguments: &CompletionArguments) -> Result<Report, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut definitions(context.language), "obn", &mut script);
    let script = String::from_utf8_lossy(&script).trim_end().to_owned();
    Ok(Report::new(json!({ "shell": arguments.shell.to_string(), "script": script })).line(script))
}

pub(crate) fn man(context: &Context, arguments: &ManArguments) -> Result<Report, Failure> {
    let folder = arguments.out.display();
    clap_mangen::generate_to(definitions(context.language), &arguments.out).map_err(|error| {
        Failure::usage(
            format!("{folder} に書き込めません: {error}"),
            format!("could not write to {folder}: {error}"),
        )
    })?;
    Ok(Report::new(json!({ "folder": shown(&arguments.out) })).line(context.say(
        format!("マニュアルページを {folder} に保存しました"),
        format!("wrote the man pages to {folder}"),
    )))
}
