//! Keys, certificates and the files that carry them. Nothing here knows the site or the network.

mod archive;
mod ber;
pub(crate) mod certificate;
pub(crate) mod identity;
mod kdf;
mod layout;
pub(crate) mod name;
pub(crate) mod password;
mod pbe;
pub(crate) mod pfx;
pub(crate) mod prefecture;
