//! Hosts, as requests and origins name them (RFC 3986, 3.2).

use std::net::Ipv6Addr;

use axum::http::uri::Authority;

/// `host` of `host` and `host:port`, `::1` of `[::1]:port`; `None` of what is neither, such as `user@host`.
pub(crate) fn host_of(authority: &str) -> Option<&str> {
    let read: Authority = authority.parse().ok()?;
    // Where its host ends in the text, only a port may follow.
    let (host, rest) = authority.split_at_checked(read.host().len())?;
    if host != read.host() || !(rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port)) {
        return None;
    }
    match host.strip_prefix('[') {
        Some(bracketed) => {
            let address = bracketed.strip_suffix(']')?;
            address.parse::<Ipv6Addr>().is_ok().then_some(address)
        }
        None => (!host.is_empty()).then_some(host),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_read_whole_or_not_at_all() {
        for (authority, host) in [
            ("localhost", "localhost"),
            ("localhost:8443", "localhost"),
            ("LOCALHOST:1", "LOCALHOST"),
            ("localhost.", "localhost."),
            ("127.0.0.1:80", "127.0.0.1"),
            ("[::1]", "::1"),
            ("[::1]:8444", "::1"),
        ] {
            assert_eq!(host_of(authority), Some(host), "{authority}");
        }
        for authority in [
            "",
            ":80",
            "localhost:",
            "localhost:x",
            "localhost:65536",
            "localhost:+1",
            "localhost:1:2",
            "localhost:1@evil.example",
            "localhost@evil.example",
            "@localhost",
            "[::1].evil.example",
            "[::1]evil.example",
            "[::1]@evil.example",
            "[localhost]",
            "[::1",
            "::1",
            "[::1%lo]",
            "localhost/",
            "localhost/@evil.example",
            "local host",
            "localhost#",
            "localhost\\evil.example",
        ] {
            assert_eq!(host_of(authority), None, "{authority}");
        }
    }
}
