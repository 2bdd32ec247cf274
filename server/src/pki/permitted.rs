//! What a root's name constraints permit, as they are written and read (RFC 5280, 4.2.1.10).

use std::net::IpAddr;

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints};
use x509_parser::extensions::{GeneralName, ParsedExtension};

use super::PkiError;

/// Those of these host names and addresses that a chain under this root may be valid for.
///
/// # Errors
/// [`PkiError`] if the root is no certificate.
pub(super) fn permitted(root: &[u8], hosts: &[String]) -> Result<Vec<String>, PkiError> {
    let (_, root) =
        x509_parser::parse_x509_certificate(root).map_err(PkiError::reading("the stored TLS root"))?;
    let subtrees = root.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::NameConstraints(constraints) => constraints.permitted_subtrees.as_ref(),
        _ => None,
    });
    let Some(subtrees) = subtrees else { return Ok(hosts.to_vec()) };
    let fits = |host: &&String| subtrees.iter().any(|subtree| covers(&subtree.base, host));
    Ok(hosts.iter().filter(fits).cloned().collect())
}

/// Permits the simulated names with everything below them, and loopback. A permitted name covers
/// its subdomains, so worlds need no entry of their own.
pub(super) fn constraints(hostnames: &[String]) -> NameConstraints {
    let subtree = |host: &String| match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(address.octets(), 32))
        }
        Ok(IpAddr::V6(address)) => {
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(address.octets(), 128))
        }
        Err(_) => GeneralSubtree::DnsName(host.clone()),
    };
    let covered = |host: &String| {
        hostnames
            .iter()
            .any(|other| host.strip_suffix(other.as_str()).is_some_and(|rest| rest.ends_with('.')))
    };
    NameConstraints {
        permitted_subtrees: hostnames.iter().filter(|host| !covered(host)).map(subtree).collect(),
        excluded_subtrees: Vec::new(),
    }
}

fn covers(subtree: &GeneralName<'_>, host: &str) -> bool {
    match (subtree, host.parse()) {
        (GeneralName::DNSName(name), Err(_)) => {
            host.strip_suffix(name).is_some_and(|label| label.is_empty() || label.ends_with('.'))
        }
        // An address with its mask; each of ours covers the one address.
        (GeneralName::IPAddress(octets), Ok(IpAddr::V4(address))) => {
            octets.strip_prefix(&address.octets()).is_some_and(|mask| mask == [0xff; 4])
        }
        (GeneralName::IPAddress(octets), Ok(IpAddr::V6(address))) => {
            octets.strip_prefix(&address.octets()).is_some_and(|mask| mask == [0xff; 16])
        }
        _ => false,
    }
}
