//! What a step comes to.

use super::skip::Skip;
use crate::bilingual::Bilingual;
use crate::difference::{Difference, Differences};
use crate::error::Error;
use crate::eyes::Flaw;

/// Why a step was not as it must be.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Noted; the play goes on.
    Checks(Vec<Difference>),
    /// Noted; the play ends, since what follows would mean nothing. What it breaks may be something else than what the
    /// step is about.
    Halt { difference: Difference, breaks: Vec<String> },
    /// Who is under test can't do this, for this reason.
    Skip(Skip),
    /// The harness can't go on.
    Broken(Error),
}

/// Nothing, if a step was as it must be.
pub(crate) type Done = Result<(), Trouble>;

impl Trouble {
    /// Something else is there than must be.
    pub(crate) fn check(expected: impl Into<Bilingual>, seen: impl Into<Bilingual>) -> Self {
        Self::Checks(vec![Difference::new(expected, seen)])
    }

    /// The same, and there is nothing to go on with.
    pub(crate) fn halt(expected: impl Into<Bilingual>, seen: impl Into<Bilingual>) -> Self {
        Self::Halt { difference: Difference::new(expected, seen), breaks: Vec::new() }
    }

    /// What this breaks, unless the step is about just that.
    pub(crate) fn breaking(self, ids: &[&str]) -> Self {
        match self {
            Self::Halt { difference, .. } => {
                Self::Halt { difference, breaks: ids.iter().map(|id| (*id).to_owned()).collect() }
            }
            other => other,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<Flaw> for Trouble {
    fn from(flaw: Flaw) -> Self {
        Self::Broken(flaw.into())
    }
}

impl Differences {
    /// Nothing, if there are none.
    pub(crate) fn done(self) -> Done {
        match self.into_vec() {
            none if none.is_empty() => Ok(()),
            some => Err(Trouble::Checks(some)),
        }
    }
}
