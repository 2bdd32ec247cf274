//! `/p/rcd`, where a certificate is fetched, and `/p/cert`, where the root is.

pub(crate) mod form;
mod properties;
mod refusals;
