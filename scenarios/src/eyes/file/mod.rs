//! Looking into what the site hands out: PFX files, certificates and revocation lists.

mod certificate;
mod crl;
mod der;
mod flaw;
mod foreign;
mod pfx;

pub(crate) use certificate::{Certificate, CertificateExpectation};
pub(crate) use crl::RevocationList;
pub(crate) use flaw::Flaw;
pub(crate) use foreign::foreign_identity;
pub(crate) use pfx::{Algorithms, Identity};
