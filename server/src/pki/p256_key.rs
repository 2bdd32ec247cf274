//! ECDSA keys on P-256 for the TLS side, made from a seed so that they repeat, with signatures that
//! repeat as well (RFC 6979).

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey as Key};
use p256::elliptic_curve::Generate;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rcgen::{PublicKeyData, SignatureAlgorithm, SigningKey};

/// A private key on P-256.
pub(super) struct P256Key {
    key: Key,
    public: Vec<u8>,
}

impl P256Key {
    pub(super) fn generate(seed: [u8; 32]) -> Self {
        Self::from(Key::generate_from_rng(&mut ChaCha20Rng::from_seed(seed)))
    }

    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        Key::from_pkcs8_der(pkcs8).ok().map(Self::from)
    }

    pub(super) fn pkcs8(&self) -> Vec<u8> {
        self.key.to_pkcs8_der().expect("a key on P-256 has a PKCS #8 form").as_bytes().to_vec()
    }
}

impl From<Key> for P256Key {
    fn from(key: Key) -> Self {
        let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Self { key, public }
    }
}

impl PublicKeyData for P256Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for P256Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: DerSignature = self.key.sign(message);
        Ok(signature.as_bytes().to_vec())
    }
}
