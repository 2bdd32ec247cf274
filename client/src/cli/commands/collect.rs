//! `obn collect`

use crate::RequestId;
use crate::cli::arrivals::is_same;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::password::new_password;
use crate::cli::renewing::{IdentityArguments, check_output, client, keep_renewed, take_up};

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
    let request_id = arguments.request_id.as_ref();
    let arrivals = arguments.old.arrivals(&old, store.as_ref(), request_id);
    let earlier = arrivals.earlier()?;
    let is_written = arguments.old.out.as_deref().is_some_and(|out| is_same(earlier.as_deref(), out));
    check_output(context, &arguments.old, store.as_ref(), arguments.force || is_written).await?;
    let client = client(context, &old, &arrivals)?;
    let renewed = match earlier {
        Some(pfx) => take_up(&client, pfx, &pin, (request_id.cloned(), None), &arrivals)?,
        None => client.collect(request_id, &pin).await.map_err(|error| arrivals.failure(error))?,
    };
    let mut record = arguments.old.record(&old, store.as_ref());
    let done = context.say("更新後証明書を取得しました", "collected the renewed certificate");
    let kept = (&mut record, &arrivals);
    keep_renewed(context, &arguments.old, &old, store.as_ref(), &renewed, kept, done).await
}
