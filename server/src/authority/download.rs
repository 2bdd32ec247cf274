//! Handing out at `/p/rcd`: who may fetch the certificate, from when to when, and how often
//! (manual 1.1; facts on the re-download in the profile's `download.*`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CertificateStatus, Record, Refusal};
use crate::profile::{Profile, Redownload};

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

/// Decides on a download by whoever was [identified](super::identify) and, if it is granted, counts it. Of the
/// password that they chose only the tag comes here.
///
/// # Errors
/// The [`Refusal`] that the user gets to see.
pub fn download(
    record: Record,
    password_tag: PasswordTag,
    profile: &Profile,
    now: Timestamp,
) -> Result<Record, Refusal> {
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
        (Redownload::SamePasswordOnly, Some(first)) if first != password_tag => {
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
            password_tag: downloads.password_tag.or(Some(password_tag)),
        },
    })
}
