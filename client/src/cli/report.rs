//! What a command that did its work prints: lines for a person, or one JSON document for a program.

use serde_json::Value;

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

    pub(crate) fn print(&self, json: bool) {
        use std::io::Write;
        let mut out = std::io::stdout().lock();
        // Whoever closed the pipe early has seen enough.
        let _ = if json {
            writeln!(out, "{:#}", self.json)
        } else {
            self.lines.iter().try_for_each(|line| writeln!(out, "{line}"))
        };
    }
}
