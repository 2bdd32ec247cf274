//! A transcript, and whoever reads along while it is written.

use std::fmt;
use std::sync::Arc;

use super::head::{Case, Head};
use crate::bilingual::Bilingual;

/// Is told each line of a transcript as it comes, with the scenario and the case.
type Reading = dyn Fn(&str, &str, &Bilingual) + Send + Sync;

/// Who reads along, if somebody does.
#[derive(Clone, Default)]
pub struct Along(Option<Arc<Reading>>);

/// What was done, and what came, of one play.
#[derive(Debug)]
pub(crate) struct Transcript {
    lines: Vec<Bilingual>,
    scenario: String,
    case: String,
    along: Along,
}

impl Along {
    /// Somebody who is told each line.
    pub fn new(reading: impl Fn(&str, &str, &Bilingual) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(reading)))
    }

    /// A transcript that they read along.
    pub(crate) fn transcript(&self, head: &Head, case: &Case) -> Transcript {
        let (scenario, case) = (head.id.clone(), case.name.clone());
        Transcript { lines: Vec::new(), scenario, case, along: self.clone() }
    }
}

impl Transcript {
    /// The next line.
    pub(crate) fn push(&mut self, line: Bilingual) {
        if let Along(Some(reading)) = &self.along {
            reading(&self.scenario, &self.case, &line);
        }
        self.lines.push(line);
    }

    /// All lines.
    pub(crate) fn take(&mut self) -> Vec<Bilingual> {
        std::mem::take(&mut self.lines)
    }
}

impl fmt::Debug for Along {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Along")
    }
}
