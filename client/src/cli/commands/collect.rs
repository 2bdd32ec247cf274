//! `obn collect`

use crate::RequestId;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::password::new_password;
use crate::cli::renewing::{IdentityArguments, check_output, keep_renewed};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    old: IdentityArguments,
    /// Which one of the list; needed if it has several
    #[arg(long, env = "OBN_REQUEST_ID", value_name = "ID")]
    request_id: Option<RequestId>,
    /// Replace the output file if there is one
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let store = arguments.old.store(context)?;
    let (old, _claim) = arguments.old.claimed(context, store.as_ref()).await?;
    let pin = new_password(arguments.old.new_password_file.as_deref()).read_pin(context.language)?;
    check_output(context, &arguments.old, store.as_ref(), arguments.force).await?;
    let client = context.client()?.identity(old.identity.clone()).build()?;
    let renewed = client.collect(arguments.request_id.as_ref(), &pin).await?;
    let mut record = arguments.old.record(&old, store.as_ref());
    let done = context.say("更新後証明書を取得しました", "collected the renewed certificate");
    keep_renewed(context, &arguments.old, &old, store.as_ref(), &renewed, &mut record, done).await
}
