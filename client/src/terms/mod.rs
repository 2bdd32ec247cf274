//! The words that all speak: identifiers, time and language, and what a site may do wrong. No I/O.

pub(crate) mod breach;
pub(crate) mod clock;
pub(crate) mod language;
pub(crate) mod notice;
pub(crate) mod patience;
pub(crate) mod refusal;
