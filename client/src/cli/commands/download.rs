//! `obn download`

use std::path::{Path, PathBuf};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, may_overwrite, shown};
use crate::cli::password::Wanted;
use crate::cli::present::{identity_facts, identity_json};
use crate::{
    Download, Entry, Notice, Origin, ReferenceId, RequestId, Store, check_room, remove_file, write_private,
    write_private_new,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// リクエストID of the notice
    #[arg(long, env = "OBN_REQUEST_ID", value_name = "ID")]
    request_id: RequestId,
    /// リファレンスID of the notice
    #[arg(long, env = "OBN_REFERENCE_ID", value_name = "ID")]
    reference_id: ReferenceId,
    /// Where to write the PFX file [default: into the store; with --store into both]
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
    // Said before anything is sent, because the CA may count a download, and hand out a key once.
    let overwrite = match &arguments.out {
        Some(out) => may_overwrite(out, arguments.force)?,
        None => false,
    };
    let store = match &arguments.out {
        Some(_) if context.global.store.is_none() => None,
        _ => Some(context.store()?),
    };
    let client = context.client()?.build()?;
    let pin = Wanted {
        file: arguments.password_file.as_deref(),
        environment: &["OBN_PASSWORD"],
        option: "--password-file",
        is_new: true,
        japanese: "証明書パスワード",
        english: "certificate password",
    }
    .read_pin(context.language)?;
    let notice = Notice::new(arguments.request_id, arguments.reference_id);
    if let Some(store) = &store {
        context.lock(store).await?.check_room()?;
    }
    if let Some(out) = &arguments.out {
        check_room(out)?;
    }
    let rejected = rejected_file(arguments.out.as_deref(), store.as_ref(), &notice.request_id);
    let mut is_kept = false;
    let keep = |pfx: &[u8]| is_kept |= write_private(&rejected, pfx).is_ok();
    let download = match client.download_keeping(&notice, &pin, keep).await {
        Ok(download) => download,
        Err(error) if is_kept => return Err(Failure::Rejected { error, file: rejected }),
        Err(error) => return Err(error.into()),
    };
    let mut json = identity_json(context, &download.identity);
    json["request_id"] = serde_json::json!(notice.request_id.to_string());
    let mut lines = Vec::new();
    let write = if overwrite { write_private } else { write_private_new };
    let written = arguments.out.as_deref().map(|out| write(out, &download.pfx));
    let origin = Origin {
        request_id: Some(notice.request_id.clone()),
        reference_id: Some(notice.reference_id.clone()),
        renews: None,
    };
    let entry = match &store {
        Some(store) => Some(stored(context, store, &download, &origin).await),
        None => None,
    };
    // Only now: one place that fails must not keep the key out of the other.
    written.transpose()?;
    if let Some(out) = &arguments.out {
        let file = out.display();
        lines.push(
            context.say(format!("証明書を保存しました: {file}"), format!("saved the certificate: {file}")),
        );
        json["file"] = shown(out);
    }
    if let (Some(entry), Some(store)) = (entry.transpose()?, &store) {
        let (name, folder) = (entry.name(), store.folder().display());
        lines.push(context.say(
            format!("証明書を保管庫 {folder} に保存しました: {name}"),
            format!("stored the certificate in {folder}: {name}"),
        ));
        json["name"] = serde_json::json!(name);
        json["folder"] = shown(entry.folder());
    }
    if is_kept {
        // A first try was no good, and a good one is safe. What it left is worth nothing now, and does no harm if it stays.
        let _ = remove_file(&rejected);
    }
    Ok(Report::new(json).lines(lines).table(&identity_facts(context, &download.identity)))
}

/// Only now the store is locked: others have had it while the site took its time.
async fn stored(
    context: &Context,
    store: &Store,
    download: &Download,
    origin: &Origin,
) -> Result<Entry, Failure> {
    let locked = context.lock(store).await?;
    Ok(locked.add(&download.identity, &download.pfx, origin, &context.clock)?)
}

/// Where a file goes that is not believed: beside the output, or into the store, but not as an entry.
fn rejected_file(out: Option<&Path>, store: Option<&Store>, request_id: &RequestId) -> PathBuf {
    let mut name = match (out, store) {
        (None, Some(store)) => store.folder().join(request_id.as_str()).into_os_string(),
        (out, _) => out.unwrap_or(Path::new(request_id.as_str())).as_os_str().to_owned(),
    };
    name.push(".rejected");
    name.into()
}
