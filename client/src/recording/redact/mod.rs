//! A recording that can be given away.
//!
//! What identifies somebody or opens something is replaced by a stand-in of the same form, the same one everywhere: an ID
//! by an ID, a code by one whose check digit is right, a PFX file by one of our own that is made up like it. Afterwards it
//! is checked that nothing of what was replaced stands anywhere, in whatever encoding. What can't be judged safe is left out.

mod chance;
mod der;
mod exchange;
mod find;
mod html;
mod page;
mod pfx;
mod rewrite;
mod sweep;
mod table;
mod twins;
mod view;
mod vocabulary;

use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_8};
use serde_json::Map;
use url::Url;
use x509_parser::prelude::FromDer;

use self::exchange::Service;
use self::page::Fields;
use self::pfx::Opened;
use self::rewrite::Rewriter;
use self::sweep::Sweep;
use self::table::Table;
use self::twins::Twins;
use crate::pki::password::Password;
use crate::recording::har::{Body, Content, Entry, Har, Log, Page, Timings, Tool};
use crate::terms::language::Language;

pub use self::chance::Key;
pub use self::table::Kind;

/// What was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// An exchange with a host that is not the service's.
    OtherHost,
    /// A body that is no page, no text, no certificate and no PFX file.
    UnknownBody,
    /// A PFX file that no known password opens, or whose algorithms we can't write.
    ClosedPfx,
    /// The contents of a script.
    Script,
    /// A body that can't be decoded.
    UnreadableBody,
    /// A body of a request that is no form.
    RequestBody,
    /// A header that a proxy or an unknown program added.
    Header,
    /// What a tool or a person added to the recording.
    Field,
    /// A certificate of the server that names somebody.
    ServerCertificate,
    /// Contents in which a secret was still found at the end.
    Suspect,
}

/// What is known about a recording beside what is in it.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Passwords that may open its PFX files; those that were typed in it are tried as well.
    pub passwords: Vec<Password>,
    /// Hosts of the service beside `*.managedpki.ne.jp` and this machine.
    pub hosts: Vec<String>,
    /// What must not be in the output either, such as the name of the institution.
    pub secrets: Vec<String>,
}

/// A recording that can be given away, and what was done for it.
#[derive(Clone, Debug)]
pub struct Redacted {
    /// The recording.
    pub har: Har,
    /// How many different things of each kind were replaced.
    pub replaced: BTreeMap<Kind, usize>,
    /// How many things were left out, and why.
    pub dropped: BTreeMap<Dropped, usize>,
    /// What opens the PFX files in it.
    pub passwords: Vec<String>,
}

/// A secret would have been in the output, and leaving its surroundings out did not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("something of what was replaced is still in the output; nothing was written")]
pub struct Leak;

/// Now and then a stand-in looks like what another stands for: then others are drawn.
const ATTEMPTS: u8 = 4;

/// Counts what is left out.
#[derive(Default)]
struct Tally(BTreeMap<Dropped, usize>);

impl Tally {
    fn add(&mut self, what: Dropped) {
        *self.0.entry(what).or_default() += 1;
    }
}

impl Dropped {
    /// The word for a person.
    pub fn explain(self, language: Language) -> &'static str {
        let (japanese, english) = match self {
            Self::OtherHost => ("他のホストとの通信", "exchanges with other hosts"),
            Self::UnknownBody => {
                ("判別できない内容(画像など)", "contents of an unknown kind, such as images")
            }
            Self::ClosedPfx => ("パスワードで開けないPFXファイル", "PFX files that no known password opens"),
            Self::Script => ("スクリプトの内容", "contents of scripts"),
            Self::UnreadableBody => ("読み取れない内容", "contents that can't be decoded"),
            Self::RequestBody => ("フォーム以外の送信内容", "request bodies that are no forms"),
            Self::Header => {
                ("プロキシなどが加えたヘッダー", "headers that a proxy or an unknown program added")
            }
            Self::Field => ("ツールや人が加えた項目", "what a tool or a person added to the recording"),
            Self::ServerCertificate => {
                ("組織名などを含むサーバー証明書", "server certificates that name somebody")
            }
            Self::Suspect => {
                ("機密情報が残るおそれのある内容", "contents in which a secret might have been left")
            }
        };
        language.pick(japanese, english)
    }
}

