//! Looking into what the site hands out: PFX files, certificates and revocation lists.

mod certificate;
mod crl;
mod der;
mod foreign;
mod pfx;

pub(crate) use certificate::Certificate;
pub use certificate::CertificateExpectation;
pub(crate) use crl::RevocationList;
pub(crate) use foreign::foreign_identity;
pub(crate) use pfx::{Algorithms, Identity};
