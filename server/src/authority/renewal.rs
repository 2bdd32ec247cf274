//! Renewal at `/p/ru` (manual 2.2): who may apply, when, and how an application becomes a
//! certificate. The key pair is the CA's work, so there is nothing but the certificate to apply with.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::certificate::{serial, validity};
use super::{Certificate, CertificateStatus, Downloads, Drawn, Notice, Record, Refusal, admit};
use crate::profile::{ListScope, Profile};
use crate::terms::{Holder, Pin, ReferenceId, RequestId, Serial};

/// An application for a renewal that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The new request ID.
    pub request_id: RequestId,
    /// The new reference ID.
    pub reference_id: ReferenceId,
    /// The certificate that it was applied with.
    pub predecessor: Serial,
    /// Whose it is. Never enough to tell who may have the key: terminals share it.
    pub institution_code: Holder,
    /// Counts the applications with one certificate, from 1.
    pub sequence: u32,
    /// The new certificate's serial number.
    pub serial: Serial,
    /// The new certificate's number in its world.
    pub number: u64,
    /// When it was accepted. The new validity begins on that day.
    pub accepted_at: Timestamp,
    /// How far it is.
    pub course: Course,
    /// The password that was chosen at 鍵の取得, kept only where Download Key asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Pin>,
}

/// How far a renewal is, and who decides how it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Course {
    /// Time decides: this stage began then.
    Running {
        /// The stage.
        stage: Stage,
        /// Its begin.
        since: Timestamp,
    },
    /// A tester decides, and holds it here.
    Held {
        /// The stage.
        stage: Stage,
    },
    /// Done; also if the clock goes back.
    Issued {
        /// When.
        at: Timestamp,
    },
    /// A tester let it fail.
    Failed {
        /// When.
        at: Timestamp,
    },
}

/// A stage on the way to the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 鍵生成中
    KeyGeneration,
    /// 発行要求中
    IssueRequest,
}

/// 証明書ステータス, and what the manual has no word for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalStatus {
    /// 鍵生成中 or 発行要求中: there is more to come.
    Pending(Stage),
    /// 発行済み
    Issued,
    /// The CA could not issue it.
    Failed,
}

impl RenewalStatus {
    /// As the pages write it (manual 2.2).
    pub fn word(self, profile: &Profile) -> &str {
        match self {
            Self::Pending(Stage::KeyGeneration) => "鍵生成中",
            Self::Pending(Stage::IssueRequest) => "発行要求中",
            Self::Issued => "発行済み",
            Self::Failed => &profile.issue.failed_status,
        }
    }

    /// Whether there is more to come.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Pending(_))
    }
}

impl Renewal {
    /// Its status at this moment: a function of time alone, unless a tester has a hand in it.
    pub fn status(&self, profile: &Profile, now: Timestamp) -> RenewalStatus {
        match self.course {
            Course::Issued { .. } => RenewalStatus::Issued,
            Course::Failed { .. } => RenewalStatus::Failed,
            Course::Held { stage } => RenewalStatus::Pending(stage),
            Course::Running { stage, since } => {
                let [keys, request] = profile.issue.delays();
                let passed = since.duration_until(now);
                match stage {
                    Stage::KeyGeneration if passed < keys => RenewalStatus::Pending(stage),
                    Stage::KeyGeneration if passed < keys + request => {
                        RenewalStatus::Pending(Stage::IssueRequest)
                    }
                    Stage::IssueRequest if passed < request => RenewalStatus::Pending(stage),
                    _ => RenewalStatus::Issued,
                }
            }
        }
    }

    /// When it is issued, or was. `None` if time alone won't bring it about.
    pub fn due(&self, profile: &Profile) -> Option<Timestamp> {
        let [keys, request] = profile.issue.delays();
        match self.course {
            Course::Issued { at } => Some(at),
            Course::Failed { .. } | Course::Held { .. } => None,
            Course::Running { stage, since } => {
                let left = match stage {
                    Stage::KeyGeneration => keys + request,
                    Stage::IssueRequest => request,
                };
                Some(since.checked_add(left).unwrap_or(Timestamp::MAX))
            }
        }
    }

    /// When time alone will issue it. `None`: it is issued, or time alone won't bring it about.
    pub fn comes_due(&self, profile: &Profile) -> Option<Timestamp> {
        match self.course {
            Course::Running { .. } => self.due(profile),
            _ => None,
        }
    }

    /// Stops it where it is.
    ///
    /// # Errors
    /// [`Refusal::RenewalFinished`].
    pub fn hold(self, profile: &Profile, now: Timestamp) -> Result<Self, Refusal> {
        let stage = self.stage(profile, now)?;
        Ok(Self { course: Course::Held { stage }, ..self })
    }

    /// Moves it on by one stage at once. What was held stays held in the next stage.
    ///
    /// # Errors
    /// [`Refusal::RenewalFinished`].
    pub fn advance(self, profile: &Profile, now: Timestamp) -> Result<Self, Refusal> {
        let stage = self.stage(profile, now)?;
        let held = matches!(self.course, Course::Held { .. });
        let course = match (stage, held) {
            (Stage::IssueRequest, _) => Course::Issued { at: now },
            (Stage::KeyGeneration, true) => Course::Held { stage: Stage::IssueRequest },
            (Stage::KeyGeneration, false) => Course::Running { stage: Stage::IssueRequest, since: now },
        };
        Ok(Self { course, ..self })
    }

    /// Lets it fail.
    ///
    /// # Errors
    /// [`Refusal::RenewalFinished`].
    pub fn fail(self, profile: &Profile, now: Timestamp) -> Result<Self, Refusal> {
        self.stage(profile, now)?;
        Ok(Self { course: Course::Failed { at: now }, ..self })
    }

