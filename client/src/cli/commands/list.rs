//! `obn list`

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, shown, tell};
use crate::cli::present::{certificate_columns, certificate_json, columns, entry_json};
use crate::cli::user_store::{of_common_ca, user_store};
use crate::{Entry, Store};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// List what Windows keeps for the person who is signed in, instead of the store
    #[arg(long)]
    windows_store: bool,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> Result<Report, Failure> {
    if arguments.windows_store {
        return in_windows(context);
    }
    let store = context.store()?;
    let (entries, damaged) = store.survey()?;
    let damaged: Vec<String> = damaged.iter().map(|error| error.explain(context.language)).collect();
    for message in &damaged {
        tell(format_args!("obn: {message}"));
    }
    let current = store.current(&context.clock).ok();
    let is_current = |entry: &Entry| current.as_ref().is_some_and(|current| current.name() == entry.name());
    let json: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let mut json = entry_json(context, entry);
            json["current"] = json!(is_current(entry));
            json
        })
        .collect();
    let mut json = json!({ "store": shown(store.folder()), "certificates": json });
    if !damaged.is_empty() {
        json["damaged"] = json!(damaged);
    }
    let mut report = Report::new(json);
    if entries.is_empty() && damaged.is_empty() {
        report = report.line(empty(context, &store));
    }
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            let mark = if is_current(entry) { "*" } else { " " };
            let mut row = columns(context, entry);
            row[0] = format!("{mark} {}", row[0]);
            row
        })
        .collect();
    Ok(report.table(&rows))
}

/// By serial number, as certmgr.msc shows them.
fn in_windows(context: &Context) -> Result<Report, Failure> {
    let found = of_common_ca(&user_store()?)?;
    let json: Vec<Value> = found
        .iter()
        .map(|installed| {
            let mut json = certificate_json(context, &installed.certificate);
            json["has_key"] = json!(installed.has_key);
            json
        })
        .collect();
    let mut report = Report::new(json!({ "certificates": json }));
    if found.is_empty() {
        report = report.line(context.say(
            "Windows の証明書ストアに共通認証局の証明書はありません",
            "no certificates of the common CA in the certificate store of Windows",
        ));
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|installed| {
            let serial = installed.certificate.serial().to_owned();
            let mut row = vec![serial];
            row.extend(certificate_columns(context, &installed.certificate));
            if !installed.has_key {
                row.push(context.say("秘密鍵なし", "no private key"));
            }
            row
        })
        .collect();
    Ok(report.table(&rows))
}

fn empty(context: &Context, store: &Store) -> String {
    let folder = store.folder().display();
    context.say(format!("保管庫 {folder} に証明書はありません"), format!("no certificates in {folder}"))
}
