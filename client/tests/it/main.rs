//! The client from outside: against small portals of the tests' own, and PFX files of other programs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authority;
mod autostart;
mod command;
mod download;
mod har;
mod installer;
mod keeping;
mod kept;
mod origins;
mod pages;
mod pfx;
mod places;
mod portal;
mod proxy;
mod proxy_dialects;
mod proxy_peer;
mod redaction;
mod renewal;
mod renewal_site;
mod renewing;
mod revocation;
mod root;
mod shapes;
mod sharing;
mod store;
mod terminal;
mod tls;
mod watching;
