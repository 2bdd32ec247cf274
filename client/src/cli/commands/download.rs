//! `obn download`

use std::path::{Path, PathBuf};

use crate::cli::arrivals::{Arrivals, is_same};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, may_overwrite, shown};
use crate::cli::password::Wanted;
use crate::cli::present::{identity_facts, identity_json};
use crate::cli::user_store::{Keys, UserStore, failed, installed, user_store};
use crate::{
    Download, Entry, Notice, Origin, ReferenceId, RequestId, Store, check_room, write_private,
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
    /// Install it for the person who is signed in to Windows as well, and its root as trusted (manual 1.2)
    #[arg(long)]
    windows_store: bool,
    /// For --windows-store: the key can't be backed up from Windows later (manual 1.2 has it otherwise)
    #[arg(long, requires = "windows_store")]
    not_exportable: bool,
    /// The file that holds the password to protect the certificate with, 4 digits; - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let out = arguments.out.as_deref();
    let store = match out {
        Some(_) if context.global.store.is_none() => None,
        _ => Some(context.store()?),
    };
    let user_store = if arguments.windows_store { Some(user_store()?) } else { None };
    let notice = Notice::new(arguments.request_id, arguments.reference_id);
    let arrivals = arrivals(out, store.as_ref(), &notice.request_id);
    let earlier = arrivals.earlier()?;
    // Said before anything is sent, because the CA may count a download, and hand out a key once.
    let overwrite = match out {
        Some(out) => may_overwrite(out, arguments.force || is_same(earlier.as_deref(), out))?,
        None => false,
    };
    let client = context.client()?.inbox(arrivals.clone()).build()?;
    let pin = Wanted {
        file: arguments.password_file.as_deref(),
        environment: &["OBN_PASSWORD"],
        option: "--password-file",
        is_new: true,
        japanese: "証明書パスワード",
        english: "certificate password",
    }
    .read_pin(context.language)?;
    if let Some(store) = &store {
        context.lock(store).await?.check_room()?;
    }
    if let Some(out) = out {
        check_room(out)?;
    }
    let download = match earlier {
        Some(pfx) => arrivals.judged(Download::verified(pfx, &pin))?,
        None => client.download(&notice, &pin).await.map_err(|error| arrivals.failure(error))?,
    };
    let mut json = identity_json(context, &download.identity);
    json["request_id"] = serde_json::json!(notice.request_id.to_string());
    let mut lines = Vec::new();
    let write = if overwrite { write_private } else { write_private_new };
    let written = out.map(|out| write(out, &download.pfx));
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
    written.transpose().map_err(|error| arrivals.not_stored(error))?;
    if let Some(out) = out {
        let file = out.display();
        lines.push(
            context.say(format!("証明書を保存しました: {file}"), format!("saved the certificate: {file}")),
        );
        json["file"] = shown(out);
    }
    let entry = entry.transpose().map_err(|error| arrivals.not_stored(error))?;
    if let (Some(entry), Some(store)) = (entry, &store) {
        let (name, folder) = (entry.name(), store.folder().display());
        lines.push(context.say(
            format!("証明書を保管庫 {folder} に保存しました: {name}"),
            format!("stored the certificate in {folder}: {name}"),
        ));
        json["name"] = serde_json::json!(name);
        json["folder"] = shown(entry.folder());
    }
    arrivals.settled();
    if let Some(user_store) = user_store {
        let keys = if arguments.not_exportable { Keys::Kept } else { Keys::Exportable };
        user_store.import(&download.identity, keys).map_err(failed)?;
        lines.push(installed(context));
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

/// Beside the output, or in the store, but not as an entry.
fn arrivals(out: Option<&Path>, store: Option<&Store>, request_id: &RequestId) -> Arrivals {
    let target = match (out, store) {
        (None, Some(store)) => store.folder().join(request_id.as_str()),
        (out, _) => out.unwrap_or(Path::new(request_id.as_str())).to_owned(),
    };
    Arrivals::beside(&target, request_id.as_str())
}
