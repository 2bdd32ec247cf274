//! A visitor with a client certificate: what its dates and its revocation mean at the door of `/p/ru`.

use jiff::Timestamp;

use super::{Certificate, CertificateStatus, Refusal};
use crate::terms::RevocationReason;

/// Lets a certificate in, or says why not.
///
/// `superseded_may_enter`: with `renewal.revoke_old`, who has a new certificate must still be able to
/// fetch its key (manual 2.2.1), although the old one counts no more.
///
/// # Errors
/// [`Refusal::ClientCertificateRevoked`], [`Refusal::ClientCertificateExpired`] or
/// [`Refusal::ClientCertificateNotYetValid`].
pub fn admit(certificate: &Certificate, superseded_may_enter: bool, now: Timestamp) -> Result<(), Refusal> {
    if let Some(revocation) = certificate.revocation {
        let superseded = superseded_may_enter && revocation.reason == RevocationReason::Superseded;
        let expired = now.as_second() > certificate.not_after.as_second();
        if !superseded || expired {
            return Err(Refusal::ClientCertificateRevoked);
        }
    }
    match certificate.status(now) {
        CertificateStatus::Expired => Err(Refusal::ClientCertificateExpired),
        _ if now.as_second() < certificate.not_before.as_second() => {
            Err(Refusal::ClientCertificateNotYetValid)
        }
        _ => Ok(()),
    }
}
