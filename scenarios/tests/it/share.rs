//! Which scenarios somebody who breaks a rule meets.

use obn_conformance::Head;

/// Of the scenarios that show nothing of what is broken, one in so many is met.
const ONE_IN: usize = 5;

/// Whether everybody meets all, which makes another table than the one that is kept.
pub(crate) fn is_all() -> bool {
    std::env::var("OBN_BITES").is_ok_and(|which| which == "all")
}

/// All that show what is broken, and a share of the others: those could only fail by mistake. Over everybody who
/// breaks something each scenario is among them many times. With `OBN_BITES=all` everybody meets all.
pub(crate) struct Share {
    others: usize,
}

impl Share {
    /// With another `place` it is another share.
    pub(crate) fn new(place: usize) -> Self {
        Self { others: place }
    }

    pub(crate) fn has(&mut self, scenario: &Head, broken: &[&str]) -> bool {
        if is_all() || scenario.shows.iter().any(|id| broken.contains(&id.as_str())) {
            return true;
        }
        self.others += 1;
        self.others.is_multiple_of(ONE_IN)
    }
}
