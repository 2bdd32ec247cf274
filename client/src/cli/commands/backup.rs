//! `obn backup` and `obn restore` (manual 1.4 and 2.1.2)

use std::path::{Path, PathBuf};

use obn_client::{Identity, Origin, PfxProfile, RequestId, read_file, write_private};
use serde_json::{Value, json};

use super::download::may_overwrite;
use super::list::{entry_json, summary};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::password::{new_password, password_of_file};
use crate::cli::report::{Report, shown};

#[derive(Debug, clap::Args)]
pub(crate) struct BackupArguments {
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
    /// Copy the file as the site delivered it, under its own password
    #[arg(long, conflicts_with = "new_password_file")]
    as_delivered: bool,
    /// Encrypt with AES-256, which Windows 8.1 can't import
    #[arg(long, conflicts_with = "as_delivered")]
    aes: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArguments {
    /// The PFX file, or a folder of them
    from: PathBuf,
    /// The request ID, which the file does not hold
    #[arg(long, env = "OBN_REQUEST_ID", value_name = "ID")]
    request_id: Option<RequestId>,
    /// The file that holds its password (or OBN_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(crate) fn backup(context: &Context, arguments: BackupArguments) -> Result<Report, Failure> {
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
        entry
            .identity()?
            .to_pfx(&new_password(arguments.new_password_file.as_deref()).read(context)?, profile)?
    };
    write_private(&out, &pfx)?;
    let file = out.display();
    let mut json = entry_json(context, &entry);
    json["file"] = shown(&out);
    Ok(Report::new(json)
        .line(context.say(format!("バックアップを保存しました: {file}"), format!("saved the backup: {file}")))
        .line(format!("  {}", summary(context, &entry))))
}

pub(crate) fn restore(context: &Context, arguments: RestoreArguments) -> Result<Report, Failure> {
    let files = if arguments.from.is_dir() { pfx_files(&arguments.from)? } else { vec![arguments.from] };
    if files.is_empty() || (files.len() > 1 && arguments.request_id.is_some()) {
        return Err(Failure::usage(
            "復元するPFXファイルを1つ指定してください(フォルダーには .p12 または .pfx が必要です)",
            "name one PFX file to restore, or a folder that holds .p12 or .pfx files and no --request-id",
        ));
    }
    let password = password_of_file(arguments.password_file.as_deref()).read(context)?;
    // All are opened before any is stored, so that a wrong password leaves the store as it was.
    let mut opened = Vec::new();
    for file in &files {
        let pfx = read_file(file)?;
        opened.push((Identity::from_pfx(&pfx, &password)?, pfx));
    }
    let store = context.store()?;
    let locked = store.lock()?;
    let mut json: Vec<Value> = Vec::new();
    let mut lines = vec![context.say("証明書を復元しました", "restored")];
    for (identity, pfx) in &opened {
        let origin = Origin { request_id: arguments.request_id.clone(), ..Origin::default() };
        let entry = locked.add(identity, pfx, &origin, &context.clock)?;
        json.push(entry_json(context, &entry));
        lines.push(format!("  {}", summary(context, &entry)));
    }
    Ok(Report::new(json!({ "certificates": json })).lines(lines))
}

fn pfx_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: std::io::Error| {
        let folder = folder.display();
        Failure::usage(
            format!("{folder} を読み込めません: {error}"),
            format!("could not read {folder}: {error}"),
        )
    };
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = item.map_err(unreadable)?.path();
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        if ending.is_some_and(|ending| ending == "p12" || ending == "pfx") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
