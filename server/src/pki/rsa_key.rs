//! RSA keys, made from a seed so that they repeat.

use std::fmt;

use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm};
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::EncodePrivateKey;
use rustls_pki_types::PrivatePkcs8KeyDer;

/// A private RSA key with the public exponent 65537.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaKey {
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

impl RsaKey {
    /// The key of this seed. Takes some 45 ms for 2048 bits, more for longer ones.
    pub fn generate(seed: [u8; 32], bits: u32) -> Self {
        let key = obn_rsa::generate(seed, bits);
        Self {
            pkcs8: key.to_pkcs8_der().expect("a generated key has a PKCS #8 form").as_bytes().to_vec(),
            public: key
                .as_public_key()
                .to_pkcs1_der()
                .expect("a generated key has a PKCS #1 form")
                .as_bytes()
                .to_vec(),
        }
    }

    /// Takes up a stored key. `None` if the bytes are not a PKCS #8 RSA key.
    pub fn from_pkcs8(pkcs8: Vec<u8>) -> Option<Self> {
        use rsa::pkcs8::DecodePrivateKey;
        let key = rsa::PrivateKey::from_pkcs8_der(&pkcs8).ok()?;
        let public = key.as_public_key().to_pkcs1_der().ok()?.as_bytes().to_vec();
        Some(Self { pkcs8, public })
    }

    /// Whether a certificate is for this key.
    pub fn is_certified_by(&self, certificate: &[u8]) -> bool {
        x509_parser::parse_x509_certificate(certificate).is_ok_and(|(rest, certificate)| {
            rest.is_empty() && *certificate.public_key().subject_public_key.data == *self.public
        })
    }

    /// PKCS #8, unencrypted DER.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }
}

/// A stored RSA key as the certificate builder signs with it.
pub(super) fn signer(pkcs8: &[u8]) -> Result<KeyPair, rcgen::Error> {
    KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(pkcs8), &rcgen::PKCS_RSA_SHA256)
}

/// The certificate builder wants the public half alone.
impl PublicKeyData for RsaKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;

    #[test]
    fn the_same_seed_gives_the_same_key_and_another_seed_another() {
        let key = |n| RsaKey::generate(Entropy::seeded("rsa").seed("key", n), 2048);
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
    }

    #[test]
    fn a_stored_key_is_taken_up_again() {
        let key = RsaKey::generate([7; 32], 2048);
        assert_eq!(RsaKey::from_pkcs8(key.pkcs8().to_vec()), Some(key));
        assert_eq!(RsaKey::from_pkcs8(b"nonsense".to_vec()), None);
    }

    /// Keys that stay the same from release to release are part of the contract of `--seed`.
    #[test]
    fn the_key_of_a_known_seed_has_not_changed() {
        let key = RsaKey::generate([1; 32], 2048);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.pkcs8());
        insta::assert_snapshot!(hex(&digest.as_ref()[..8]), @"abf3e1129c536ea9");
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
