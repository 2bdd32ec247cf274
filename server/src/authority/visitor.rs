//! A visitor with a client certificate: what its dates and its revocation mean at the door of `/p/ru`.

use jiff::Timestamp;

use super::{Certificate, CertificateStatus, Refusal, Revocation};
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
    if certificate
        .revocation
        .is_some_and(|revocation| shuts_out(revocation, certificate.not_after, superseded_may_enter, now))
    {
        return Err(Refusal::ClientCertificateRevoked);
    }
    match certificate.status(now) {
        CertificateStatus::Expired => Err(Refusal::ClientCertificateExpired),
        _ if now.as_second() < certificate.not_before.as_second() => {
            Err(Refusal::ClientCertificateNotYetValid)
        }
        _ => Ok(()),
    }
}

/// Whether a revocation keeps a certificate out that ends then. `superseded_may_enter`: as for [`admit`].
pub fn shuts_out(
    revocation: Revocation,
    not_after: Timestamp,
    superseded_may_enter: bool,
    now: Timestamp,
) -> bool {
    let superseded = superseded_may_enter && revocation.reason == RevocationReason::Superseded;
    !superseded || now.as_second() > not_after.as_second()
}