    /// What the CA knows of the new certificate once it is issued. The subject is the old one's.
    pub fn record(&self, predecessor: &Record, profile: &Profile) -> Record {
        let (issued_on, valid_until) = days(self.accepted_at, profile);
        let notice = Notice {
            request_id: self.request_id.clone(),
            reference_id: self.reference_id.clone(),
            issuer: profile.ca.common_name.clone(),
            issued_on,
            valid_from: issued_on,
            valid_until,
            download_until: later(issued_on, Span::new().days(profile.renewal.pickup_days)),
            ..predecessor.notice.clone()
        };
        let (not_before, not_after) = validity((issued_on, valid_until), self.accepted_at, profile);
        let certificate = Certificate {
            serial: self.serial,
            number: self.number,
            subject: predecessor.certificate.subject.clone(),
            not_before,
            not_after,
            revocation: None,
        };
        Record { notice, certificate, downloads: Downloads::default() }
    }

    /// Whether this certificate may see it and have its key.
    pub fn is_shown_to(&self, visitor: &Record, profile: &Profile) -> bool {
        match profile.renewal.list_scope {
            ListScope::SameCertificate => self.predecessor == visitor.certificate.serial,
            ListScope::SameCommonName => self.institution_code == visitor.notice.institution_code,
        }
    }

    fn stage(&self, profile: &Profile, now: Timestamp) -> Result<Stage, Refusal> {
        match self.status(profile, now) {
            RenewalStatus::Pending(stage) => Ok(stage),
            RenewalStatus::Issued | RenewalStatus::Failed => Err(Refusal::RenewalFinished),
        }
    }
}

/// The answer to a Submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// A new application.
    Accepted(Renewal),
    /// The same Submit has been here: a double click, the back button, another tab.
    Before(Renewal),
}

/// From when on a certificate can be renewed: the begin of the day, 90 days before its last.
pub fn renewal_opens(certificate: &Certificate, profile: &Profile) -> Timestamp {
    let zone = profile.clock.zone.zone();
    let last = zone.day_of(certificate.not_after);
    zone.start_of(later(last, Span::new().days(-profile.renewal.window_days)))
}

/// Whether a certificate can be renewed now.
///
/// # Errors
/// The [`Refusal`] that the user gets to see.
pub fn may_renew(
    record: &Record,
    earlier: &[Renewal],
    profile: &Profile,
    now: Timestamp,
) -> Result<(), Refusal> {
    admit(&record.certificate, false, now)?;
    if now < renewal_opens(&record.certificate, profile) {
        return Err(Refusal::RenewalNotOpen);
    }
    let granted = earlier.iter().filter(|renewal| renewal.status(profile, now) != RenewalStatus::Failed);
    if granted.count() >= profile.renewal.max as usize {
        return Err(Refusal::AlreadyRenewed);
    }
    Ok(())
}

/// Decides on a Submit. `seen` is how many applications the user's page knew of: a page that is
/// older than the last application means that one, and never a second.
///
/// # Errors
/// The [`Refusal`] that the user gets to see.
pub fn renew(
    record: &Record,
    earlier: &[Renewal],
    seen: u32,
    drawn: Drawn,
    profile: &Profile,
    now: Timestamp,
) -> Result<Renewed, Refusal> {
    if let Some(before) = earlier.get(seen as usize) {
        return Ok(Renewed::Before(before.clone()));
    }
    may_renew(record, earlier, profile, now)?;
    let validity = validity(days(now, profile), now, profile);
    let serial = serial(&drawn.serial_seed, &record.certificate.subject, validity, profile);
    Ok(Renewed::Accepted(Renewal {
        request_id: drawn.request_id,
        reference_id: drawn.reference_id,
        predecessor: record.certificate.serial,
        institution_code: record.notice.institution_code.clone(),
        sequence: u32::try_from(earlier.len()).unwrap_or(u32::MAX).saturating_add(1),
        serial,
        number: drawn.number,
        accepted_at: now,
        course: Course::Running { stage: Stage::KeyGeneration, since: now },
        password: None,
    }))
}

/// Whether the key of a renewal can be fetched at `/p/ru` now, with any password.
///
/// # Errors
/// The [`Refusal`] that the user gets to see.
pub fn may_collect(record: &Record, profile: &Profile, now: Timestamp) -> Result<(), Refusal> {
    match record.certificate.status(now) {
        CertificateStatus::Revoked => return Err(Refusal::Revoked),
        CertificateStatus::Expired => return Err(Refusal::CertificateExpired),
        CertificateStatus::Valid => {}
    }
    let zone = profile.clock.zone.zone();
    if now.as_second() > zone.end_of(record.notice.download_until).as_second() {
        return Err(Refusal::PickupClosed);
    }
    Ok(())
}

/// Hands out the key of a renewal, and counts it.
///
/// # Errors
/// As [`may_collect`].
pub fn collect(record: Record, profile: &Profile, now: Timestamp) -> Result<Record, Refusal> {
    may_collect(&record, profile, now)?;
    let downloads =
        Downloads { count: record.downloads.count + 1, last_at: Some(now), ..record.downloads.clone() };
    Ok(Record { downloads, ..record })
}

/// First and last day of a renewed certificate, by when its renewal was accepted.
fn days(accepted_at: Timestamp, profile: &Profile) -> (Date, Date) {
    let issued_on = profile.clock.zone.zone().day_of(accepted_at);
    (issued_on, later(issued_on, Span::new().months(profile.certificate.validity_months)))
}

fn later(day: Date, span: Span) -> Date {
    day.saturating_add(span)
}

#[cfg(test)]
mod tests;
