//! The revocation list: what stands on it, and until when it is the current one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Revocation;
use crate::profile::Profile;
use crate::terms::Serial;

/// A revoked certificate, as far as the list is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its serial number.
    pub serial: Serial,
    /// Last second of its validity.
    pub not_after: Timestamp,
    /// When and why it was revoked.
    pub revocation: Revocation,
}

/// What the CA says about revoked certificates at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationList {
    /// First second at which it holds.
    pub this_update: Timestamp,
    /// When the next one is due at the latest.
    pub next_update: Timestamp,
    /// The revoked certificates in the order of their issue.
    pub entries: Vec<Listed>,
}

impl RevocationList {
    /// The list that the CA would sign at this moment.
    pub fn at(now: Timestamp, revoked: &[Listed], profile: &Profile) -> Self {
        Self {
            this_update: now,
            next_update: now.checked_add(profile.crl.period.0).unwrap_or(Timestamp::MAX),
            entries: entries(now, revoked, profile),
        }
    }

    /// Whether it is still the list to publish at this moment.
    pub fn is_current(&self, now: Timestamp, revoked: &[Listed], profile: &Profile) -> bool {
        let says_all = || !profile.crl.immediate || self.entries == entries(now, revoked, profile);
        self.is_in_force(now) && says_all()
    }

    /// Whether whoever has fetched it may go by it at this moment.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        // A clock that was moved back makes a list from the future, which nobody would take.
        self.this_update <= now && now < self.next_update
    }
}

/// An entry that goes has been on one regular list after the certificate's end (RFC 5280, 3.3).
fn entries(now: Timestamp, revoked: &[Listed], profile: &Profile) -> Vec<Listed> {
    let gone = |listed: &Listed| {
        let until = listed.not_after.checked_add(profile.crl.period.0).unwrap_or(Timestamp::MAX);
        !profile.crl.keep_expired && until < now
    };
    revoked.iter().filter(|listed| !gone(listed)).copied().collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::terms::RevocationReason;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3_600).unwrap()
    }

    fn revoked(serial: &str) -> Listed {
        let serial = format!("{serial:0>32}").parse().unwrap();
        let revocation = Revocation { at: at(0), reason: RevocationReason::KeyCompromise };
        Listed { serial, not_after: at(100), revocation }
    }

    #[test]
    fn a_list_is_current_until_its_period_is_over() {
        let profile = Profile::default();
        let list = RevocationList::at(at(0), &[revoked("1")], &profile);
        assert!(list.is_current(at(23), &[revoked("1")], &profile));
        assert!(!list.is_current(at(24), &[revoked("1")], &profile));
        assert!(!list.is_current(at(0) - SignedDuration::from_secs(1), &[revoked("1")], &profile));
    }

    #[test]
    fn a_revocation_brings_out_a_new_list_unless_the_profile_waits() {
        let mut profile = Profile::default();
        let list = RevocationList::at(at(0), &[], &profile);
        assert!(!list.is_current(at(1), &[revoked("1")], &profile));
        profile.crl.immediate = false;
        assert!(list.is_current(at(1), &[revoked("1")], &profile));
        assert!(!list.is_current(at(24), &[revoked("1")], &profile));
    }

    #[test]
    fn an_expired_certificate_leaves_one_period_later_if_the_profile_says_so() {
        let mut profile = Profile::default();
        let listed = |profile: &Profile, now| RevocationList::at(now, &[revoked("1")], profile).entries.len();
        assert_eq!(listed(&profile, at(200)), 1);
        profile.crl.keep_expired = false;
        assert_eq!(listed(&profile, at(124)), 1);
        assert_eq!(listed(&profile, at(125)), 0);
    }
}
