//! `/p/ru` (manual 2.2), where a certificate is renewed and the new one fetched.

mod any_certificate;
mod client_certificate;
mod concurrency;
mod key;
mod renewal;
mod split;
