//! A certificate as the CA keeps it: who, from when to when, and whether it was revoked.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::profile::{NotAfter, NotBefore, Profile};
use crate::terms::{RevocationReason, Serial, Subject};

/// A certificate of an institution's terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its serial number, which alone tells it from others: the subject is not unique.
    pub serial: Serial,
    /// Counts the certificates of a world, from 1. A seeded world derives the key from it.
    pub number: u64,
    /// Whom it names.
    pub subject: Subject,
    /// First second of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity.
    pub not_after: Timestamp,
    /// When and why it was revoked, if it was.
    pub revocation: Option<Revocation>,
}

impl Certificate {
    /// What it is worth at this moment. Revoked stays revoked, also after its end.
    pub fn status(&self, now: Timestamp) -> CertificateStatus {
        match self.revocation {
            Some(_) => CertificateStatus::Revoked,
            // X.509 counts whole seconds: 23:59:59.9 is still the last one.
            None if now.as_second() > self.not_after.as_second() => CertificateStatus::Expired,
            None => CertificateStatus::Valid,
        }
    }

    /// Revokes it at this moment.
    ///
    /// # Errors
    /// [`Refusal::AlreadyRevoked`], or [`Refusal::CertificateExpired`], since an expired
    /// certificate has nothing left to revoke.
    pub fn revoke(self, reason: RevocationReason, now: Timestamp) -> Result<Self, Refusal> {
        match self.status(now) {
            CertificateStatus::Revoked => Err(Refusal::AlreadyRevoked),
            CertificateStatus::Expired => Err(Refusal::CertificateExpired),
            CertificateStatus::Valid => Ok(Self { revocation: Some(Revocation { at: now, reason }), ..self }),
        }
    }
}

/// First and last second of a validity of these days, of a certificate that is issued at this moment.
pub(super) fn validity(days: (Date, Date), issued: Timestamp, profile: &Profile) -> (Timestamp, Timestamp) {
    let zone = profile.clock.zone.zone();
    let begin = match profile.certificate.not_before {
        NotBefore::Day => Time::midnight(),
        // X.509 counts whole seconds.
        NotBefore::Moment => {
            let time = zone.datetime(issued).time();
            Time::constant(time.hour(), time.minute(), time.second(), 0)
        }
    };
    let end = match profile.certificate.not_after {
        NotAfter::EndOfDay => Time::constant(23, 59, 59, 0),
        NotAfter::LastMinute => Time::constant(23, 59, 0, 0),
        NotAfter::SameMoment => begin,
    };
    (zone.at(days.0, begin), zone.at(days.1, end))
}

/// The serial number of a certificate that will say this. The one issuer gives no number twice, though a seeded world counts
/// from 1 again at each start: it follows from all that differs from one certificate to another.
pub(super) fn serial(
    seed: &[u8; 32],
    subject: &Subject,
    validity: (Timestamp, Timestamp),
    profile: &Profile,
) -> Serial {
    let keys = (&profile.certificate, profile.dn.string_type, &profile.crl.url, profile.ca.key_bits);
    let content = serde_json::to_vec(&(subject, validity, keys));
    Serial::of(seed, &content.expect("names, times and keys of the profile have a form in JSON"))
}

/// What a certificate is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CertificateStatus {
    /// Neither expired nor revoked.
    Valid,
    /// Past the end of its validity.
    Expired,
    /// Revoked, whatever its dates.
    Revoked,
}

/// When and why a certificate was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Revocation {
    /// The simulated moment.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The reason code.
    pub reason: RevocationReason,
}
