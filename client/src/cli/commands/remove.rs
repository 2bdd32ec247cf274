//! `obn remove` (manual chapter 4)

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::present::{certificate_columns, certificate_json, entry_json, summary};
use crate::cli::user_store::{UserStore, chosen, failed, of_common_ca, user_store};
use crate::{UsageError, Validity, remove_file};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The certificate, as `obn list` names it
    name: String,
    /// Remove it even if no other certificate is valid
    #[arg(long)]
    force: bool,
    /// Remove it from what Windows keeps for the person who is signed in, by the serial number that obn list --windows-store shows
    #[arg(long)]
    windows_store: bool,
    /// Don't ask first, which is done at a terminal only
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    if arguments.windows_store {
        return from_windows(context, &arguments);
    }
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

fn from_windows(context: &Context, arguments: &Arguments) -> Result<Report, Failure> {
    let store = user_store()?;
    let certificate = chosen(&store, Some(&arguments.name), &context.clock)?.certificate;
    let is_valid = |validity| validity == Validity::Valid;
    let others = of_common_ca(&store)?
        .into_iter()
        .filter(|other| other.has_key && other.certificate != certificate)
        .any(|other| is_valid(other.certificate.validity(&context.clock)));
    if is_valid(certificate.validity(&context.clock)) && !others && !arguments.force {
        return Err(UsageError::OnlyValid.into());
    }
    let shown =
        format!("{}  {}", certificate.serial(), certificate_columns(context, &certificate).join("  "));
    context.confirm(
        arguments.yes,
        format!("Windows の証明書ストアから証明書を削除します: {shown}\nよろしいですか"),
        format!("this removes the certificate {shown} from the certificate store of Windows\nGo on?"),
    )?;
    store.remove(&certificate).map_err(failed)?;
    Ok(Report::new(certificate_json(context, &certificate))
        .line(context.say("証明書を削除しました", "removed the certificate"))
        .line(format!("  {shown}")))
}
