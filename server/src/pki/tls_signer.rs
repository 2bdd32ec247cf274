//! Keys of the TLS side, of the kind that the profile says.

use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm, SigningKey};

use super::p256_key::P256Key;
use super::{RsaKey, rsa_key};
use crate::entropy::Entropy;
use crate::profile::TlsKey;

/// A private key that signs.
pub(super) enum TlsSigner {
    P256(P256Key),
    Rsa(KeyPair),
}

impl TlsSigner {
    /// The key of this name and number; the same each time.
    pub(super) fn generate(kind: TlsKey, entropy: &Entropy, label: &'static str, number: u32) -> Self {
        let seed = entropy.seed(label, number.into());
        match kind {
            TlsKey::EcdsaP256 => Self::P256(P256Key::generate(seed)),
            TlsKey::Rsa2048 => {
                let key = RsaKey::generate(seed, 2048);
                Self::Rsa(rsa_key::signer(key.pkcs8()).expect("a generated key loads"))
            }
        }
    }

    /// Takes up a stored key, of whatever kind it is. `None` if the bytes are no PKCS #8 key of either.
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let rsa = || rsa_key::signer(pkcs8).ok().map(Self::Rsa);
        P256Key::from_pkcs8(pkcs8).map(Self::P256).or_else(rsa)
    }

    pub(super) fn pkcs8(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.pkcs8(),
            Self::Rsa(key) => key.serialize_der(),
        }
    }
}

impl PublicKeyData for TlsSigner {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::P256(key) => key.der_bytes(),
            Self::Rsa(key) => key.der_bytes(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::P256(key) => PublicKeyData::algorithm(key),
            Self::Rsa(key) => PublicKeyData::algorithm(key),
        }
    }
}

impl SigningKey for TlsSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self {
            Self::P256(key) => key.sign(message),
            Self::Rsa(key) => key.sign(message),
        }
    }
}
