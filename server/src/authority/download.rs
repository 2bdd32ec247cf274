//! Handing out at `/p/rcd`: who may fetch the certificate, from when to when, and how often
//! (manual 1.1; facts on the re-download in the profile's `download.*`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CertificateStatus, Record, Refusal, recognises};
use crate::profile::{Profile, Redownload};
use crate::terms::ReferenceId;

/// What a user sends from the form, except for the request ID that found the record.
#[derive(Clone, Debug)]
pub struct Download<'a> {
    /// As typed.
    pub reference_id: &'a ReferenceId,
    /// A keyed hash of the chosen password; the password itself never comes here.
    pub password_tag: PasswordTag,
}

/// A keyed hash by which a later download can tell whether the password is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordTag(pub [u8; 16]);

/// What has happened at `/p/rcd`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downloads {
    /// How often the file was handed out.
    pub count: u32,
    /// When last.
    pub last_at: Option<Timestamp>,
    /// With which password first.
    pub password_tag: Option<PasswordTag>,
}

/// Decides on a download and, if it is granted, counts it.
///
/// # Errors
/// The [`Refusal`] that the user gets to see. The reference ID is checked first, so that nobody
/// learns anything about a notice that isn't theirs.
pub fn download(
    record: Record,
    command: &Download<'_>,
    profile: &Profile,
    now: Timestamp,
) -> Result<Record, Refusal> {
    if !recognises(&record.notice, command.reference_id, profile) {
        return Err(Refusal::WrongReferenceId);
    }
    let zone = profile.clock.zone.zone();
    if now < zone.start_of(record.notice.issued_on) {
        return Err(Refusal::NotYetOpen);
    }
    match record.certificate.status(now) {
        CertificateStatus::Revoked => return Err(Refusal::Revoked),
        CertificateStatus::Expired => return Err(Refusal::CertificateExpired),
        CertificateStatus::Valid => {}
    }
    // The notice prints days, so the last one counts whole unless the profile says otherwise.
    let closes = if profile.download.window_inclusive {
        zone.end_of(record.notice.download_until).as_second() + 1
    } else {
        zone.start_of(record.notice.download_until).as_second()
    };
    let closed = now.as_second() >= closes;
    if closed && !profile.download.allow_late {
        return Err(Refusal::WindowClosed);
    }
    match (profile.download.redownload, record.downloads.password_tag) {
        (Redownload::Once, Some(_)) => return Err(Refusal::AlreadyDownloaded),
        (Redownload::SamePasswordOnly, Some(first)) if first != command.password_tag => {
            return Err(Refusal::PasswordDiffers);
        }
        _ => {}
    }
    let Record { notice, certificate, downloads } = record;
    Ok(Record {
        notice,
        certificate,
        downloads: Downloads {
            count: downloads.count + 1,
            last_at: Some(now),
            password_tag: downloads.password_tag.or(Some(command.password_tag)),
        },
    })
}

/// Wrong tries on one request ID, for the lock-out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// Wrong tries since the last right one or the last lock-out.
    pub failures: u32,
    /// Until when every try is refused.
    pub locked_until: Option<Timestamp>,
}

impl Attempts {
    /// Refuses while the lock lasts.
    ///
    /// # Errors
    /// [`Refusal::LockedOut`].
    pub fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.locked_until {
            Some(until) if now < until => Err(Refusal::LockedOut),
            _ => Ok(()),
        }
    }

    /// Counts a wrong try, and locks after as many as the profile allows.
    #[must_use]
    pub fn failed(self, profile: &Profile, now: Timestamp) -> Self {
        let failures = self.failures + 1;
        if profile.lockout.attempts == 0 || failures < profile.lockout.attempts {
            return Self { failures, locked_until: None };
        }
        let until = now.checked_add(profile.lockout.duration.0).unwrap_or(Timestamp::MAX);
        Self { failures: 0, locked_until: Some(until) }
    }
}
