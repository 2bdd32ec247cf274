//! Keys, certificates and the files that carry them. Nothing here knows the site or the network.

mod ber;
pub(crate) mod certificate;
pub(crate) mod identity;
pub(crate) mod name;
pub(crate) mod password;
pub(crate) mod pfx;
pub(crate) mod prefecture;
