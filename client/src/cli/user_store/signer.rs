//! Keys of the certificate store that sign where they are.

use std::sync::Arc;

use obn_windows::{Hash, Padding};
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, OtherError, SignatureAlgorithm, SignatureScheme};

/// In the order in which they are preferred.
const SCHEMES: [(SignatureScheme, Hash, Padding); 6] = [
    (SignatureScheme::RSA_PSS_SHA256, Hash::Sha256, Padding::Pss),
    (SignatureScheme::RSA_PSS_SHA384, Hash::Sha384, Padding::Pss),
    (SignatureScheme::RSA_PSS_SHA512, Hash::Sha512, Padding::Pss),
    (SignatureScheme::RSA_PKCS1_SHA256, Hash::Sha256, Padding::Pkcs1),
    (SignatureScheme::RSA_PKCS1_SHA384, Hash::Sha384, Padding::Pkcs1),
    (SignatureScheme::RSA_PKCS1_SHA512, Hash::Sha512, Padding::Pkcs1),
];

/// An RSA key of Windows.
#[derive(Debug)]
pub(super) struct Kept(Arc<obn_windows::SigningKey>);

impl Kept {
    pub(super) fn new(key: obn_windows::SigningKey) -> Self {
        Self(Arc::new(key))
    }
}

impl SigningKey for Kept {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let mut usable =
            SCHEMES.iter().filter(|(_, _, padding)| *padding == Padding::Pkcs1 || self.0.signs_pss());
        let &(scheme, hash, padding) = usable.find(|(scheme, ..)| offered.contains(scheme))?;
        Some(Box::new(OneSignature { key: Arc::clone(&self.0), scheme, hash, padding }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

#[derive(Debug)]
struct OneSignature {
    key: Arc<obn_windows::SigningKey>,
    scheme: SignatureScheme,
    hash: Hash,
    padding: Padding,
}

impl Signer for OneSignature {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let algorithm = match self.hash {
            Hash::Sha256 => &aws_lc_rs::digest::SHA256,
            Hash::Sha384 => &aws_lc_rs::digest::SHA384,
            Hash::Sha512 => &aws_lc_rs::digest::SHA512,
        };
        let digest = aws_lc_rs::digest::digest(algorithm, message);
        let signed = self.key.sign(self.hash, self.padding, digest.as_ref());
        signed.map_err(|error| Error::Other(OtherError(Arc::new(error))))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
