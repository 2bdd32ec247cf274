//! Which hosts are reached without the proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

/// A list of such hosts, as Windows and curl write it.
///
/// As Windows reads one, whatever stands later counts more: `<-loopback>` after `*` takes this machine out again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bypass(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    hosts: Hosts,
    /// Any, if none is named.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    /// `<local>`: names without a dot.
    Local,
    /// `<-loopback>`: this machine itself, which is *not* to be reached directly.
    NotLoopback,
    /// An address, or all of a network (`192.168.0.0/16`).
    Network(IpNet),
    /// A name and, as curl has it, all that is below it.
    Domain(String),
    /// A text with `*` for any part of a name or address.
    Pattern(String),
}

impl Bypass {
    /// Reads a list with `;`, `,` or blanks between its entries. What makes no sense covers no host.
    pub(crate) fn read(list: &str) -> Self {
        let entries = list.split(|c: char| c == ';' || c == ',' || c.is_whitespace());
        Self(entries.filter_map(|entry| Rule::read(&entry.to_lowercase())).collect())
    }

    /// Whether this site is reached directly.
    pub(crate) fn covers(&self, site: &Url) -> bool {
        let Some(host) = site.host() else { return false };
        let (host, port) = (Site::of(host), site.port_or_known_default());
        let is_meant =
            |rule: &&Rule| rule.port.is_none_or(|wanted| port == Some(wanted)) && rule.hosts.have(&host);
        self.0.iter().rev().find(is_meant).is_some_and(|rule| rule.hosts != Hosts::NotLoopback)
    }
}

/// A host that is asked for.
struct Site {
    /// Lower case, without the dot that may end a name; an IPv6 address without its brackets.
    text: String,
    address: Option<IpAddr>,
}

impl Site {
    fn of(host: Host<&str>) -> Self {
        let address = match host {
            Host::Domain(name) => {
                return Self { text: name.trim_end_matches('.').to_lowercase(), address: None };
            }
            Host::Ipv4(address) => IpAddr::from(address),
            Host::Ipv6(address) => IpAddr::from(address).to_canonical(),
        };
        Self { text: address.to_string(), address: Some(address) }
    }

    fn is_loopback(&self) -> bool {
        match self.address {
            Some(address) => address.is_loopback(),
            None => self.text == "localhost" || self.text.ends_with(".localhost"),
        }
    }
}

impl Rule {
    /// Reads an entry in lower case: `[SCHEME://]HOSTS[:PORT]`.
    fn read(entry: &str) -> Option<Self> {
        let any_port = |hosts| Some(Self { hosts, port: None });
        match entry {
            "" => return None,
            "<local>" => return any_port(Hosts::Local),
            "<-loopback>" => return any_port(Hosts::NotLoopback),
            _ => {}
        }
        // The sites are reached by https and nothing else.
        let entry = match entry.split_once("://") {
            Some(("https", rest)) => rest.trim_end_matches('/'),
            Some(_) => return None,
            None => entry,
        };
        if let Some(network) = network(entry) {
            return any_port(Hosts::Network(network));
        }
        let (hosts, port) = match entry.rsplit_once(':') {
            // The colons of an IPv6 address come with brackets or end in no port.
            Some((hosts, port)) if !hosts.contains(':') || hosts.ends_with(']') => {
                (hosts, if port == "*" { None } else { Some(port.parse().ok()?) })
            }
            _ => (entry, None),
        };
        Some(Self { hosts: Hosts::read(hosts)?, port })
    }
}

impl Hosts {
    fn read(text: &str) -> Option<Self> {
        if let Some(network) = network(text) {
            return Some(Self::Network(network));
        }
        let text = text.trim_start_matches(['.', '[']).trim_end_matches(['.', ']']);
        // As in an address: names in other letters are written in ASCII, and `127.1` is an address.
        let text = match Host::parse(text) {
            Ok(Host::Domain(name)) => name,
            Ok(Host::Ipv4(address)) => return Some(Self::Network(IpAddr::from(address).into())),
            Ok(Host::Ipv6(address)) => return Some(Self::Network(IpAddr::from(address).into())),
            Err(_) => text.to_owned(),
        };
        if text.is_empty() {
            return None;
        }
        Some(if text.contains('*') { Self::Pattern(text) } else { Self::Domain(text) })
    }

