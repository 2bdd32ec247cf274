//! `obn man`: from the same definitions as the command line itself.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, shown};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(
    context: &Context,
    arguments: &Arguments,
    definitions: clap::Command,
) -> Result<Report, Failure> {
    let folder = arguments.out.display();
    clap_mangen::generate_to(definitions, &arguments.out).map_err(|error| {
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
