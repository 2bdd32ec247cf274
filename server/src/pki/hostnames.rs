//! The names of the simulated sites, by which worlds are reached.

use std::net::IpAddr;

/// The names under which the real site and its CRL are known.
pub(super) const REAL_NAMES: [&str; 2] = ["cert.obn.managedpki.ne.jp", "crldownload.obn.managedpki.ne.jp"];

/// The host names and addresses of a world's server certificate. All worlds answer to the plain
/// names, on ports of their own; `label` is put in front of each for those reached by name. `relying` are the sites that
/// the certificate is for.
pub fn hostnames(label: Option<&str>, configured: &[String], relying: &[String]) -> Vec<String> {
    let plain: Vec<String> = REAL_NAMES
        .into_iter()
        .chain(["localhost"])
        .map(str::to_owned)
        .chain(configured.iter().map(|name| name.to_ascii_lowercase()))
        .chain(relying.iter().cloned())
        .collect();
    let is_name = |host: &&String| host.parse::<IpAddr>().is_err();
    let labelled = label.into_iter().flat_map(|label| {
        plain.iter().filter(is_name).map(move |host| format!("{label}.{host}")).collect::<Vec<_>>()
    });
    let addresses = ["127.0.0.1", "::1"].map(str::to_owned);
    let mut all: Vec<String> = labelled.chain(plain.iter().cloned()).chain(addresses).collect();
    let mut seen = std::collections::HashSet::new();
    all.retain(|host| seen.insert(host.clone()));
    all
}
