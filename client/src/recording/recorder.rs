//! Keeps what a client saw of the site.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Map;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::recording::har::{
    Content, Cookie, Entry, Har, Header, Log, PostData, Request, Response, Security, Timings, Tool,
};
use crate::terms::witness::{Answered, Exchange, Handshake, Witness};

/// More exchanges no command makes, but a watch that runs for years may.
const MOST_EXCHANGES: usize = 2_000;
/// Of all bodies, in bytes.
const MOST_BYTES: usize = 64 << 20;

/// Keeps what a [`Client`](crate::Client) sends and is sent, secrets and all, in memory: what is given away or written to
/// a file goes through [`redact`](crate::recording::redact::redact) first.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    entries: Vec<Entry>,
    bytes: usize,
    /// How many there was no room for.
    left_out: usize,
}

impl Recorder {
    /// One that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What it has seen, with the secrets in it.
    pub fn har(&self) -> Har {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let creator =
            Tool { name: "obn".into(), version: env!("CARGO_PKG_VERSION").into(), ..Tool::default() };
        Har { log: Log { version: "1.2".into(), creator, entries: kept.entries.clone(), ..Log::default() } }
    }

    /// How many exchanges there was no room for.
    pub fn left_out(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).left_out
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder(…)")
    }
}

impl Witness for Recorder {
    fn saw(&self, exchange: Exchange) {
        let length = exchange.answer.as_ref().map_or(0, |answer| answer.body.len());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.entries.len() >= MOST_EXCHANGES || kept.bytes + length > MOST_BYTES {
            kept.left_out += 1;
            return;
        }
        kept.bytes += length;
        kept.entries.push(entry(exchange));
    }
}

fn entry(exchange: Exchange) -> Entry {
    let milliseconds = exchange.took.as_secs_f64() * 1000.0;
    let url = exchange.url;
    let query = url.query_pairs().map(|(name, value)| Header::new(name, value)).collect();
    let version = exchange.answer.as_ref().map(|answer| answer.version.clone()).unwrap_or_default();
    let cookies = exchange
        .sent
        .iter()
        .filter(|(name, _)| name == "cookie")
        .flat_map(|(_, value)| value.split("; ").filter_map(|pair| pair.split_once('=')).map(cookie));
    let request = Request {
        method: exchange.method,
        cookies: cookies.collect(),
        headers: headers(&exchange.sent),
        query_string: query,
        post_data: exchange.form.map(|text| PostData {
            mime_type: "application/x-www-form-urlencoded".into(),
            text: Some(text),
            ..PostData::default()
        }),
        url: url.into(),
        http_version: version,
        headers_size: -1,
        body_size: -1,
        other: Map::new(),
    };
    Entry {
        started_date_time: exchange.started.to_string(),
        time: milliseconds,
        request,
        response: exchange.answer.map(response).unwrap_or_default(),
        timings: Timings { send: 0.0, wait: milliseconds, receive: 0.0, other: Map::new() },
        security: exchange.handshake.map(security),
        ..Entry::default()
    }
}

fn response(answer: Answered) -> Response {
    let header = |wanted: &str| {
        answer
            .headers
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookies = set.filter_map(|(_, value)| value.split(';').next()?.split_once('=')).map(cookie);
    Response {
        status: answer.status.into(),
        status_text: answer.reason.clone(),
        http_version: answer.version.clone(),
        cookies: cookies.collect(),
        headers: headers(&answer.headers),
        content: Content::of_bytes(header("content-type"), &answer.body),
        redirect_url: header("location"),
        headers_size: -1,
        body_size: answer.body.len() as i64,
        other: Map::new(),
    }
}

fn headers(headers: &[(String, String)]) -> Vec<Header> {
    headers.iter().map(|(name, value)| Header::new(name, value)).collect()
}

fn cookie((name, value): (&str, &str)) -> Cookie {
    Cookie { name: name.trim().to_owned(), value: value.to_owned(), ..Cookie::default() }
}

fn security(handshake: Handshake) -> Security {
    let leaf = handshake.certificates.first().and_then(|der| X509Certificate::from_der(der).ok());
    let common_name = |name: &x509_parser::x509::X509Name<'_>| {
        name.iter_common_name().next().and_then(|name| name.as_str().ok()).map(str::to_owned)
    };
    let leaf = leaf.as_ref().map(|(_, leaf)| leaf);
    Security {
        protocol: handshake.protocol.map(str::to_owned),
        subject_name: leaf.and_then(|leaf| common_name(leaf.subject())),
        issuer: leaf.and_then(|leaf| common_name(leaf.issuer())),
        valid_from: leaf.map(|leaf| leaf.validity().not_before.timestamp() as f64),
        valid_to: leaf.map(|leaf| leaf.validity().not_after.timestamp() as f64),
        certificates: handshake.certificates.iter().map(|der| BASE64.encode(der)).collect(),
        client_certificate_asked: Some(handshake.asked_for_certificate),
        ..Security::default()
    }
}
