//! The applicant's mail address, and when something is written to it before the certificate ends (`mail.expiry_days`).

use jiff::Timestamp;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::Record;
use crate::profile::Profile;
use crate::terms::{EmailAddress, RequestId};

/// When on its day a mail goes out.
const MORNING: Time = Time::constant(9, 0, 0, 0);

/// Whom to write to about a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Of the certificate.
    pub request_id: RequestId,
    /// The applicant's address.
    pub email: EmailAddress,
    /// When the next mail is due, if there will be another.
    pub due: Option<Timestamp>,
}

impl Contact {
    /// An address that is known from this moment on.
    pub fn new(record: &Record, email: EmailAddress, profile: &Profile, now: Timestamp) -> Self {
        let due = next(record, profile, now);
        Self { request_id: record.notice.request_id.clone(), email, due }
    }

    /// The same when what was due at this moment is done.
    #[must_use]
    pub fn after(self, record: &Record, profile: &Profile, at: Timestamp) -> Self {
        Self { due: next(record, profile, at), ..self }
    }
}

/// Days that are left at this moment, as the mail says it.
pub fn days_left(record: &Record, profile: &Profile, at: Timestamp) -> i32 {
    let day = profile.clock.zone.zone().day_of(at);
    day.until(record.notice.valid_until).map_or(0, |left| left.get_days())
}

fn next(record: &Record, profile: &Profile, after: Timestamp) -> Option<Timestamp> {
    let zone = profile.clock.zone.zone();
    let days = profile.mail.expiry_days.iter();
    let days =
        days.filter_map(|days| record.notice.valid_until.checked_sub(jiff::Span::new().days(*days)).ok());
    days.map(|day| zone.at(day, MORNING)).filter(|due| *due > after).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::tests::record;

    #[test]
    fn a_mail_is_due_on_the_morning_of_each_of_its_days_and_none_for_the_past() {
        let profile = Profile::from_toml("mail.expiry_days = [30, 90]").unwrap();
        let (record, email) =
            (record(1, "2026-11-23"), "tanto@clinic.example.jp".parse::<EmailAddress>().unwrap());
        let mut contact =
            Contact::new(&record, email.clone(), &profile, "2026-11-23T03:00:00Z".parse().unwrap());
        let mut dues = Vec::new();
        while let Some(due) = contact.due {
            dues.push(format!("{due} {}", days_left(&record, &profile, due)));
            contact = contact.after(&record, &profile, due);
        }
        // 2030-02-23 is the last day.
        assert_eq!(dues, ["2029-11-25T00:00:00Z 90", "2030-01-24T00:00:00Z 30"]);
        let late = Contact::new(&record, email, &profile, "2030-02-01T00:00:00Z".parse().unwrap());
        assert_eq!(late.due, None);
    }
}
