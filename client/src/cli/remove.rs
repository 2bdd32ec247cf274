//! `obn remove` (manual chapter 4)

use super::context::Context;
use super::failure::Failure;
use super::list::{entry_json, summary};
use super::report::Report;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The certificate, as `obn list` names it
    name: String,
    /// Remove it even if no other certificate is valid
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let store = context.store()?;
    let removed = store.lock()?.remove(&arguments.name, &context.clock, arguments.force)?;
    Ok(Report::new(entry_json(context, &removed))
        .line(context.say("証明書を削除しました", "removed the certificate"))
        .line(summary(context, &removed)))
}
