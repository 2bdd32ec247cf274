//! Certificates whose serial numbers follow from all else that they say.
//!
//! What is made from a seed or a stored secret is made again at each start, and a client may have kept what it was shown
//! before. Of one issuer it takes no number twice (RFC 5280, 4.1.2.2; NSS says SEC_ERROR_REUSED_ISSUER_AND_SERIAL). So the
//! same certificate has the same number each time, and one in which a name, a date, a key or anything else differs has
//! another.

use rcgen::{CertificateParams, Error, Issuer, PublicKeyData, SerialNumber, SignatureAlgorithm, SigningKey};
use rustls_pki_types::CertificateDer;

use crate::entropy::Entropy;
use crate::terms::Serial;

/// A certificate for this key, from the CA that has this certificate and key.
pub(super) fn signed_by(
    mut params: CertificateParams,
    key: &impl PublicKeyData,
    ca: &CertificateDer<'_>,
    ca_key: &impl SigningKey,
    entropy: &Entropy,
) -> Result<CertificateDer<'static>, Error> {
    let content = params.signed_by(key, &Issuer::from_ca_cert_der(ca, Unsigned(ca_key))?)?;
    params.serial_number = Some(number(content.der(), entropy));
    Ok(params.signed_by(key, &Issuer::from_ca_cert_der(ca, ca_key)?)?.der().clone())
}

/// A certificate that this key signs for itself.
pub(super) fn self_signed(
    params: &mut CertificateParams,
    key: &impl SigningKey,
    entropy: &Entropy,
) -> Result<CertificateDer<'static>, Error> {
    let content = params.self_signed(&Unsigned(key))?;
    params.serial_number = Some(number(content.der(), entropy));
    Ok(params.self_signed(key)?.der().clone())
}

fn number(content: &[u8], entropy: &Entropy) -> SerialNumber {
    let serial = Serial::of(&entropy.seed("serial number of a certificate", 0), content);
    SerialNumber::from_slice(serial.octets())
}

/// A key that leaves what it is asked to sign without a signature.
pub(super) struct Unsigned<'a, K>(pub(super) &'a K);

impl<K: PublicKeyData> PublicKeyData for Unsigned<'_, K> {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.0.algorithm()
    }
}

impl<K: PublicKeyData> SigningKey for Unsigned<'_, K> {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }
}
