//! Applying for a revocation at `/p/rx` (manual 3), and what the registration authority makes of it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Certificate, CertificateStatus, Notice, Record, ReferenceId, Refusal, RequestId, Serial};
use crate::profile::{Approval, Profile};

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

/// Whether the reference ID is the notice's.
pub fn recognises(notice: &Notice, reference_id: &ReferenceId, profile: &Profile) -> bool {
    if profile.ids.reference_id_case_sensitive {
        notice.reference_id.matches(reference_id)
    } else {
        notice.reference_id.matches_ignoring_case(reference_id)
    }
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

/// An address to which a mail can go: `local@domain` in ASCII, as browsers check it, with RFC 5321's
/// lengths.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is no mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Not of the form, or with blanks, line breaks or other characters that have no place there.
    #[error("a mail address reads name@example.jp")]
    Format,
    /// RFC 5321, 4.5.3.1: 64 octets before the @, 254 in all.
    #[error("a mail address has at most 254 characters, 64 before the @")]
    TooLong,
}

impl EmailAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let atom = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let (local, domain) = text.split_once('@').ok_or(EmailError::Format)?;
        if text.len() > 254 || local.len() > 64 {
            return Err(EmailError::TooLong);
        }
        let fits = !local.is_empty()
            && local.bytes().all(atom)
            && domain.contains('.')
            && domain.split('.').all(label);
        if fits { Ok(Self(text.to_owned())) } else { Err(EmailError::Format) }
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_that_a_mail_can_go_to_are_taken() {
        for text in ["a@b.jp", "reseputo.tanto+1@clinic-1.example.co.jp", "O'Hara@xn--eckwd4c7c.jp"] {
            assert!(text.parse::<EmailAddress>().is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_from_what_is_too_long() {
        for text in [
            "",
            "a",
            "a@",
            "@b.jp",
            "a@b",
            "a b@c.jp",
            "a@b..jp",
            "a@-b.jp",
            "a@b@c.jp",
            "ａ@b.jp",
            "a@b.jp\r\nBcc: c@d.jp",
            "\"a\"@b.jp",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(EmailError::Format), "{text:?}");
        }
        for text in [format!("{}@b.jp", "a".repeat(65)), format!("a@{}jp", "b.".repeat(130))] {
            assert_eq!(text.parse::<EmailAddress>(), Err(EmailError::TooLong), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_address_can_break_out_of_a_header(text in "\\PC{0,20}@\\PC{0,20}|[\\x00-\\x7f]{0,10}@[\\x00-\\x7f]{0,10}") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                prop_assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert!(!address.as_str().contains(['<', '>', ',', ';', '"', '\\']));
            }
        }
    }
}
