//! The words that all speak: identifiers, time and language, and what a caller or the site may do wrong. No I/O.

pub(crate) mod breach;
pub(crate) mod clock;
pub(crate) mod identifiers;
pub(crate) mod inbox;
pub(crate) mod language;
pub(crate) mod mail_address;
pub(crate) mod notice;
pub(crate) mod patience;
pub(crate) mod pin;
pub(crate) mod refusal;
pub(crate) mod text;
pub(crate) mod usage;
pub(crate) mod witness;
