//! What was sent and answered, in order.

use std::sync::{Arc, Mutex, PoisonError};

use crate::Answer;

/// A shared list of exchanges. Whoever made it first prints it if the test fails.
#[derive(Clone, Debug, Default)]
pub struct Transcript(Arc<Mutex<Vec<String>>>);

impl Transcript {
    /// Adds a line.
    pub fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
    }

    /// Adds an exchange.
    pub fn exchange(&self, sent: &str, answer: &Answer) {
        let sent = if sent.is_empty() { String::new() } else { format!("\n    sent {sent}") };
        let Answer { method, url, version, .. } = answer;
        self.note(format!(
            "{method} {url} ({version:?}){sent}\n    {}",
            answer.summary().trim_end().replace('\n', "\n    ")
        ));
    }

    /// All of it.
    pub fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().enumerate().map(|(index, line)| format!("{:>3}. {line}\n", index + 1)).collect()
    }
}

/// Whoever owns this prints the transcript if the test is failing when it goes.
#[derive(Debug)]
pub(crate) struct PrintOnFailure(pub(crate) Transcript);

impl Drop for PrintOnFailure {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- what was sent and answered ----\n{}", self.0.text());
        }
    }
}
