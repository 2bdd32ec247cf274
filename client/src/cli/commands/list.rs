//! `obn list`

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, shown, tell};
use crate::cli::present::{columns, entry_json};
use crate::{Entry, Store};

pub(crate) fn run(context: &Context) -> Result<Report, Failure> {
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

fn empty(context: &Context, store: &Store) -> String {
    let folder = store.folder().display();
    context.say(format!("保管庫 {folder} に証明書はありません"), format!("no certificates in {folder}"))
}
