//! Keys, certificates and the files that carry them. Nothing here knows the site or the network.

pub(crate) mod archive;
pub(crate) mod ber;
pub(crate) mod certificate;
pub(crate) mod credential;
pub(crate) mod identity;
pub(crate) mod kdf;
pub(crate) mod layout;
pub(crate) mod name;
pub(crate) mod password;
pub(crate) mod pbe;
pub(crate) mod pfx;
pub(crate) mod prefecture;
