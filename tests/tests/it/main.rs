//! End-to-end tests of the simulator, each against one of its own. A module is a subject: `cargo test -p obn-tests
//! --test it ru::` runs what is about `/p/ru`.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod attacks;
mod authority;
mod browsers;
mod client;
mod control;
mod crl;
mod documents;
mod dues;
mod durability;
mod faults;
mod features;
mod floors;
mod fuzzing;
mod installer;
mod learn;
mod profile;
mod programs;
mod rcd;
mod rcr;
mod relying_party;
mod reminders;
mod replicas;
mod ru;
mod rx;
mod scenes;
mod serving;
mod session;
mod speech;
mod startup;
mod studio;
mod worlds;
