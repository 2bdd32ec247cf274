//! The revocation list of the client CA: version 2, with authority key identifier and number
//! (RFC 5280, 5).

use jiff::Timestamp;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};

use super::{ClientCa, PkiError, moment};
use crate::profile::{CrlFormat, Profile};
use crate::terms::{RevocationReason, Serial};

/// What a revocation list says.
#[derive(Clone, Debug)]
pub struct CertificateList {
    /// Its CRL number.
    pub number: u64,
    /// First second at which it holds.
    pub this_update: Timestamp,
    /// When the next one is due at the latest.
    pub next_update: Timestamp,
    /// In the order of the list.
    pub revoked: Vec<RevokedCertificate>,
}

/// An entry of a revocation list.
#[derive(Clone, Copy, Debug)]
pub struct RevokedCertificate {
    /// Which certificate.
    pub serial: Serial,
    /// When it was revoked.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

impl ClientCa {
    /// Signs a list, in the profile's encoding.
    ///
    /// # Errors
    /// [`PkiError::Make`].
    pub fn sign_crl(&self, list: &CertificateList, profile: &Profile) -> Result<Vec<u8>, PkiError> {
        let params = CertificateRevocationListParams {
            this_update: moment(list.this_update),
            next_update: moment(list.next_update),
            crl_number: SerialNumber::from(list.number),
            issuing_distribution_point: None,
            revoked_certs: list.revoked.iter().map(|revoked| entry(revoked, profile.crl.reasons)).collect(),
            // As in the CA's own subject key identifier.
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let crl = params.signed_by(self.issuer()).map_err(PkiError::making("the revocation list"))?;
        Ok(match profile.crl.format {
            CrlFormat::Der => crl.der().to_vec(),
            CrlFormat::Pem => super::pem("X509 CRL", crl.der()).into_bytes(),
        })
    }
}

fn entry(revoked: &RevokedCertificate, with_reason: bool) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(revoked.serial.octets()),
        revocation_time: moment(revoked.at),
        reason_code: if with_reason { reason(revoked.reason) } else { None },
        invalidity_date: None,
    }
}

/// `unspecified` is said by saying nothing (RFC 5280, 5.3.1).
fn reason(reason: RevocationReason) -> Option<rcgen::RevocationReason> {
    match reason {
        RevocationReason::Unspecified => None,
        RevocationReason::KeyCompromise => Some(rcgen::RevocationReason::KeyCompromise),
        RevocationReason::AffiliationChanged => Some(rcgen::RevocationReason::AffiliationChanged),
        RevocationReason::Superseded => Some(rcgen::RevocationReason::Superseded),
        RevocationReason::CessationOfOperation => Some(rcgen::RevocationReason::CessationOfOperation),
    }
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::*;

    use super::{RevokedCertificate, *};
    use crate::entropy::Entropy;
    use crate::pki::RsaKey;

    fn ca() -> ClientCa {
        let entropy = Entropy::seeded("crl");
        ClientCa::new(RsaKey::generate(entropy.seed("key", 0), 2048), &entropy, &Profile::default()).unwrap()
    }

    fn list(number: u64, reason: RevocationReason) -> CertificateList {
        let at = |text: &str| text.parse().unwrap();
        CertificateList {
            number,
            this_update: at("2026-11-23T00:00:00Z"),
            next_update: at("2026-11-24T00:00:00Z"),
            revoked: vec![RevokedCertificate {
                serial: "40000000000000000000000000000001".parse().unwrap(),
                at: at("2026-11-22T12:00:00Z"),
                reason,
            }],
        }
    }

    #[test]
    fn a_list_is_signed_in_the_name_of_the_certificate_also_after_a_restart() {
        let ca = ca();
        let restored = ClientCa::restore(
            RsaKey::from_pkcs8(ca.key().pkcs8().to_vec()).unwrap(),
            ca.certificate().to_vec(),
        )
        .unwrap();
        for ca in [&ca, &restored] {
            let der = ca.sign_crl(&list(7, RevocationReason::KeyCompromise), &Profile::default()).unwrap();
            let (_, crl) = parse_x509_crl(&der).unwrap();
            let (_, certificate) = parse_x509_certificate(ca.certificate()).unwrap();
            assert_eq!(crl.issuer().as_raw(), certificate.subject().as_raw());
            crl.verify_signature(certificate.public_key()).unwrap();
            assert_eq!(crl.version(), Some(X509Version::V2));
            assert_eq!(crl.crl_number().unwrap().to_string(), "7");
            let key_id = |extensions: &[X509Extension<'_>]| {
                extensions.iter().find_map(|extension| match extension.parsed_extension() {
                    ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
                    ParsedExtension::AuthorityKeyIdentifier(id) => {
                        Some(id.key_identifier.as_ref()?.0.to_vec())
                    }
                    _ => None,
                })
            };
            assert_eq!(key_id(crl.extensions()).unwrap(), key_id(certificate.extensions()).unwrap());
        }
    }

    #[test]
    fn entries_carry_their_reason_but_never_unspecified() {
        let reason = |reason, profile: &Profile| {
            let der = ca().sign_crl(&list(1, reason), profile).unwrap();
            let (_, crl) = parse_x509_crl(&der).unwrap();
            let entry = crl.iter_revoked_certificates().next().unwrap();
            entry.reason_code().map(|(_, code)| code.0)
        };
        let mut profile = Profile::default();
        assert_eq!(reason(RevocationReason::KeyCompromise, &profile), Some(1));
        assert_eq!(reason(RevocationReason::CessationOfOperation, &profile), Some(5));
        assert_eq!(reason(RevocationReason::Unspecified, &profile), None);
        profile.crl.reasons = false;
        assert_eq!(reason(RevocationReason::KeyCompromise, &profile), None);
    }
}
