//! What can be wrong beside what is under test.

use crate::mistake::Mistake;

/// Why the harness can't go on. What a site or a client does wrong is no error: it is what a play tells.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A data file says something wrong, at this place.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// A data file can't be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// What was asked for can't be done, such as to run a program that isn't there.
    #[error("{0}")]
    Usage(String),
    /// A step of a scenario asks for what isn't there, such as a notice that was never issued.
    #[error("{0}")]
    Scenario(String),
    /// The control API answers, and refuses.
    #[error("control answers {answer}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The whole answer.
        answer: String,
    },
    /// The harness itself broke.
    #[error("{0}")]
    Broken(String),
}

impl Error {
    /// The harness broke while it did this.
    pub(crate) fn broken(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Broken(format!("{what}: {error}"))
    }
}
