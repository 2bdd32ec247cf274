//! Looking into what the site hands out: PFX files and certificates.

mod certificate;
mod der;
mod pfx;

pub(crate) use certificate::Certificate;
pub(crate) use pfx::{Algorithms, Identity};
