//! What is wrong with a command line, with what may have been meant. clap itself speaks English only.

use std::num::{IntErrorKind, ParseFloatError, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::program::Explain;
use crate::language::Language;
use crate::words::Words;

/// The whole message, with the usage line and where more is told. `program` is its name.
pub fn full(error: &clap::Error, program: &str, language: Language, explain: Explain) -> String {
    match in_japanese(error, explain).filter(|_| language == Language::Japanese) {
        None => error.to_string(),
        Some(message) => {
            let choices = match plain(error, ContextKind::ValidValue) {
                choices if choices.is_empty() => String::new(),
                choices => format!("\n  指定できる値: {choices}"),
            };
            let similar = match similar(error) {
                similar if similar.is_empty() => String::new(),
                similar => format!("\n  もしかして: {similar}"),
            };
            let usage = plain(error, ContextKind::Usage).replacen("Usage: ", "\n\n使い方: ", 1);
            format!("{program}: {message}{choices}{similar}{usage}\n\n詳しくは --help をご覧ください")
        }
    }
}

/// The same in one line, without the usage.
pub fn in_one_line(error: &clap::Error, program: &str, language: Language, explain: Explain) -> String {
    let (choices, similar) = (plain(error, ContextKind::ValidValue), similar(error));
    match language {
        Language::Japanese => {
            let message = in_japanese(error, explain).unwrap_or_else(|| first_paragraph(&error.to_string()));
            let hint = match () {
                () if !similar.is_empty() => format!("。もしかして: {similar}"),
                () if !choices.is_empty() => format!("。指定できる値: {choices}"),
                () if is_reasoned(error) => return message,
                () => String::new(),
            };
            format!("{message}{hint}(一覧は {program} help)")
        }
        Language::English => {
            let message = first_paragraph(&error.to_string());
            let hint = match () {
                () if !similar.is_empty() => format!("; did you mean {similar}?"),
                () if is_reasoned(error) => return message,
                () => String::new(),
            };
            format!("{message}{hint} ({program} help lists them)")
        }
    }
}

/// Whether the message says all there is to say: what the value's own type takes, or what can't go together.
fn is_reasoned(error: &clap::Error) -> bool {
    matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::ArgumentConflict)
}

fn in_japanese(error: &clap::Error, explain: Explain) -> Option<String> {
    let argument = plain(error, ContextKind::InvalidArg);
    let value = plain(error, ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("次の指定が必要です: {argument}"),
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("オプション {argument} はありません")
        }
        ErrorKind::UnknownArgument => format!("引数「{argument}」は余分です"),
        ErrorKind::InvalidSubcommand => {
            format!("コマンド {} はありません", plain(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => "コマンドを指定してください".to_owned(),
        ErrorKind::ArgumentConflict => match plain(error, ContextKind::PriorArg) {
            prior if prior == argument => format!("{argument} は 1 回だけ指定できます"),
            prior => format!("{argument} は {prior} と同時に指定できません"),
        },
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} に値を指定してください"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("{argument} の値「{value}」は正しくありません{}", reason(error, explain))
        }
        ErrorKind::TooManyValues => format!("{argument} の値「{value}」は余分です"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument} の値の数が正しくありません")
        }
        ErrorKind::NoEquals => format!("{argument} の値は = に続けて指定してください"),
        ErrorKind::InvalidUtf8 => "引数が UTF-8 ではありません".to_owned(),
        _ => return None,
    })
}

/// What the value's own type has against it.
fn reason(error: &clap::Error, explain: Explain) -> String {
    let Some(source) = std::error::Error::source(error) else { return String::new() };
    let number = |kind: Option<&IntErrorKind>| match kind {
        Some(IntErrorKind::PosOverflow | IntErrorKind::NegOverflow) => "数が大きすぎるか、小さすぎます",
        _ => "数字で指定してください",
    };
    let own = source.downcast_ref::<Words>().map(|words| words.japanese.clone());
    let integer = source.downcast_ref::<ParseIntError>().map(|it| number(Some(it.kind())).to_owned());
    let float = source.downcast_ref::<ParseFloatError>().map(|_| number(None).to_owned());
    let told =
        own.or_else(|| explain(source)).or(integer).or(float).unwrap_or_else(|| match source.to_string() {
            told if told == "value was not a boolean" => "true または false を指定してください".to_owned(),
            told => told,
        });
    format!(": {told}")
}

/// What may have been meant.
fn similar(error: &clap::Error) -> String {
    let all = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let all: Vec<_> = all.map(|kind| plain(error, kind)).into_iter().filter(|it| !it.is_empty()).collect();
    all.join(", ")
}

fn plain(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        None | Some(ContextValue::None) => String::new(),
        Some(ContextValue::Strings(all)) => all.join(", "),
        Some(ContextValue::StyledStrs(all)) => {
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// What clap says of a mistake, without the usage below it, in one line.
fn first_paragraph(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let text = lines.join(" ");
    text.strip_prefix("error: ").unwrap_or(&text).to_owned()
}
