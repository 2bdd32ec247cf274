//! Looking into what the site hands out: PFX files, certificates and revocation lists.

mod bags;
mod ber;
mod certificate;
mod crl;
mod flaw;
mod foreign;
mod pfx;
mod unlock;

pub(crate) use certificate::{Certificate, CertificateExpectation};
pub(crate) use crl::RevocationList;
pub(crate) use flaw::Flaw;
pub(crate) use foreign::{foreign_identity, public_roots};
pub use pfx::examine_pfx;
pub(crate) use pfx::{Algorithms, Identity, Make};
