//! `obn list`

use obn_client::{Entry, Store};
use serde_json::{Value, json};

use super::show;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::report::{Report, shown};
use crate::cli::stream::tell;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(context: &Context, _: Arguments) -> Result<Report, Failure> {
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

/// An entry on one line: name, institution, end, state.
pub(crate) fn summary(context: &Context, entry: &Entry) -> String {
    columns(context, entry).join("  ")
}

fn columns(context: &Context, entry: &Entry) -> Vec<String> {
    let certificate = entry.certificate();
    let subject = certificate.subject();
    let who = subject.common_name().unwrap_or("-");
    let until = certificate.valid_until();
    vec![
        entry.name().to_owned(),
        format!("{who}{}", show::place(context, subject)),
        context.say(format!("有効期限 {}", super::root::slashed(until)), format!("until {until}")),
        show::state(context, certificate),
    ]
}

/// An entry for a program.
pub(crate) fn entry_json(context: &Context, entry: &Entry) -> Value {
    let certificate = entry.certificate();
    json!({
        "name": entry.name(),
        "request_id": entry.request_id(),
        "renews": entry.renews(),
        "institution_code": certificate.subject().institution_code(),
        "subject": certificate.subject().to_string(),
        "serial": certificate.serial(),
        "valid_from": certificate.valid_from(),
        "valid_until": certificate.valid_until(),
        "days_left": certificate.days_left(&context.clock),
        "validity": certificate.validity(&context.clock),
        "folder": shown(entry.folder()),
    })
}

pub(crate) fn empty(context: &Context, store: &Store) -> String {
    let folder = store.folder().display();
    context.say(format!("保管庫 {folder} に証明書はありません"), format!("no certificates in {folder}"))
}
