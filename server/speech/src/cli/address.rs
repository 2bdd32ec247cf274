//! Addresses as people type them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::words;
use crate::words::Words;

/// An address to listen on, on all of this machine's addresses if only the port is said: `8443`, `:8443`, `localhost:8443`,
/// `127.0.0.1:8443`, `[::]:8443`.
///
/// # Errors
/// What is wrong with it, with an example.
pub fn everywhere(text: &str) -> Result<SocketAddr, Words> {
    parsed(text, SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)))
}

/// The same, on loopback if only the port is said.
///
/// # Errors
/// What is wrong with it, with an example.
pub fn on_loopback(text: &str) -> Result<SocketAddr, Words> {
    parsed(text, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

fn parsed(text: &str, usual: SocketAddr) -> Result<SocketAddr, Words> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let port = port.parse::<u16>().ok();
    let ip = match host {
        "" => Some(usual.ip()),
        "*" => Some(Ipv6Addr::UNSPECIFIED.into()),
        _ if host.eq_ignore_ascii_case("localhost") => Some(Ipv4Addr::LOCALHOST.into()),
        _ => None,
    };
    ip.zip(port).map(|(ip, port)| SocketAddr::new(ip, port)).ok_or_else(|| {
        words!(
            "「{text}」はアドレスではありません。8443、localhost:8443、127.0.0.1:8443、[::]:8443 のように指定してください(ポート 0 は空いているポート)",
            "{text:?} is no address; give one such as 8443, localhost:8443, 127.0.0.1:8443 or [::]:8443 (port 0: any that is free)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_or_with_a_name_is_an_address() {
        for (text, everywhere_, loopback) in [
            ("8443", "[::]:8443", "127.0.0.1:8443"),
            (":0", "[::]:0", "127.0.0.1:0"),
            ("localhost:8443", "127.0.0.1:8443", "127.0.0.1:8443"),
            ("*:80", "[::]:80", "[::]:80"),
            ("192.0.2.1:1", "192.0.2.1:1", "192.0.2.1:1"),
            ("[::1]:1", "[::1]:1", "[::1]:1"),
        ] {
            assert_eq!(everywhere(text).map(|it| it.to_string()), Ok(everywhere_.to_owned()));
            assert_eq!(on_loopback(text).map(|it| it.to_string()), Ok(loopback.to_owned()));
        }
        for text in ["", "nowhere", "clinic.example:8443", "localhost", "70000", "::1:x"] {
            let wrong = everywhere(text).unwrap_err();
            assert!(wrong.english.contains("127.0.0.1:8443") && wrong.japanese.contains("127.0.0.1:8443"));
        }
    }
}
