//! Looking into what the site hands out: PFX files, certificates and revocation lists.

mod certificate;
mod der;
mod foreign;
mod list;
mod pfx;

pub(crate) use certificate::Certificate;
pub(crate) use foreign::foreign_identity;
pub(crate) use list::RevocationList;
pub(crate) use pfx::{Algorithms, Identity};
