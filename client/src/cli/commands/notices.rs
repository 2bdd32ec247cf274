//! `obn notices`: what the MPKI client would show today.

use serde_json::{Value, json};

use crate::Reminder;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::present::{entry_json, summary};

pub(crate) fn run(context: &Context) -> Result<Report, Failure> {
    let entries = context.store()?.entries()?;
    let mut lines = Vec::new();
    let mut json: Vec<Value> = Vec::new();
    for entry in &entries {
        // A certificate that has a successor needs no notice.
        if entries.iter().any(|other| other.renews() == Some(entry.name())) {
            continue;
        }
        if let Some(reminder) = Reminder::today(entry.certificate(), &context.clock) {
            let message = reminder.explain(context.language);
            let mut notice = entry_json(context, entry);
            notice["renewable"] = json!(entry.certificate().is_renewable(&context.clock));
            notice["message"] = json!(message);
            json.push(notice);
            lines.push(summary(context, entry));
            lines.push(format!("  {message}"));
        }
    }
    if lines.is_empty() {
        lines.push(context.say("証明書に関するお知らせはありません", "no notices about certificates today"));
    }
    Ok(Report::new(json!({ "date": context.clock.today(), "notices": json })).lines(lines))
}
