//! What is found in a file instead of what was looked for.

use crate::error::Error;

/// In words, such as `2 private keys`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Flaw(String);

impl Flaw {
    pub(crate) fn new(found: impl Into<String>) -> Self {
        Self(found.into())
    }
}

impl From<String> for Flaw {
    fn from(found: String) -> Self {
        Self(found)
    }
}

impl From<&str> for Flaw {
    fn from(found: &str) -> Self {
        Self(found.to_owned())
    }
}

/// Where the harness needs the file itself, and not only to look into it.
impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        Self::Broken(flaw.0)
    }
}
