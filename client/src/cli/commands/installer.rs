//! `obn installer` (manual 1.5, 5.4)

use std::path::PathBuf;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, may_overwrite, shown};
use crate::{check_room, read_file, write_private};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to write the installer
    #[arg(long, env = "OBN_OUTPUT", value_name = "FILE", default_value = "CybertrustManagedPKIClient.msi")]
    out: PathBuf,
    /// The installer that the MPKI client here was installed from: write the site's only if it is another one
    #[arg(long, env = "OBN_INSTALLED", value_name = "FILE")]
    installed: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let Arguments { out, installed, force } = arguments;
    let installed = installed.as_deref().map(read_file).transpose()?;
    may_overwrite(&out, force)?;
    check_room(&out)?;
    let offered = context.client()?.build()?.installer().await?;
    let is_new = installed.as_ref().is_none_or(|installed| *installed != offered);
    if !is_new {
        let line = context.say("MPKIクライアントは最新です", "the MPKI client is up to date");
        return Ok(Report::new(json!({ "new": false })).line(line));
    }
    write_private(&out, &offered)?;
    let file = out.display();
    let saved =
        context.say(format!("インストーラーを保存しました: {file}"), format!("saved the installer: {file}"));
    let mut report = Report::new(json!({ "new": true, "file": shown(&out) }));
    if installed.is_some() {
        report = report.line(context.say(
            "MPKIクライアントの新しいバージョンがあります。旧バージョンをアンインストールしてから、インストールしてください(マニュアル 5.4)",
            "there is a new version of the MPKI client; uninstall the old one, then install it (manual 5.4)",
        ));
    }
    Ok(report.line(saved))
}