    fn have(&self, host: &Site) -> bool {
        match self {
            Self::Local => host.address.is_none() && !host.text.contains('.'),
            Self::NotLoopback => host.is_loopback(),
            Self::Network(network) => host.address.is_some_and(|address| network.contains(&address)),
            Self::Domain(name) => {
                let rest = host.text.strip_suffix(name.as_str());
                host.address.is_none() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            Self::Pattern(pattern) => fits(pattern, &host.text),
        }
    }
}

/// An address or a network, with or without the brackets of IPv6.
fn network(text: &str) -> Option<IpNet> {
    let bare = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, bits)) if bits.is_empty() || bits.starts_with('/') => format!("{address}{bits}"),
        Some(_) => return None,
        None => text.to_owned(),
    };
    let address = || bare.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
    bare.parse().or_else(|_| address()).ok()
}

/// Whether a text is as a pattern has it, in which each `*` stands for any letters or none.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some((_, behind)) = text.split_once(part) else { return false };
        text = behind;
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn covers(list: &str, site: &str) -> bool {
        Bypass::read(list).covers(&Url::parse(&format!("https://{site}/")).unwrap())
    }

    /// Rules with sites that they cover, and sites that they don't.
    const TABLE: &[(&str, &[&str], &[&str])] = &[
        ("", &[], &["cert.example.jp", "localhost", "10.1.2.3"]),
        // Windows
        ("*", &["cert.example.jp", "localhost:8443", "10.1.2.3", "[2001:db8::1]"], &[]),
        ("<local>", &["portal", "localhost:8443"], &["cert.example.jp", "10.1.2.3", "[::1]", "portal.lan"]),
        ("<LOCAL>", &["portal"], &["cert.example.jp"]),
        ("local*", &["localhost", "local.example.jp:8443"], &["my.local", "10.1.2.3"]),
        (
            "*.example.jp",
            &["cert.example.jp", "a.b.example.jp", "CERT.EXAMPLE.JP"],
            &["example.jp", "notexample.jp"],
        ),
        ("*example.jp", &["example.jp", "notexample.jp"], &["example.jp.evil.test"]),
        ("cert*.example.*", &["cert.example.jp", "cert1.example.co.jp"], &["a.cert.example.jp"]),
        ("10.*", &["10.1.2.3", "10.example.jp"], &["110.1.2.3", "1.10.2.3"]),
        ("192.168.*.1", &["192.168.7.1"], &["192.168.7.2"]),
        ("https://cert.example.jp", &["cert.example.jp"], &["other.example.jp"]),
        ("https://cert.example.jp/", &["cert.example.jp"], &[]),
        ("http://cert.example.jp", &[], &["cert.example.jp"]),
        ("<-loopback>", &[], &["localhost", "127.0.0.1", "[::1]", "cert.example.jp"]),
        ("*;<-loopback>", &["cert.example.jp", "10.1.2.3"], &["localhost", "127.0.0.1:8443", "[::1]"]),
        ("<local>;<-loopback>", &["portal"], &["localhost", "a.localhost"]),
        ("<-loopback>;localhost", &["localhost"], &["127.0.0.1"]),
        // curl
        (
            "example.jp",
            &["example.jp", "cert.example.jp", "example.jp."],
            &["notexample.jp", "example.jp.test"],
        ),
        (".example.jp", &["example.jp", "cert.example.jp"], &["notexample.jp"]),
        ("example.jp.", &["cert.example.jp"], &[]),
        ("192.168.0.0/16", &["192.168.1.2"], &["192.169.1.2", "cert.example.jp"]),
        ("192.168.1.2/16", &["192.168.3.4"], &["192.169.1.2"]),
        ("10.0.0.0/33", &[], &["10.0.0.0"]),
        ("fd00::/8", &["[fd12::1]"], &["[fe80::1]", "10.1.2.3"]),
        ("[fd00::]/8", &["[fd12::1]"], &["[fe80::1]"]),
        // Addresses
        ("10.1.2.3", &["10.1.2.3", "10.1.2.3:8443", "[::ffff:10.1.2.3]"], &["10.1.2.30", "110.1.2.3"]),
        ("[::1]", &["[::1]", "[0:0:0:0:0:0:0:1]:8443"], &["[::2]", "localhost"]),
        ("::1", &["[::1]"], &["[::2]"]),
        ("0:0::1", &["[::1]"], &[]),
        ("[fe80::*]", &["[fe80::1]"], &["[fd00::1]"]),
        // Ports
        ("cert.example.jp:8443", &["cert.example.jp:8443"], &["cert.example.jp", "cert.example.jp:443"]),
        ("cert.example.jp:443", &["cert.example.jp"], &["cert.example.jp:8443"]),
        ("*.example.jp:8443", &["cert.example.jp:8443"], &["cert.example.jp"]),
        ("*:8443", &["cert.example.jp:8443", "10.1.2.3:8443"], &["cert.example.jp"]),
        ("10.1.2.3:8443", &["10.1.2.3:8443"], &["10.1.2.3"]),
        ("[::1]:8443", &["[::1]:8443"], &["[::1]"]),
        ("cert.example.jp:*", &["cert.example.jp:8443"], &["other.example.jp"]),
        ("cert.example.jp:https", &[], &["cert.example.jp"]),
        ("cert.example.jp:70000", &[], &["cert.example.jp"]),
        // Lists
        ("a.test;b.test", &["a.test", "b.test"], &["c.test"]),
        ("a.test, b.test\tc.test\n d.test", &["a.test", "b.test", "c.test", "d.test"], &["e.test"]),
        (";;, ,a.test;", &["a.test"], &["b.test"]),
        (
            "*.onshikaku.org;*.obn.managedpki.ne.jp;*.rece",
            &["cert.obn.managedpki.ne.jp"],
            &["obn.example.jp"],
        ),
        // Other letters
        ("医院.example.jp", &["医院.example.jp", "xn--ekrs67m.example.jp"], &["example.jp"]),
        ("*.医院.jp", &["受付.医院.jp"], &["医院.test"]),
    ];

    #[test]
    fn a_list_covers_what_windows_and_curl_read_in_it() {
        for (list, directly, through) in TABLE {
            for site in *directly {
                assert!(covers(list, site), "{list:?} covers {site}");
            }
            for site in *through {
                assert!(!covers(list, site), "{list:?} does not cover {site}");
            }
        }
    }

    /// What a pattern means, letter by letter.
    fn means(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            ([b'*', rest @ ..], _) => (0..=text.len()).any(|at| means(rest, &text[at..])),
            ([first, rest @ ..], [letter, behind @ ..]) => first == letter && means(rest, behind),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_star_stands_for_any_letters(pattern in "[ab.*]{0,7}", text in "[ab.]{0,9}") {
            prop_assert_eq!(fits(&pattern, &text), means(pattern.as_bytes(), text.as_bytes()));
        }

        #[test]
        fn any_text_is_a_list(list in "\\PC{0,40}", host in "[a-z0-9-]{1,8}(\\.[a-z]{2,5}){0,3}") {
            if let Ok(site) = Url::parse(&format!("https://{host}/")) {
                Bypass::read(&list).covers(&site);
            }
        }

        #[test]
        fn case_separators_and_other_entries_make_no_difference(
            host in "[a-z]{1,8}(\\.[a-z]{2,5}){0,2}",
            separator in "[;, \t]{1,3}",
            other in "[a-z]{9}\\.test",
        ) {
            let list = format!("{other}{separator}{}{separator}", host.to_uppercase());
            prop_assert!(covers(&list, &host));
            prop_assert!(!covers(&other, &host));
        }

        #[test]
        fn a_network_has_its_own_addresses_and_no_others(address: [u8; 4], other: [u8; 4], bits in 0_u32..=32) {
            let [address, other] = [address, other].map(std::net::Ipv4Addr::from);
            let differ = (address.to_bits() ^ other.to_bits()).leading_zeros() < bits;
            let list = format!("{address}/{bits}");
            prop_assert!(covers(&list, &address.to_string()));
            prop_assert_eq!(covers(&list, &other.to_string()), !differ);
        }
    }
}
