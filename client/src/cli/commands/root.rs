//! `obn root`

use std::path::PathBuf;

use serde_json::json;

use crate::cli::arrivals::Arrivals;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, shown};
use crate::cli::present::{fact, period};
use crate::cli::user_store::{UserStore, failed, installed, user_store};
use crate::{check_room, write_private};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to write the certificate (DER)
    #[arg(long, env = "OBN_OUTPUT", value_name = "FILE")]
    out: PathBuf,
    /// Make it a trusted root of the person who is signed in to Windows as well (manual 5.3.2)
    #[arg(long)]
    windows_store: bool,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let user_store = if arguments.windows_store { Some(user_store()?) } else { None };
    let arrivals = Arrivals::beside(&arguments.out, "root");
    check_room(&arguments.out)?;
    let client = context.client()?.inbox(arrivals.clone()).build()?;
    let root = client.root_certificate().await.map_err(|error| arrivals.failure(error))?;
    write_private(&arguments.out, root.der())?;
    arrivals.settled();
    let subject = root.subject().to_string();
    let file = arguments.out.display();
    let fingerprint = root.fingerprint();
    let json = json!({
        "file": shown(&arguments.out),
        "subject": subject,
        "valid_from": root.valid_from(),
        "valid_until": root.valid_until(),
        "sha256": fingerprint,
    });
    let mut lines = Vec::new();
    if let Some(user_store) = user_store {
        user_store.trust(&root).map_err(failed)?;
        lines.push(installed(context));
    }
    Ok(Report::new(json)
        .lines(lines)
        .line(context.say(
            format!("ルート証明書を保存しました: {file}"),
            format!("saved the root certificate: {file}"),
        ))
        .table(&[
            fact(context, "サブジェクト", "subject", subject),
            fact(context, "有効期間", "validity", period(context, &root)),
            // To be compared with what came another way, before the root is trusted.
            fact(context, "SHA-256", "SHA-256", fingerprint),
        ]))
}
