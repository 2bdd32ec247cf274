//! The revocation list, the installer, the faults and the dashboard, seen over the wire as a client
//! sees them.
//!
//! What other programs judge (`openssl`, `msiinfo`, `chromium`) is skipped, and says so, where they
//! are missing.

#![expect(clippy::unwrap_used, reason = "what helpers of tests unwrap, tests assert")]

#[path = "faults_crl/support.rs"]
mod support;

#[path = "faults_crl/crl.rs"]
mod crl;
#[path = "faults_crl/dashboard.rs"]
mod dashboard;
#[path = "faults_crl/faults.rs"]
mod faults;
#[path = "faults_crl/installer.rs"]
mod installer;
#[path = "faults_crl/tls.rs"]
mod tls;
