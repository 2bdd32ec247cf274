//! What a command that did its work prints: lines for a person, or one JSON document for a program.

use std::path::Path;

use serde_json::Value;

use super::stream::print;

pub(crate) struct Report {
    lines: Vec<String>,
    json: Value,
}

impl Report {
    pub(crate) fn new(json: Value) -> Self {
        Self { lines: Vec::new(), json }
    }

    pub(crate) fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    pub(crate) fn lines(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// Lines whose parts stand below each other.
    pub(crate) fn table(self, rows: &[Vec<String>]) -> Self {
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
            print(format_args!("{:#}", self.json));
        } else {
            self.lines.iter().for_each(print);
        }
    }
}

/// A path for a program. What in it is no UTF-8 can't be told in JSON, and is shown as the terminal shows it.
pub(crate) fn shown(path: &Path) -> Value {
    path.display().to_string().into()
}

/// Columns on a terminal: Japanese letters take two.
fn width(text: &str) -> usize {
    text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum()
}
