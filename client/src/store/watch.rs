//! What a watcher of certificates does and when: reminders on the MPKI client's days, renewals as soon as they are open.
//!
//! There is no loop here and no timer. The caller looks as often as it likes, at any time the clock says, and keeps
//! the [`Watch`] between two looks, also over a restart.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::pki::certificate::{Certificate, Validity};
use crate::store::entry::Entry;
use crate::store::reminder::{DAILY_FROM, DAYS, Reminder};
use crate::terms::clock::Clock;

/// Renewals of many institutions that become possible on the same day are spread over this time.
const SPREAD: SignedDuration = SignedDuration::from_hours(6);
const FIRST_RETRY: SignedDuration = SignedDuration::from_mins(30);
const LONGEST_RETRY: SignedDuration = SignedDuration::from_hours(24);
/// A clock that is set back by no more was corrected, and does not repeat what was told.
const CLOCK_DRIFT: SignedDuration = SignedDuration::from_hours(24);
/// In the last days there is no time to lose.
const URGENT: i64 = 7;
const LONGEST_URGENT_RETRY: SignedDuration = SignedDuration::from_hours(2);

/// What a watcher knows from its earlier looks. Its serialized form is to be kept over a restart.
///
/// ```
/// use obn_client::{Clock, Identity, Origin, Password, Reminder, Store, Task, Watch};
///
/// # fn main() -> Result<(), obn_client::Error> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let store = Store::at(folder.path());
/// # let pfx = include_bytes!("../../../fixtures/pfx/openssl-3des.p12");
/// # let identity = Identity::from_pfx(pfx, &Password::new("1234"))?;
/// # store.lock()?.add(&identity, pfx, &Origin::default(), &Clock::system())?;
/// let entries = store.entries()?;
/// let mut watch = Watch::default();
///
/// // 30 days before the end: a notice is due, and whoever may renew does so.
/// let clock = Clock::fixed("2029-03-20T09:00:00+09:00".parse().unwrap());
/// for task in watch.look(&entries, &clock) {
///     match task {
///         Task::Remind(entry, reminder) => {
///             assert_eq!(reminder, Reminder::Expires(30), "{}", entry.name());
///             watch.told(entry, &clock);
///         }
///         Task::Renew(entry) => watch.renewal_failed(entry, &clock),
///         _ => {}
///     }
/// }
/// assert!(watch.look(&entries, &clock).is_empty(), "told once");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    entries: BTreeMap<String, Watched>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Watched {
    /// The stage of the last reminder. Stages count down, so none is repeated.
    told: Option<i64>,
    /// What the clock showed then. If that is still to come, the clock was wrong, and so was the stage.
    #[serde(default)]
    told_at: Option<Timestamp>,
    /// When a renewal may be tried.
    renew_at: Option<Timestamp>,
    failures: u32,
}

/// Something to do now.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Task<'a> {
    /// Tell people, and the [`Watch`] once they are told. Nobody has been told of this stage yet.
    Remind(&'a Entry, Reminder),
    /// Renew, and tell the [`Watch`] if that fails.
    Renew(&'a Entry),
}

impl Watch {
    /// What is to be done now about these entries. A day that was slept through is made up for once, with today's
    /// number of days.
    pub fn look<'a>(&mut self, entries: &'a [Entry], clock: &Clock) -> Vec<Task<'a>> {
        self.entries.retain(|name, _| entries.iter().any(|entry| entry.name() == name));
        let mut tasks = Vec::new();
        for entry in entries {
            // A certificate that has a successor needs neither notice nor renewal.
            if entries.iter().any(|other| other.renews() == Some(entry.name())) {
                continue;
            }
            let certificate = entry.certificate();
            let watched = self.entries.entry(entry.name().to_owned()).or_default();
            if let Some(stage) = stage(certificate, clock)
                && watched.told_stage(clock).is_none_or(|told| stage < told)
            {
                tasks.push(Task::Remind(entry, reminder(certificate, clock)));
            }
            if certificate.is_renewable(clock) && watched.is_due(certificate, clock) {
                tasks.push(Task::Renew(entry));
            }
        }
        tasks
    }

    /// Notes that people were told of what is due now. Until then every look asks for it.
    pub fn told(&mut self, entry: &Entry, clock: &Clock) {
        let watched = self.entries.entry(entry.name().to_owned()).or_default();
        watched.told = stage(entry.certificate(), clock);
        watched.told_at = Some(clock.now());
    }

    /// Notes that a renewal failed, so that the next try comes later each time.
    pub fn renewal_failed(&mut self, entry: &Entry, clock: &Clock) {
        let watched = self.entries.entry(entry.name().to_owned()).or_default();
        let is_urgent = entry.certificate().days_left(clock) <= URGENT;
        let longest = if is_urgent { LONGEST_URGENT_RETRY } else { LONGEST_RETRY };
        let wait =
            (0..watched.failures).try_fold(FIRST_RETRY, |wait, _| wait.checked_mul(2)).unwrap_or(longest);
        watched.failures = watched.failures.saturating_add(1);
        watched.renew_at = Some(clock.now().saturating_add(wait.min(longest)).unwrap_or(Timestamp::MAX));
    }
}

impl Watched {
    /// The stage that people know of. What was told under a clock that ran far ahead tells nothing about today.
    fn told_stage(&self, clock: &Clock) -> Option<i64> {
        let is_ahead = |at: Timestamp| clock.now().duration_until(at) > CLOCK_DRIFT;
        self.told.filter(|_| !self.told_at.is_some_and(is_ahead))
    }

    fn is_due(&mut self, certificate: &Certificate, clock: &Clock) -> bool {
        let now = clock.now();
        let first = || {
            let days = certificate.days_left(clock);
            let wait = if days <= URGENT { SignedDuration::ZERO } else { jitter(certificate) };
            now.saturating_add(wait).unwrap_or(Timestamp::MAX)
        };
        let at = *self.renew_at.get_or_insert_with(first);
        // A clock that was set back must not put a try off for longer than any wait there is.
        at <= now || now.duration_until(at) > LONGEST_RETRY
    }
}

/// The same for the same certificate at every look, and different for different ones: from the serial number.
fn jitter(certificate: &Certificate) -> SignedDuration {
    let digits =
        certificate.serial().bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let seconds = digits % SPREAD.as_secs().unsigned_abs();
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0))
}

/// The stage that the certificate has reached: the number of days of the reminder that is due, or was last.
fn stage(certificate: &Certificate, clock: &Clock) -> Option<i64> {
    let days = certificate.days_left(clock);
    if certificate.validity(clock) == Validity::Expired {
        // One below the last day, since a certificate may end in the middle of it.
        return Some(days - 1);
    }
    if days <= DAILY_FROM {
        return Some(days);
    }
    DAYS.into_iter().filter(|stage| *stage >= days).min()
}

fn reminder(certificate: &Certificate, clock: &Clock) -> Reminder {
    let days = certificate.days_left(clock);
    if certificate.validity(clock) == Validity::Expired {
        Reminder::Expired(-days)
    } else {
        Reminder::Expires(days)
    }
}
