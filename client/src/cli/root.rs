//! `obn root`

use std::path::PathBuf;

use obn_client::write_private;
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::report::Report;

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
    let json = json!({
        "file": arguments.out,
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
        .line(context.say(format!("主体者: {subject}"), format!("subject: {subject}")))
        .line(context.say(
            format!("有効期間: {} ~ {}", slashed(from), slashed(until)),
            format!("valid: {from} to {until}"),
        ))
        // To be compared with what came another way, before the root is trusted.
        .line(
            context.say(
                format!("フィンガープリント(SHA-256): {fingerprint}"),
                format!("SHA-256: {fingerprint}"),
            ),
        ))
}

/// A date as the manual's screens write it.
pub(crate) fn slashed(date: jiff::civil::Date) -> String {
    date.strftime("%Y/%m/%d").to_string()
}
