//! The pages of `obn-conformance serve`: who may call them, and whole walks in a real browser.

mod access;
mod person;
mod played_by_our_client;
mod walks;
