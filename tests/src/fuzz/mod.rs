//! What strangers send, thrown at all that reads it.
//!
//! `tests/fuzz` hands each [`Target`] to libFuzzer, for as long as one likes. The test `fuzzing::` plays the seeds and some
//! changes of them with any compiler, so that targets and seeds don't rot.

mod change;
mod portal;
mod readers;
mod seeds;

use std::path::Path;

pub use change::{Change, changed, changes};

/// Something that reads strangers' bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its program in `tests/fuzz`.
    pub name: &'static str,
    /// Reads these bytes. A panic is a finding.
    pub read: fn(&[u8]),
    /// What it reads on good days.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// How many changed seeds are played by a test: as many as take it few seconds.
    pub plays: u32,
}

/// All of them.
pub const TARGETS: [Target; 16] = [
    SERVER_FORM,
    SERVER_COOKIE,
    SERVER_WORLD,
    SERVER_PROFILE,
    CLIENT_PFX,
    CLIENT_PAGE,
    CLIENT_COOKIE,
    CLIENT_PROXY,
    CLIENT_NTLM,
    CLIENT_BYPASS,
    CLIENT_RECORDING,
    HARNESS_PFX,
    HARNESS_DER,
    HARNESS_PAGE,
    HARNESS_COOKIE,
    HARNESS_SCENARIO,
];

/// A form that is posted to the portal: the page's number, and the body behind its token.
pub const SERVER_FORM: Target =
    Target { name: "server_form", read: portal::form, seeds: seeds::forms, plays: 200 };
/// The Cookie header of a request to the portal.
pub const SERVER_COOKIE: Target =
    Target { name: "server_cookie", read: portal::cookie, seeds: seeds::cookies, plays: 200 };
/// A world file; what is one is put in place of a world.
pub const SERVER_WORLD: Target =
    Target { name: "server_world", read: portal::world, seeds: seeds::worlds, plays: 100 };
/// A profile in TOML, or in JSON if it begins with a brace.
pub const SERVER_PROFILE: Target =
    Target { name: "server_profile", read: readers::profile, seeds: seeds::profiles, plays: 200 };
/// A PFX file, read by the client.
pub const CLIENT_PFX: Target =
    Target { name: "client_pfx", read: readers::client_pfx, seeds: seeds::pfx, plays: 200 };
/// A page, read by the client.
pub const CLIENT_PAGE: Target =
    Target { name: "client_page", read: readers::client_page, seeds: seeds::pages, plays: 200 };
/// Set-Cookie headers, one a line.
pub const CLIENT_COOKIE: Target =
    Target { name: "client_cookie", read: readers::client_cookie, seeds: seeds::set_cookies, plays: 1000 };
/// The head of a proxy's answer.
pub const CLIENT_PROXY: Target =
    Target { name: "client_proxy", read: readers::proxy, seeds: seeds::proxies, plays: 1000 };
/// A proxy's message of NTLM.
pub const CLIENT_NTLM: Target =
    Target { name: "client_ntlm", read: readers::ntlm, seeds: seeds::ntlm, plays: 1000 };
/// A list of hosts to reach without the proxy, and a host behind the first end of line.
pub const CLIENT_BYPASS: Target =
    Target { name: "client_bypass", read: readers::bypass, seeds: seeds::bypass, plays: 1000 };
/// A recording (HAR) or a saved page, of which one is made that can be given away.
pub const CLIENT_RECORDING: Target =
    Target { name: "client_recording", read: readers::recording, seeds: seeds::recordings, plays: 40 };
/// A PFX file, read by the harness.
pub const HARNESS_PFX: Target =
    Target { name: "harness_pfx", read: readers::harness_pfx, seeds: seeds::pfx, plays: 200 };
/// A certificate or a revocation list.
pub const HARNESS_DER: Target =
    Target { name: "harness_der", read: readers::der, seeds: seeds::der, plays: 1000 };
/// A page, read by the harness.
pub const HARNESS_PAGE: Target =
    Target { name: "harness_page", read: readers::harness_page, seeds: seeds::pages, plays: 200 };
/// Set-Cookie headers, one a line.
pub const HARNESS_COOKIE: Target =
    Target { name: "harness_cookie", read: readers::harness_cookie, seeds: seeds::set_cookies, plays: 1000 };
/// A file of scenarios, of portals and of clients.
pub const HARNESS_SCENARIO: Target =
    Target { name: "harness_scenario", read: readers::scenario, seeds: seeds::scenarios, plays: 300 };

impl Target {
    /// Writes the seeds into the folder that `OBN_FUZZ_SEEDS` names, if it names one.
    pub fn sow(&self) {
        let Some(folder) = std::env::var_os("OBN_FUZZ_SEEDS").filter(|folder| !folder.is_empty()) else {
            return;
        };
        for (number, seed) in (self.seeds)().iter().enumerate() {
            let file = Path::new(&folder).join(format!("seed-{number:03}"));
            std::fs::write(file, seed).expect("the folder of the seeds can be written to");
        }
    }
}
