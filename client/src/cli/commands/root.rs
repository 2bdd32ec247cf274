//! `obn root`

use std::path::PathBuf;

use obn_client::write_private;
use serde_json::json;

use super::show;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::report::{Report, shown};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to write the certificate (DER)
    #[arg(long, env = "OBN_OUTPUT", value_name = "FILE")]
    out: PathBuf,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let root = context.client()?.build()?.root_certificate().await?;
    write_private(&arguments.out, root.der())?;
    let (subject, from, until) = (root.subject().to_string(), root.valid_from(), root.valid_until());
    let file = arguments.out.display();
    let fingerprint = root.fingerprint();
    let period = context.say(format!("{} ~ {}", slashed(from), slashed(until)), format!("{from} to {until}"));
    let json = json!({
        "file": shown(&arguments.out),
        "subject": subject,
        "valid_from": from,
        "valid_until": until,
        "sha256": fingerprint,
    });
    Ok(Report::new(json)
        .line(context.say(
            format!("ルート証明書を保存しました: {file}"),
            format!("saved the root certificate: {file}"),
        ))
        .table(&[
            show::fact(context, "主体者", "subject", subject),
            show::fact(context, "有効期間", "validity", period),
            // To be compared with what came another way, before the root is trusted.
            show::fact(context, "SHA-256", "SHA-256", fingerprint),
        ]))
}

/// A date as the manual's screens write it.
pub(crate) fn slashed(date: jiff::civil::Date) -> String {
    date.strftime("%Y/%m/%d").to_string()
}
