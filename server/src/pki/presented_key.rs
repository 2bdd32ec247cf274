//! The key in a certificate that a client presents, and the proof that the client has it.
//!
//! TLS has the client sign the handshake. rustls would check that with the whole certificate read as it should be: of
//! version 3, with extensions that it knows, with a key that is long enough. Here nothing but the key is looked at, so that a
//! certificate that is not as it should be gets the page that says so, and not a broken connection.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature_with_raw_key};
use rustls::{CertificateError, DigitallySignedStruct, Error, PeerMisbehaved};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use x509_parser::asn1_rs::{Any, FromDer};
use x509_parser::public_key::PublicKey;

/// A key of a kind whose possession a handshake proves here.
pub struct PresentedKey {
    /// SubjectPublicKeyInfo, in DER.
    info: Vec<u8>,
    /// The inside of its AlgorithmIdentifier.
    algorithm: Vec<u8>,
    /// The key itself.
    bits: Vec<u8>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PresentedKey {
    /// `None` if the bytes are no certificate, or its key is of a kind or a length for which there is no way to check
    /// signatures. Nobody has proved to have such a key, so nobody may come in with it.
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
        let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
        let info = certificate.public_key();
        let (_, sequence) = Any::from_der(info.raw).ok()?;
        let (_, identifier) = Any::from_der(sequence.data).ok()?;
        let known = |algorithm: &[u8]| {
            algorithms.all.iter().any(|known| known.public_key_alg_id().as_ref() == algorithm)
        };
        let long_enough = match info.parsed().ok()? {
            PublicKey::RSA(key) => (2048..=8192).contains(&bits(key.modulus)),
            _ => true,
        };
        (known(identifier.data) && long_enough).then(|| Self {
            info: info.raw.to_vec(),
            algorithm: identifier.data.to_vec(),
            bits: info.subject_public_key.data.to_vec(),
            algorithms,
        })
    }

    /// Checks the signature on a handshake of TLS 1.2.
    ///
    /// # Errors
    /// If somebody else has signed.
    pub fn verify_tls12(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let possible = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let (_, possible) = possible.ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        let verifies = possible
            .iter()
            .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == self.algorithm)
            .any(|algorithm| algorithm.verify_signature(&self.bits, message, signed.signature()).is_ok());
        match verifies {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(CertificateError::BadSignature.into()),
        }
    }

    /// Checks the signature on a handshake of TLS 1.3.
    ///
    /// # Errors
    /// If somebody else has signed.
    pub fn verify_tls13(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let info = SubjectPublicKeyInfoDer::from(self.info.as_slice());
        verify_tls13_signature_with_raw_key(message, &info, signed, &self.algorithms)
    }
}

/// How many bits a number has.
fn bits(number: &[u8]) -> usize {
    let digits = &number[number.iter().take_while(|digit| **digit == 0).count()..];
    digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
}
