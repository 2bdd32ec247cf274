//! `obn backup` (manual 1.4 and 2.1.2)

use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, may_overwrite, shown};
use crate::cli::password::new_password;
use crate::cli::present::{entry_json, summary};
use crate::{PfxProfile, Pin, write_private};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The certificate, as `obn list` names it [default: the current one]
    name: Option<String>,
    /// Where to write the PFX file; in a folder it is named after the certificate
    #[arg(long, env = "OBN_OUTPUT", value_name = "FILE|DIR")]
    out: PathBuf,
    /// Replace the output file if there is one
    #[arg(long)]
    force: bool,
    /// The file that holds the password for the backup (or OBN_NEW_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
    /// Take a password other than four half-width digits, which are the manual's
    #[arg(long, conflicts_with = "as_delivered")]
    any_password: bool,
    /// Copy the file as the site delivered it, under its own password
    #[arg(long, conflicts_with = "new_password_file")]
    as_delivered: bool,
    /// Encrypt with AES-256, which Windows 8.1 can't import
    #[arg(long, conflicts_with = "as_delivered")]
    aes: bool,
}

pub(crate) fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let entry = context.entry(arguments.name.as_deref())?;
    let out = if arguments.out.is_dir() {
        arguments.out.join(format!("{}.p12", entry.name()))
    } else {
        arguments.out
    };
    may_overwrite(&out, arguments.force)?;
    let pfx = if arguments.as_delivered {
        entry.pfx()?
    } else {
        let profile = if arguments.aes { PfxProfile::Aes256Sha256 } else { PfxProfile::TripleDesSha1 };
        let password = new_password(arguments.new_password_file.as_deref()).read(context.language)?;
        if !arguments.any_password && password.expose().parse::<Pin>().is_err() {
            return Err(Failure::usage(
                "バックアップのパスワードは 4 桁の半角数字です。ほかのパスワードにするには --any-password を付けてください",
                "the password of a backup is four half-width digits; --any-password takes others",
            ));
        }
        entry.identity()?.to_pfx(&password, profile)?
    };
    write_private(&out, &pfx)?;
    let file = out.display();
    let mut json = entry_json(context, &entry);
    json["file"] = shown(&out);
    Ok(Report::new(json)
        .line(context.say(format!("バックアップを保存しました: {file}"), format!("saved the backup: {file}")))
        .line(format!("  {}", summary(context, &entry))))
}
