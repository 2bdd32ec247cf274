//! Whether somebody holds the notice whose IDs they typed, and the lock-out of who guesses. The same for `/p/rcd` and
//! `/p/rx`, so that the tries at both count together.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Notice, Record, Refusal};
use crate::profile::Profile;
use crate::terms::ReferenceId;

/// Wrong tries on one request ID, for the lock-out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// Wrong tries since the last right one or the last lock-out.
    pub failures: u32,
    /// Until when every try is refused.
    pub locked_until: Option<Timestamp>,
}

/// Why these IDs open nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unidentified {
    /// What the user gets to see.
    pub refusal: Refusal,
    /// The wrong tries to keep from now on, if this was one that counts.
    pub attempts: Option<Attempts>,
}

/// Answers with the record if the reference ID is that of its notice. `record` is what the request ID found.
///
/// This comes before every other decision, so that nobody learns anything about a notice that isn't theirs. What was
/// wrong before is forgiven with [`Attempts::default`] when the whole command goes through, not yet here.
///
/// # Errors
/// [`Refusal::LockedOut`], [`Refusal::UnknownRequestId`] or [`Refusal::WrongReferenceId`], of which only the last one
/// counts.
pub fn identify(
    record: Option<Record>,
    reference_id: &ReferenceId,
    attempts: Attempts,
    profile: &Profile,
    now: Timestamp,
) -> Result<Record, Unidentified> {
    let refused = |refusal| Unidentified { refusal, attempts: None };
    if attempts.locked_until.is_some_and(|until| now < until) {
        return Err(refused(Refusal::LockedOut));
    }
    let record = record.ok_or(refused(Refusal::UnknownRequestId))?;
    if recognises(&record.notice, reference_id, profile) {
        return Ok(record);
    }
    let attempts = profile.lockout.is_on().then(|| attempts.failed(profile, now));
    Err(Unidentified { refusal: Refusal::WrongReferenceId, attempts })
}

fn recognises(notice: &Notice, reference_id: &ReferenceId, profile: &Profile) -> bool {
    if profile.ids.reference_id_case_sensitive {
        notice.reference_id == *reference_id
    } else {
        notice.reference_id.matches_ignoring_case(reference_id)
    }
}

impl Attempts {
    /// One more, which locks after as many as the profile allows.
    fn failed(self, profile: &Profile, now: Timestamp) -> Self {
        let failures = self.failures + 1;
        if failures < profile.lockout.attempts {
            return Self { failures, locked_until: None };
        }
        let until = now.checked_add(profile.lockout.duration.0).unwrap_or(Timestamp::MAX);
        Self { failures: 0, locked_until: Some(until) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::authority::tests::record;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn with_lockout(attempts: u32) -> Profile {
        let mut profile = Profile::default();
        profile.lockout.attempts = attempts;
        profile
    }

    /// Wrong tries one after the other, one a second: what each is told, and what is kept in the end.
    fn guess(times: i64, profile: &Profile) -> (Vec<Refusal>, Attempts) {
        let wrong: ReferenceId = "FPwNiG5g4r".parse().unwrap();
        let mut kept = Attempts::default();
        let told = (0..times).map(|second| {
            let no = identify(Some(record(1, "2026-11-23")), &wrong, kept, profile, at(second)).unwrap_err();
            kept = no.attempts.unwrap_or(kept);
            no.refusal
        });
        (told.collect(), kept)
    }

    #[test]
    fn the_nth_wrong_try_locks_and_the_lock_ends_by_itself() {
        use Refusal::{LockedOut, WrongReferenceId as Wrong};
        let profile = with_lockout(3);
        let (told, kept) = guess(5, &profile);
        assert_eq!(told, [Wrong, Wrong, Wrong, LockedOut, LockedOut]);
        let until = at(2) + profile.lockout.duration.0;
        assert_eq!(kept, Attempts { failures: 0, locked_until: Some(until) });

        // Even the right one is refused until then, and not a moment longer.
        let right = record(1, "2026-11-23");
        let try_at = |now| identify(Some(right.clone()), &right.notice.reference_id, kept, &profile, now);
        let locked = Unidentified { refusal: LockedOut, attempts: None };
        assert_eq!(try_at(until - SignedDuration::from_nanos(1)), Err(locked));
        assert_eq!(try_at(until), Ok(right.clone()));
    }

    #[test]
    fn without_a_lock_out_nothing_is_counted() {
        let (told, kept) = guess(100, &with_lockout(0));
        assert_eq!(told, [Refusal::WrongReferenceId; 100]);
        assert_eq!(kept, Attempts::default());
    }

    #[test]
    fn a_request_id_that_nothing_has_counts_for_nobody() {
        let reference_id = record(1, "2026-11-23").notice.reference_id;
        let no = identify(None, &reference_id, Attempts::default(), &with_lockout(1), at(0));
        assert_eq!(no, Err(Unidentified { refusal: Refusal::UnknownRequestId, attempts: None }));
    }

    #[test]
    fn letter_case_counts_unless_the_profile_says_otherwise() {
        let right = record(1, "2026-11-23");
        let swapped: String = right.notice.reference_id.reveal().chars().map(swap_case).collect();
        let swapped = swapped.parse().unwrap();
        let mut profile = Profile::default();
        let decide = |profile: &Profile| {
            identify(Some(right.clone()), &swapped, Attempts::default(), profile, at(0)).is_ok()
        };
        assert!(!decide(&profile));
        profile.ids.reference_id_case_sensitive = false;
        assert!(decide(&profile));
    }

    fn swap_case(letter: char) -> char {
        if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    }
}
