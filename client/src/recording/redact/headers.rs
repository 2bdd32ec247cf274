//! Headers: which are known, which are open, and which log somebody in.

use crate::recording::har::{Header, unbase64};
use crate::recording::redact::address::{Service, address, discover_address, percent_decoded};
use crate::recording::redact::cookies::{cookie, cookie_pairs, enter_cookie, set_cookie};
use crate::recording::redact::exchange::enter;
use crate::recording::redact::find::Place;
use crate::recording::redact::page::Fields;
use crate::recording::redact::rewrite::Rewriter;
use crate::recording::redact::table::{Kind, Table};

/// Headers of requests that are known; proxies and programs add others, which may say anything.
pub(super) const REQUEST_HEADERS: [&str; 34] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "dnt",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    ":method",
    ":path",
    ":scheme",
    ":authority",
];

/// Headers of answers that proxies add.
pub(super) const OF_PROXIES: [&str; 7] =
    ["via", "forwarded", "x-cache", "x-forwarded", "x-squid", "x-bluecoat", "proxy-connection"];

/// Headers whose values are no secret by their nature.
const OPEN: [&str; 30] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "expires",
    "if-modified-since",
    "keep-alive",
    "last-modified",
    "pragma",
    "server",
    "strict-transport-security",
    "te",
    "transfer-encoding",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "x-content-type-options",
    "x-frame-options",
    "retry-after",
    "x-powered-by",
];

fn is_open(name: &str) -> bool {
    OPEN.contains(&name) || name.starts_with("sec-")
}

pub(super) fn discover_header(header: &Header, fields: &Fields, table: &mut Table) {
    let name = header.name.to_ascii_lowercase();
    match name.as_str() {
        "cookie" => cookie_pairs(&header.value).for_each(|(_, value)| enter_cookie(value, table)),
        "set-cookie" => {
            for line in header.value.lines() {
                let pair = line.split(';').next().unwrap_or_default();
                enter_cookie(pair.split_once('=').map_or("", |(_, value)| value), table);
            }
        }
        "authorization" | "proxy-authorization" | "www-authenticate" | "proxy-authenticate" => {
            credentials(&header.value, table)
        }
        "referer" | "location" | "content-location" | "refresh" | "origin" => {
            discover_address(&header.value, fields, table)
        }
        name if is_open(name) || name.starts_with(':') || name == "host" => {
            enter(table, &header.value, Place::Machine)
        }
        _ => enter(table, &percent_decoded(&header.value), Place::Prose),
    }
}

/// What somebody logs in with, or a challenge, in which a proxy names its domain.
fn credentials(value: &str, table: &mut Table) {
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    let rest = rest.trim();
    if rest.is_empty() {
        return;
    }
    if rest.contains('=') && rest.contains('"') {
        for quoted in rest.split('"').skip(1).step_by(2) {
            table.stand_in(Kind::Credential, quoted);
        }
        return;
    }
    let token = unbase64(rest).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8_lossy(&token).into_owned();
        for part in pair.splitn(2, ':') {
            table.stand_in(Kind::Credential, part);
        }
        table.stand_in(Kind::Credential, &pair);
    } else {
        for name in wide_texts(&token) {
            table.stand_in(Kind::Credential, &name);
        }
    }
    table.stand_in(Kind::Credential, rest);
}

/// Texts in UTF-16, as messages of NTLM hold names of users, computers and domains.
fn wide_texts(bytes: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    for start in [0, 1] {
        let units = bytes.get(start..).unwrap_or_default().chunks_exact(2);
        let letters: String =
            units
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .map(|unit| char::from_u32(u32::from(unit)).unwrap_or('\0'))
                .map(|letter| {
                    if letter.is_ascii_graphic() || ('ぁ'..='鿿').contains(&letter) { letter } else { '\0' }
                })
                .collect();
        texts
            .extend(letters.split('\0').filter(|text| text.len() >= 3 && text.is_ascii()).map(str::to_owned));
    }
    texts
}

pub(super) fn rewrite_header(
    header: &Header,
    service: &Service<'_>,
    fields: &Fields,
    table: &mut Table,
    rewriter: &Rewriter,
) -> Header {
    let name = header.name.to_ascii_lowercase();
    let value = match name.as_str() {
        "cookie" => {
            let pairs = cookie_pairs(&header.value);
            let pairs: Vec<_> =
                pairs.map(|(name, value)| format!("{name}={}", cookie(value, table))).collect();
            rewriter.text(&pairs.join("; "))
        }
        "set-cookie" => {
            let lines: Vec<_> = header.value.lines().map(|line| set_cookie(line, service, table)).collect();
            rewriter.text(&lines.join("\n"))
        }
        "authorization" | "proxy-authorization" | "www-authenticate" | "proxy-authenticate" => {
            let (scheme, rest) = header.value.trim().split_once(' ').unwrap_or((header.value.trim(), ""));
            match rest.trim() {
                "" => scheme.to_owned(),
                rest if rest.contains('"') => rewriter.text(&header.value),
                rest => format!("{scheme} {}", table.stand_in(Kind::Credential, rest)),
            }
        }
        "referer" | "location" | "content-location" | "origin" => {
            address(&header.value, service, fields, table, rewriter)
        }
        "host" | ":authority" => {
            let host = header.value.rsplit_once(':').map_or(header.value.as_str(), |(host, _)| host);
            match service.is(host) || service.is(&header.value) {
                true => header.value.clone(),
                false => "elsewhere.invalid".into(),
            }
        }
        "date" | "expires" | "last-modified" | "if-modified-since" | "user-agent" => header.value.clone(),
        _ => rewriter.text(&header.value),
    };
    Header::new(header.name.clone(), value)
}
