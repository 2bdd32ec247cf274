//! Keys, X.509 and PKCS #12.
//!
//! There are two hierarchies that have nothing to do with each other: the [`TlsChain`] by which the
//! portal proves to be the site, and the [`ClientCa`] that signs institutions' certificates.

mod client_ca;
mod crl;
mod hostnames;
mod name;
mod numbered;
mod p256_key;
mod permitted;
mod pfx;
mod pointers;
mod pool;
mod presented;
mod presented_key;
mod rsa_key;
mod tickets;
mod tls_chain;
mod tls_contents;
mod tls_fault;
mod tls_signer;

pub use client_ca::{ClientCa, EndEntity};
pub use crl::{CertificateList, RevokedCertificate};
pub use hostnames::hostnames;
pub use pfx::{Bundle, encode as encode_pfx};
pub use pool::{KeyPool, KeySupply};
pub use presented::{Held, Presented, is_certificate_of};
pub use presented_key::PresentedKey;
pub use rsa_key::RsaKey;
pub use tickets::Tickets;
pub use tls_chain::{Root, StoredRoot, TlsChain};
pub use tls_fault::TlsFault;

use crate::profile::StringType;
use crate::terms::Subject;

/// Why there is no certificate, key or file.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// It has no form in ASN.1 or could not be signed; with a checked profile this doesn't happen.
    #[error("{what} can't be made: {source}")]
    Make {
        /// Which object.
        what: &'static str,
        /// What the encoder said.
        source: BoxError,
    },
    /// What was kept is damaged, or something else than it should be.
    #[error("{what} can't be read: {source}")]
    Read {
        /// Which object.
        what: &'static str,
        /// What the reader said.
        source: BoxError,
    },
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl PkiError {
    /// For `map_err`, where something is made: names it.
    pub(crate) fn making<E: Into<BoxError>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Make { what, source: source.into() }
    }

    /// For `map_err`, where something is read: names it.
    pub(crate) fn reading<E: Into<BoxError>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Read { what, source: source.into() }
    }
}

/// Whether a name has a form in a certificate.
pub fn encodes(subject: &Subject, strings: StringType) -> bool {
    name::encode(subject, strings).is_ok()
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
