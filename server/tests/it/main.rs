//! The simulator by its public interface and over the wire: one program, so that what tests instantiate of the
//! simulator's code is compiled once.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod authority_model;
mod faults_crl;
mod profile_keys;
mod ru_rx;
