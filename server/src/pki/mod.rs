//! Keys, X.509 and PKCS #12.
//!
//! There are two hierarchies that have nothing to do with each other: the [`TlsChain`] by which the
//! portal proves to be the site, and the [`ClientCa`] that signs institutions' certificates.

mod client_ca;
mod crl;
mod name;
mod p256_key;
mod permitted;
mod pfx;
mod pool;
mod presented;
mod rsa_key;
mod tls_chain;
mod tls_fault;
mod tls_signer;

pub use client_ca::ClientCa;
pub use pfx::{Bundle, encode as encode_pfx};
pub use pool::{KeyPool, KeySupply};
pub use presented::Presented;
pub use rsa_key::RsaKey;
pub use tls_chain::{Kept as KeptTls, TlsChain, hostnames};

/// A certificate or key could not be made; with a checked profile this doesn't happen.
#[derive(Debug, thiserror::Error)]
#[error("{what} could not be encoded: {source}")]
pub struct PkiError {
    /// Which object.
    pub what: &'static str,
    /// What the encoder said.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl PkiError {
    /// For `map_err`: names the object.
    fn of<E: Into<Box<dyn std::error::Error + Send + Sync>>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self { what, source: source.into() }
    }
}

/// A certificate as PEM with plain line ends.
pub fn certificate_pem(der: &[u8]) -> String {
    pem("CERTIFICATE", der)
}

/// PEM (RFC 7468) with plain line ends.
fn pem(label: &str, der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, der), config)
}

/// rcgen takes `time`; everything else here is jiff.
fn moment(instant: jiff::Timestamp) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(instant.as_second())
        .expect("profile and authority keep certificate dates in the years 2000 to 2199")
}