/// A body as what it is.
enum Known {
    None,
    Html { text: String, encoding: &'static Encoding, was_text: bool },
    Text { text: String, encoding: &'static Encoding, was_text: bool },
    Script,
    Pfx { bytes: Vec<u8>, opened: Option<Opened> },
    Certificate { bytes: Vec<u8>, der: Vec<u8> },
    Crl { bytes: Vec<u8> },
    Unknown,
    Unreadable,
}

/// Makes a recording that can be given away.
///
/// # Errors
/// If a secret would have been left in it in spite of all.
pub fn redact(har: &Har, knowledge: &Knowledge, key: Key) -> Result<Redacted, Leak> {
    let mut best: Result<Redacted, Leak> = Err(Leak);
    for attempt in 0..ATTEMPTS {
        let key = Key::of(key.chance(&[b"attempt", &[attempt]]).array());
        let Ok(redacted) = redact_with(har, knowledge, key) else { continue };
        let suspects = |redacted: &Redacted| redacted.dropped.get(&Dropped::Suspect).copied().unwrap_or(0);
        let (found, least) = (suspects(&redacted), best.as_ref().map_or(usize::MAX, suspects));
        if found < least {
            best = Ok(redacted);
        }
        if found == 0 {
            break;
        }
    }
    best
}

/// The same with the stand-ins of one key.
fn redact_with(har: &Har, knowledge: &Knowledge, key: Key) -> Result<Redacted, Leak> {
    let service = Service(&knowledge.hosts);
    let mut tally = Tally::default();
    let mut entries = Vec::new();
    for entry in &har.log.entries {
        let url = Url::parse(&entry.request.url).ok();
        match url.filter(|url| url.host_str().is_some_and(|host| service.is(host))) {
            Some(url) => entries.push((entry, url)),
            None => tally.add(Dropped::OtherHost),
        }
    }

    let mut table = Table::new(key);
    let mut fields = Fields::default();
    for secret in &knowledge.secrets {
        table.insist(secret.trim());
    }
    let mut known: Vec<Known> = entries.iter().map(|(entry, _)| Known::of(entry)).collect();
    // Forms first: they tell what was typed into which field, and that tells most of what is in pages.
    let pages: Vec<_> = entries
        .iter()
        .zip(&known)
        .map(|((_, url), known)| match known {
            Known::Html { text, encoding, .. } => page::read(text, url, encoding),
            _ => None,
        })
        .collect();
    pages.iter().flatten().for_each(|page| page::forms(page, &mut fields));
    for (entry, _) in &entries {
        exchange::discover_request(&entry.request, &fields, &mut table);
        exchange::discover_response(&entry.response, &fields, &mut table);
    }
    for (known, page) in known.iter().zip(&pages) {
        match known {
            Known::Html { text, .. } => page::discover(text, page.as_ref(), &mut fields, &mut table),
            Known::Text { text, .. } => {
                for (kind, secret) in find::secrets(text, find::Place::Machine) {
                    table.stand_in(kind, &secret);
                }
            }
            _ => {}
        }
    }
    drop(pages);
    let passwords = passwords(knowledge, &table);
    for known in &mut known {
        match known {
            Known::Pfx { bytes, opened } => {
                *opened = pfx::open(bytes, &passwords);
                if let Some(opened) = opened {
                    opened.discover(bytes, &mut table);
                }
            }
            Known::Certificate { der, .. } => twins::discover(der, &mut table),
            _ => {}
        }
    }

    let rewriter = Rewriter::new(&table);
    let mut writer = Writer {
        service,
        fields,
        table,
        rewriter,
        tally,
        twins: Twins::default(),
        passwords: Vec::new(),
        connections: BTreeMap::new(),
    };
    let contents: Vec<Content> =
        known.iter().zip(&entries).map(|(known, (entry, _))| writer.content(known, entry)).collect();
    let written: Vec<Entry> =
        entries.iter().zip(contents).map(|((entry, _), content)| writer.entry(entry, content)).collect();
    let mut log = writer.log(&har.log);

    let sweep = Sweep::new(&writer.table, &writer.passwords);
    for mut entry in written {
        if sweep.finds(&entry) {
            writer.tally.add(Dropped::Suspect);
            entry.response.content.text = None;
            entry.response.content.encoding = None;
            if sweep.finds(&entry) {
                entry.request.post_data = None;
                entry.request.headers.clear();
                entry.response.headers.clear();
                if sweep.finds(&entry) {
                    continue;
                }
            }
        }
        log.entries.push(entry);
    }
    let har = Har { log };
    if sweep.finds_in(&har.to_json()) {
        return Err(Leak);
    }
    let (replaced, dropped) = (writer.table.counts(), writer.tally.0);
    Ok(Redacted { har, replaced, dropped, passwords: writer.passwords })
}

/// Those that are told, and those that were typed.
fn passwords(knowledge: &Knowledge, table: &Table) -> Vec<String> {
    let told = knowledge.passwords.iter().map(|password| password.expose().to_owned());
    let typed = table.secrets().iter().filter(|secret| secret.kind == Kind::Password);
    // What stands in any field may be one.
    let pins = table.secrets().iter().filter(|secret| {
        secret.original.len() == 4 && secret.original.bytes().all(|byte| byte.is_ascii_digit())
    });
    let mut all: Vec<String> = Vec::new();
    for password in told.chain(typed.chain(pins).map(|secret| secret.original.clone())).chain([String::new()])
    {
        if !all.contains(&password) && all.len() < 64 {
            all.push(password);
        }
    }
    all
}

impl Known {
    fn of(entry: &Entry) -> Self {
        let response = &entry.response;
        let mime = response.content.mime_type.to_ascii_lowercase();
        let header = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let named = |text: &str| {
            let label = text.split("charset=").nth(1)?.split(';').next()?.trim_matches(['"', '\'', ' ']);
            Encoding::for_label(label.as_bytes())
        };
        let kind = if mime.is_empty() { &header } else { &mime };
        match response.body() {
            Ok(None) => Self::None,
            Err(_) => Self::Unreadable,
            Ok(Some(Body::Text(text))) if text.is_empty() => Self::None,
            Ok(Some(Body::Text(text))) => {
                let is_binary = text
                    .chars()
                    .take(4096)
                    .any(|letter| letter < '\t' || letter == char::REPLACEMENT_CHARACTER);
                if is_binary { Self::Unknown } else { Self::of_text(text, UTF_8, true, kind) }
            }
            Ok(Some(Body::Bytes(bytes))) => {
                if bytes.is_empty() {
                    return Self::None;
                }
                if pfx::is_one(&bytes) {
                    return Self::Pfx { bytes, opened: None };
                }
                if x509_parser::prelude::X509Certificate::from_der(&bytes).is_ok() {
                    return Self::Certificate { der: bytes.clone(), bytes };
                }
                if x509_parser::prelude::CertificateRevocationList::from_der(&bytes).is_ok() {
                    return Self::Crl { bytes };
                }
                if let Ok(block) = pem::parse(&bytes) {
                    return match block.tag() {
                        "CERTIFICATE" => Self::Certificate { der: block.contents().to_vec(), bytes },
                        "X509 CRL" => Self::Crl { bytes },
                        _ => Self::Unknown,
                    };
                }
                let encoding = named(&header).or_else(|| named(&mime));
                let encoding =
                    encoding.or_else(|| crate::site::html::declared_encoding(&bytes)).unwrap_or(UTF_8);
                let is_binary =
                    bytes.iter().take(4096).any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f));
                match encoding.decode(&bytes) {
                    (text, _, false) if !is_binary || encoding.name() == "ISO-2022-JP" => {
                        Self::of_text(text.into_owned(), encoding, false, kind)
                    }
                    _ => Self::Unknown,
                }
            }
        }
    }

