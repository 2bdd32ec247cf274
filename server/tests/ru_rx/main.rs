//! Renewal and revocation over HTTPS, as a browser with a client certificate meets them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod door;
mod renewal;
mod revocation;
mod site;
