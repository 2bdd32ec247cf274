//! `obn download`

use std::path::{Path, PathBuf};

use obn_client::{Notice, ReferenceId, RequestId, write_private, write_private_new};

use super::context::Context;
use super::failure::Failure;
use super::password::Wanted;
use super::report::Report;
use super::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// リクエストID of the notice
    #[arg(long, env = "OBN_REQUEST_ID", value_name = "ID")]
    request_id: RequestId,
    /// リファレンスID of the notice
    #[arg(long, env = "OBN_REFERENCE_ID", value_name = "ID", hide_env_values = true)]
    reference_id: ReferenceId,
    /// Where to write the PFX file [default: the request ID with .p12, in this folder]
    #[arg(long, env = "OBN_OUTPUT", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the output file if there is one
    #[arg(long)]
    force: bool,
    /// The file that holds the password to protect the certificate with, 4 digits; - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let out = arguments.out.unwrap_or_else(|| PathBuf::from(format!("{}.p12", arguments.request_id)));
    // Said before anything is sent, because the CA may count a download.
    let overwrite = may_overwrite(&out, arguments.force)?;
    let client = context.client()?.build()?;
    let password = Wanted {
        file: arguments.password_file.as_deref(),
        environment: "OBN_PASSWORD",
        option: "--password-file",
        is_new: true,
        japanese: "証明書パスワード",
        english: "certificate password",
    }
    .read(context)?;
    let notice = Notice::new(arguments.request_id, arguments.reference_id);
    let download = client.download(&notice, &password).await?;
    if overwrite {
        write_private(&out, &download.pfx)?;
    } else {
        write_private_new(&out, &download.pfx)?;
    }
    let file = out.display();
    let mut json = show::identity_json(context, &download.identity);
    json["file"] = serde_json::json!(out);
    json["request_id"] = serde_json::json!(notice.request_id.to_string());
    Ok(Report::new(json)
        .line(context.say(format!("証明書を保存しました: {file}"), format!("saved the certificate: {file}")))
        .lines(show::identity_lines(context, &download.identity)))
}

/// A PFX file holds a key that may exist nowhere else, so one is never replaced unless the user says so.
pub(crate) fn may_overwrite(out: &Path, force: bool) -> Result<bool, Failure> {
    let is_there = std::fs::metadata(out).is_ok_and(|metadata| metadata.len() > 0);
    if is_there && !force {
        let file = out.display();
        return Err(Failure::usage(
            format!("{file} は既にあります。置き換えるには --force を指定してください"),
            format!("{file} exists; --force replaces it"),
        ));
    }
    Ok(force || out.exists())
}