    fn of_text(text: String, encoding: &'static Encoding, was_text: bool, kind: &str) -> Self {
        let is = |words: &[&str]| words.iter().any(|word| kind.contains(word));
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if let Ok(block) = pem::parse(start.as_bytes()) {
            let bytes = text.clone().into_bytes();
            return match block.tag() {
                "CERTIFICATE" => Self::Certificate { der: block.contents().to_vec(), bytes },
                "X509 CRL" => Self::Crl { bytes },
                _ => Self::Unknown,
            };
        }
        if is(&["javascript", "ecmascript"]) {
            Self::Script
        } else if is(&["html"]) || (start.starts_with('<') && !is(&["svg", "xml"])) {
            Self::Html { text, encoding, was_text }
        } else if is(&["css", "text/plain"]) {
            Self::Text { text, encoding, was_text }
        } else {
            Self::Unknown
        }
    }
}

/// Writes entries without secrets.
struct Writer<'a> {
    service: Service<'a>,
    fields: Fields,
    table: Table,
    rewriter: Rewriter,
    tally: Tally,
    twins: Twins,
    passwords: Vec<String>,
    /// Connections by the tool's names, in our numbers.
    connections: BTreeMap<String, usize>,
}

impl Writer<'_> {
    fn content(&mut self, known: &Known, entry: &Entry) -> Content {
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
        let is_open = |text: &str| exchange::is_authority(text) || vocabulary::is_public(text);
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

    fn entry(&mut self, entry: &Entry, content: Content) -> Entry {
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
        let security =
            entry.security.as_ref().map(|security| exchange::rewrite_security(security, service, tally));
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

    fn log(&mut self, log: &Log) -> Log {
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
