//! The revocation list, the installer, the faults and the dashboard, seen over the wire as a client
//! sees them.
//!
//! What other programs judge (`openssl`, `msiinfo`, `chromium`) is skipped, and says so, where they
//! are missing.

mod support;

mod crl;
mod dashboard;
mod faults;
mod installer;
mod tls;
