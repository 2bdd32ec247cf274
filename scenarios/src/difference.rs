//! What must be, and what is.

use crate::bilingual::Bilingual;

/// One thing that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) expected: Bilingual,
    pub(crate) seen: Bilingual,
}

/// All that is not as it must be.
#[derive(Debug, Default)]
pub(crate) struct Differences(Vec<Difference>);

impl Difference {
    pub(crate) fn new(expected: impl Into<Bilingual>, seen: impl Into<Bilingual>) -> Self {
        Self { expected: expected.into(), seen: seen.into() }
    }
}

impl Differences {
    pub(crate) fn add(&mut self, expected: impl Into<Bilingual>, seen: impl Into<Bilingual>) {
        self.0.push(Difference::new(expected, seen));
    }

    /// Adds what was found instead, if this was not found.
    pub(crate) fn check(&mut self, expected: impl Into<Bilingual>, found: Result<(), impl Into<Bilingual>>) {
        if let Err(seen) = found {
            self.add(expected, seen);
        }
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// All of them, in their order.
    pub(crate) fn into_vec(self) -> Vec<Difference> {
        self.0
    }
}
