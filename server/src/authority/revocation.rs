//! Applying for a revocation at `/p/rx` (manual 3), and what the registration authority makes of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Certificate, CertificateStatus, Record, Refusal};
use crate::profile::{Approval, Profile};
use crate::terms::{EmailAddress, RequestId, Serial};

/// An application for a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationRequest {
    /// The request ID of the certificate.
    pub request_id: RequestId,
    /// The certificate.
    pub serial: Serial,
    /// Counts the applications for one certificate, from 1.
    pub sequence: u32,
    /// Who wants to hear of it.
    pub email: EmailAddress,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// What became of it.
    pub decision: Option<Decision>,
}

/// The registration authority's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Yes or no.
    pub approved: bool,
}

impl RevocationRequest {
    /// When it is approved without anybody's doing. `None`: it waits for a person, or is decided.
    pub fn due(&self, profile: &Profile) -> Option<Timestamp> {
        match (profile.revocation.approval, self.decision) {
            (Approval::Auto, None) => {
                let due = self.accepted_at.checked_add(profile.revocation.delay.0);
                Some(due.unwrap_or(Timestamp::MAX))
            }
            _ => None,
        }
    }

    /// Approves it, and revokes the certificate at the same moment.
    ///
    /// # Errors
    /// [`Refusal::RevocationDecided`]; [`Refusal::AlreadyRevoked`] or [`Refusal::CertificateExpired`]
    /// if there is nothing left to revoke.
    pub fn approve(
        self,
        certificate: Certificate,
        profile: &Profile,
        at: Timestamp,
    ) -> Result<(Self, Certificate), Refusal> {
        let decided = self.decide(true, at)?;
        let certificate = certificate.revoke(profile.revocation.reason, at)?;
        Ok((decided, certificate))
    }

    /// Turns it down.
    ///
    /// # Errors
    /// [`Refusal::RevocationDecided`].
    pub fn reject(self, at: Timestamp) -> Result<Self, Refusal> {
        self.decide(false, at)
    }

    fn decide(self, approved: bool, at: Timestamp) -> Result<Self, Refusal> {
        match self.decision {
            Some(_) => Err(Refusal::RevocationDecided),
            None => Ok(Self { decision: Some(Decision { at, approved }), ..self }),
        }
    }
}

/// The answer to 申請.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requested {
    /// A new application.
    Accepted(RevocationRequest),
    /// The same 申請 has been here.
    Before(RevocationRequest),
}

/// Whether a certificate can be applied for to be revoked now.
///
/// # Errors
/// The [`Refusal`] that the user gets to see.
pub fn may_request_revocation(
    record: &Record,
    earlier: &[RevocationRequest],
    now: Timestamp,
) -> Result<(), Refusal> {
    match record.certificate.status(now) {
        CertificateStatus::Revoked => Err(Refusal::AlreadyRevoked),
        CertificateStatus::Expired => Err(Refusal::NothingToRevoke),
        CertificateStatus::Valid if earlier.iter().any(|request| request.decision.is_none()) => {
            Err(Refusal::RevocationPending)
        }
        CertificateStatus::Valid => Ok(()),
    }
}

/// Decides on the last 申請. `seen` is how many applications the user's page knew of, as in
/// [`renew`](super::renew).
///
/// # Errors
/// The [`Refusal`] that the user gets to see.
pub fn request_revocation(
    record: &Record,
    earlier: &[RevocationRequest],
    seen: u32,
    email: EmailAddress,
    now: Timestamp,
) -> Result<Requested, Refusal> {
    if let Some(before) = earlier.get(seen as usize) {
        return Ok(Requested::Before(before.clone()));
    }
    may_request_revocation(record, earlier, now)?;
    Ok(Requested::Accepted(RevocationRequest {
        request_id: record.notice.request_id.clone(),
        serial: record.certificate.serial,
        sequence: u32::try_from(earlier.len()).unwrap_or(u32::MAX).saturating_add(1),
        email,
        accepted_at: now,
        decision: None,
    }))
}
