//! What is wrong with a command line, in Japanese. clap itself speaks English only.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::{Error, Language, UsageError};

/// The message for `error` with its usage line; `None` where it is no mistake but asks for help or the version.
pub(crate) fn in_japanese(error: &clap::Error) -> Option<String> {
    let context = |kind| error.get(kind).map(plain).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    let message = match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("次の引数が必要です: {argument}"),
        ErrorKind::UnknownArgument => format!("引数 {argument} はありません"),
        ErrorKind::InvalidSubcommand => {
            format!("コマンド {} はありません", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::ArgumentConflict => {
            format!("{argument} は {} と同時に指定できません", context(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} に値を指定してください"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("{argument} の値「{value}」は正しくありません{}", reason(error))
        }
        ErrorKind::TooManyValues => format!("{argument} の値「{value}」は余分です"),
        _ => return None,
    };
    let choices = match context(ContextKind::ValidValue) {
        choices if choices.is_empty() => String::new(),
        choices => format!("\n  指定できる値: {choices}"),
    };
    let similar: Vec<String> =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
            .map(context)
            .into_iter()
            .filter(|similar| !similar.is_empty())
            .collect();
    let similar =
        if similar.is_empty() { String::new() } else { format!("\n  似たもの: {}", similar.join(", ")) };
    let usage = context(ContextKind::Usage).replacen("Usage: ", "\n\n使い方: ", 1);
    Some(format!("{message}{choices}{similar}{usage}\n\n詳しくは --help をご覧ください"))
}

/// The message for a program: what is wrong, without the usage line and the advice that follow it.
pub(crate) fn in_json(message: &str) -> serde_json::Value {
    let message = message.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    serde_json::json!({ "error": { "kind": "usage", "message": message }, "exit_status": 2 })
}

/// What the value's own type has against it.
fn reason(error: &clap::Error) -> String {
    let known = error.source().and_then(|source| source.downcast_ref::<UsageError>());
    known
        .map(|usage| format!(": {}", Error::from(usage.clone()).explain(Language::Japanese)))
        .unwrap_or_default()
}

fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::None => String::new(),
        ContextValue::Strings(all) => all.join(", "),
        ContextValue::StyledStrs(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
