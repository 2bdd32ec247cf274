//! What leaves a command: lines for a person or one JSON document for a program, and the files that it may write.
//!
//! A reader that went away or a full disk stops no printing: a watch goes on, and the exit status says how a command
//! ended.

use std::fmt::Display;
use std::path::Path;

use obn_speech::cli::streams::{self, print, print_error};
use obn_speech::cli::{indented, on_one_line, visible};
use obn_speech::width;
use serde_json::{Value, json};

use super::failure::Failure;
use crate::store::files::is_taken;
use crate::{Error, Language};

/// A message for a person, on standard error.
pub(crate) fn tell(message: impl Display) {
    print_error(&format!("{}\n", indented(&message.to_string())));
}

/// A text of our own over several lines, with what others may have put into it, on standard error.
pub(crate) fn tell_text(text: &str) {
    print_error(&format!("{}\n", visible(text)));
}

/// One JSON document, on standard output.
pub(crate) fn print_json(document: &Value) {
    print(&format!("{}\n", streams::json(document)));
}

/// What a command that did its work prints.
pub(crate) struct Report {
    lines: Vec<String>,
    /// What is to be as it is: a script.
    verbatim: Option<String>,
    json: Value,
    exit_status: u8,
}

impl Report {
    pub(crate) fn new(json: Value) -> Self {
        Self { lines: Vec::new(), verbatim: None, json, exit_status: 0 }
    }

    /// A text that a program reads, instead of lines.
    pub(crate) fn verbatim(mut self, text: String) -> Self {
        self.verbatim = Some(text);
        self
    }

    pub(crate) fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    pub(crate) fn lines(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// Of what was to be done a part was not, which ends with this status.
    pub(crate) fn partly(mut self, exit_status: u8) -> Self {
        self.json["exit_status"] = json!(exit_status);
        self.exit_status = exit_status;
        self
    }

    pub(crate) fn exit_status(&self) -> u8 {
        self.exit_status
    }

    /// Lines whose parts stand below each other.
    pub(crate) fn table(self, rows: &[Vec<String>]) -> Self {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| on_one_line(cell)).collect()).collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
        let widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
        self.lines(rows.iter().map(|row| {
            let cells = row.iter().zip(&widths);
            let line: String =
                cells.map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell) + 2))).collect();
            line.trim_end().to_owned()
        }))
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            return print_json(&self.json);
        }
        let lines = self.lines.iter().map(|line| indented(line));
        for line in lines.chain(self.verbatim.clone()) {
            print(&format!("{line}\n"));
        }
    }
}

/// A message on standard error for a person; for a program a JSON document on standard output, like any result.
pub(crate) fn print_failure(failure: &Failure, language: Language, json: bool) {
    let message = failure.message(language);
    tell(format_args!("obn: {message}"));
    if json {
        let mut error = json!({ "kind": failure.kind(), "message": message });
        if let Some(Error::Refused(refusal)) = failure.error() {
            error["page"] = json!(refusal);
        }
        if let Some(file) = failure.file() {
            error["file"] = shown(file);
        }
        print_json(&json!({ "error": error, "exit_status": failure.exit_status() }));
    }
}

/// A path for a program. What in it is no UTF-8 can't be told in JSON, and is shown as the terminal shows it.
pub(crate) fn shown(path: &Path) -> Value {
    path.display().to_string().into()
}

/// A PFX file holds a key that may exist nowhere else, so one is never replaced unless the user says so.
pub(crate) fn may_overwrite(out: &Path, force: bool) -> Result<bool, Failure> {
    let is_there =
        std::fs::symlink_metadata(out).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0);
    if is_there && !force {
        let file = out.display();
        return Err(Failure::usage(
            format!("{file} は既にあります。置き換えるには --force を指定してください"),
            format!("{file} exists; --force replaces it"),
        ));
    }
    Ok(force || is_taken(out))
}
