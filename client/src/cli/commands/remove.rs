//! `obn remove` (manual chapter 4)

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::present::{entry_json, summary};
use crate::remove_file;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The certificate, as `obn list` names it
    name: String,
    /// Remove it even if no other certificate is valid
    #[arg(long)]
    force: bool,
    /// Don't ask first, which is done at a terminal only
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let store = context.store()?;
    let found = store.entry(&arguments.name)?;
    let entry = summary(context, &found);
    context.confirm(
        arguments.yes,
        format!("証明書を削除します: {entry}\nよろしいですか"),
        format!("this removes the certificate {entry}\nGo on?"),
    )?;
    // A renewal that is under way keeps its record.
    let _claim = context.claim(&store, found.certificate().serial()).await?;
    let locked = context.lock(&store).await?;
    let removed = locked.remove(&arguments.name, &context.clock, arguments.force)?;
    // The record of a renewal that was completed elsewhere, or never will be.
    remove_file(&store.folder().join(format!("{}.renewal", removed.name())))?;
    Ok(Report::new(entry_json(context, &removed))
        .line(context.say("証明書を削除しました", "removed the certificate"))
        .line(format!("  {}", summary(context, &removed))))
}
