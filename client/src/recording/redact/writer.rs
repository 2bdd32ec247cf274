//! Writes entries without secrets.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use serde_json::Map;
use x509_parser::prelude::FromDer;

use crate::recording::har::{Content, Entry, Log, Page, Timings, Tool};
use crate::recording::redact::address::Service;
use crate::recording::redact::body::Known;
use crate::recording::redact::dropped::{Dropped, Tally};
use crate::recording::redact::page::{self, Fields};
use crate::recording::redact::rewrite::Rewriter;
use crate::recording::redact::security::{is_authority, rewrite_security};
use crate::recording::redact::table::Table;
use crate::recording::redact::twins::{self, Twins};
use crate::recording::redact::{der, exchange, vocabulary};

/// Writes entries without secrets.
pub(super) struct Writer<'a> {
    pub(super) service: Service<'a>,
    pub(super) fields: Fields,
    pub(super) table: Table,
    pub(super) rewriter: Rewriter,
    pub(super) tally: Tally,
    pub(super) twins: Twins,
    pub(super) passwords: Vec<String>,
    /// Connections by the tool's names, in our numbers.
    pub(super) connections: BTreeMap<String, usize>,
}

impl Writer<'_> {
    pub(super) fn content(&mut self, known: &Known, entry: &Entry) -> Content {
        let mime = entry.response.content.mime_type.clone();
        let mime = if mime.len() <= 100 { self.rewriter.text(&mime) } else { String::new() };
        let none = |size: i64| Content { size, mime_type: mime.clone(), ..Content::default() };
        let text = |text: String, encoding: &'static Encoding, was_text: bool| match was_text {
            true => Content::of_text(mime.clone(), text),
            false => Content::of_bytes(mime.clone(), &encoding.encode(&text).0),
        };
        let reason = match known {
            Known::None => return none(entry.response.content.size),
            Known::Html { text: html, encoding, was_text } => {
                let html = page::rewrite(html, &self.fields, &mut self.table, &self.rewriter);
                return text(html, encoding, *was_text);
            }
            Known::Text { text: plain, encoding, was_text } => {
                return text(self.rewriter.text(plain), encoding, *was_text);
            }
            Known::Pfx { bytes, opened: Some(opened) } => {
                match opened.twin(bytes, &mut self.twins, &mut self.table, &self.rewriter) {
                    Ok(twin) => {
                        let password = opened.stand_in_password(&mut self.table);
                        if !self.passwords.contains(&password) {
                            self.passwords.push(password);
                        }
                        return Content::of_bytes(mime, &twin);
                    }
                    Err(_) => Dropped::ClosedPfx,
                }
            }
            Known::Pfx { opened: None, .. } => Dropped::ClosedPfx,
            Known::Certificate { bytes, der } => match self.certificate(bytes, der) {
                Some(twin) => return Content::of_bytes(mime, &twin),
                None => Dropped::UnknownBody,
            },
            Known::Crl { bytes } => return Content::of_bytes(mime, &self.crl(bytes)),
            Known::Script => Dropped::Script,
            Known::Unknown => Dropped::UnknownBody,
            Known::Unreadable => Dropped::UnreadableBody,
        };
        self.tally.add(reason);
        none(-1)
    }

    /// That of an authority is public; of any other a twin.
    fn certificate(&mut self, bytes: &[u8], der: &[u8]) -> Option<Vec<u8>> {
        let (_, parsed) = x509_parser::prelude::X509Certificate::from_der(der).ok()?;
        let mut names = parsed.subject().iter_attributes().chain(parsed.issuer().iter_attributes());
        let is_open = |text: &str| is_authority(text) || vocabulary::is_public(text);
        let is_public = names.all(|attribute| attribute.as_str().is_ok_and(is_open));
        if parsed.is_ca() && is_public && !self.rewriter.finds(der) {
            return Some(bytes.to_vec());
        }
        let all = [der.to_vec()];
        self.twins.prepare(&all).ok()?;
        let twin = self.twins.certificate(der, &all, &mut self.table, &self.rewriter).ok()?;
        let is_pem = bytes != der;
        Some(if is_pem { pem::encode(&pem::Pem::new("CERTIFICATE", twin)).into_bytes() } else { twin })
    }

    /// The list with the twins' serial numbers; its signature fits only if there are none.
    fn crl(&mut self, bytes: &[u8]) -> Vec<u8> {
        let block = pem::parse(bytes).ok();
        let der = block.as_ref().map_or(bytes, |block| block.contents());
        let Some(mut node) = der::Node::read(der) else { return Vec::new() };
        let mut changed = false;
        for part in node.children_mut().first_mut().map(der::Node::children_mut).unwrap_or_default() {
            for revoked in part.children_mut() {
                if let Some(serial) = revoked.children_mut().first_mut()
                    && let Some(twin) = twins::known_serial(&self.table, serial.octets())
                {
                    serial.content = der::Content::Primitive(twin);
                    changed = true;
                }
            }
        }
        match (changed, block) {
            (false, _) => bytes.to_vec(),
            (true, None) => node.to_der(),
            (true, Some(block)) => pem::encode(&pem::Pem::new(block.tag(), node.to_der())).into_bytes(),
        }
    }

    pub(super) fn entry(&mut self, entry: &Entry, content: Content) -> Entry {
        let Self { service, fields, table, rewriter, tally, .. } = self;
        let request = exchange::rewrite_request(&entry.request, service, fields, table, rewriter, tally);
        let mut response =
            exchange::rewrite_response(&entry.response, service, fields, table, rewriter, tally);
        let length = if content.text.is_some() { content.size } else { -1 };
        for header in &mut response.headers {
            if header.name.eq_ignore_ascii_case("content-length") && length >= 0 {
                header.value = length.to_string();
            }
        }
        response.content = content;
        let security = entry.security.as_ref().map(|security| rewrite_security(security, service, tally));
        if !entry.other.is_empty() || entry.comment.is_some() {
            tally.add(Dropped::Field);
        }
        let connection = entry.connection.as_ref().map(|name| {
            let next = self.connections.len() + 1;
            self.connections.entry(name.clone()).or_insert(next).to_string()
        });
        Entry {
            pageref: entry.pageref.as_deref().map(page_id),
            started_date_time: moment(&entry.started_date_time),
            time: entry.time,
            request,
            response,
            cache: Map::new(),
            timings: Timings { other: Map::new(), ..entry.timings.clone() },
            server_ip_address: None,
            connection,
            comment: None,
            security,
            other: Map::new(),
        }
    }

    pub(super) fn log(&mut self, log: &Log) -> Log {
        if !log.other.is_empty() || log.comment.is_some() {
            self.tally.add(Dropped::Field);
        }
        let tool = |tool: &Tool| Tool {
            name: short(&self.rewriter.text(&tool.name)),
            version: short(&self.rewriter.text(&tool.version)),
            other: Map::new(),
        };
        let pages = log.pages.iter().map(|page| Page {
            started_date_time: moment(&page.started_date_time),
            id: page_id(&page.id),
            title: String::new(),
            page_timings: Map::new(),
            other: Map::new(),
        });
        Log {
            version: "1.2".into(),
            creator: tool(&log.creator),
            browser: log.browser.as_ref().map(tool),
            pages: pages.collect(),
            entries: Vec::new(),
            comment: Some("redacted by obn".into()),
            other: Map::new(),
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// `page_1` and the like.
fn page_id(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(40).collect()
}

/// A time of RFC 3339, and nothing else.
fn moment(text: &str) -> String {
    let is_time = |letter: char| letter.is_ascii_digit() || "-:.TZ+tz".contains(letter);
    if text.len() <= 40 && text.chars().all(is_time) { text.to_owned() } else { String::new() }
}
