//! The check afterwards: nothing of what was replaced is in the output, in whatever encoding.

use std::collections::HashSet;
use std::io::Read;

use aho_corasick::AhoCorasick;

use crate::pki::archive::Archive;
use crate::pki::password::Password;
use crate::recording::har::{Body, Entry};
use crate::recording::packed;
use crate::recording::redact::rewrite::{automaton, base64_forms, forms, stands_alone};
use crate::recording::redact::table::Table;
use crate::recording::redact::view;

/// Bodies that are packed into each other more often nobody sends.
const DEEPEST: u32 = 3;

/// Looks for secrets.
pub(super) struct Sweep<'a> {
    /// Long ones, and what they are in other encodings.
    strong: AhoCorasick,
    /// Short ones, which count where they stand alone.
    weak: AhoCorasick,
    passwords: &'a [String],
}

impl<'a> Sweep<'a> {
    pub(super) fn new(table: &Table, passwords: &'a [String]) -> Self {
        let stand_ins: HashSet<&str> =
            table.secrets().iter().map(|secret| secret.stand_in.as_str()).collect();
        let mut strong: HashSet<Vec<u8>> = HashSet::new();
        let mut weak = HashSet::new();
        for secret in table.secrets() {
            // By chance somebody's stand-in, such as a PIN of four digits.
            if stand_ins.contains(secret.original.as_str()) {
                continue;
            }
            if secret.tells_alone() {
                weak.insert(secret.original.as_bytes().to_vec());
            }
            if !secret.is_strong {
                continue;
            }
            for form in forms(secret) {
                strong.extend(base64_forms(&form));
                strong.insert(hex(&form));
                strong.insert(form);
            }
        }
        for (_, bytes) in &table.bytes {
            if bytes.len() >= 8 {
                strong.extend(base64_forms(bytes));
                strong.insert(hex(bytes));
                strong.insert(bytes.clone());
            }
        }
        let strong: Vec<_> = strong.into_iter().filter(|form| form.len() >= 6).collect();
        let weak: Vec<_> = weak.into_iter().collect();
        Self { strong: automaton(&strong, true), weak: automaton(&weak, false), passwords }
    }

    /// Whether a secret is in an entry or in its body.
    pub(super) fn finds(&self, entry: &Entry) -> bool {
        let mut head = entry.clone();
        let is_encoded = head.response.content.encoding.is_some();
        if is_encoded {
            // Looked at below, as what it is.
            head.response.content.text = None;
        }
        let json = serde_json::to_vec(&head).expect("an entry is JSON");
        if self.finds_in(&json) || self.finds_alone(&texts(&head)) {
            return true;
        }
        match entry.response.body() {
            Ok(Some(Body::Bytes(bytes))) => self.in_body(&bytes, DEEPEST),
            Ok(Some(Body::Text(text))) => self.in_body(text.as_bytes(), DEEPEST),
            Ok(None) => false,
            Err(_) => true,
        }
    }

    /// Whether a long secret is in these bytes, as they are or decoded.
    pub(super) fn finds_in(&self, bytes: &[u8]) -> bool {
        view::any(bytes, |bytes| self.strong.is_match(bytes))
    }

    fn finds_alone(&self, texts: &[&str]) -> bool {
        let alone = |bytes: &[u8]| self.weak.find_iter(bytes).any(|hit| stands_alone(bytes, hit.range()));
        texts.iter().any(|text| view::any(text.as_bytes(), alone))
    }

    fn in_body(&self, bytes: &[u8], depth: u32) -> bool {
        if self.finds_in(bytes) {
            return true;
        }
        if let Ok(text) = str::from_utf8(bytes)
            && self.finds_alone(&[text])
        {
            return true;
        }
        if depth == 0 {
            return false;
        }
        if bytes.starts_with(&[0x1f, 0x8b])
            && let Ok(Some(inner)) = packed::whole(flate2::read::MultiGzDecoder::new(bytes), 16 << 20)
        {
            return self.in_body(&inner, depth - 1);
        }
        if let [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] = bytes {
            let mut inner = Vec::new();
            let _ = flate2::read::ZlibDecoder::new(bytes).take(16 << 20).read_to_end(&mut inner);
            return self.in_body(&inner, depth - 1);
        }
        if bytes.first() == Some(&0x30) {
            return self.in_file(bytes);
        }
        false
    }

    /// Whether a secret is in a PFX file, which only its password opens.
    fn in_file(&self, bytes: &[u8]) -> bool {
        let opened = self
            .passwords
            .iter()
            .find_map(|password| Archive::open(bytes, &Password::new(password.as_str())).ok());
        opened.is_some_and(|archive| {
            let names = archive.keys.iter().filter_map(|key| key.friendly_name.as_deref());
            names.clone().any(|name| self.finds_in(name.as_bytes()))
                || archive.certificates.iter().any(|der| self.finds_in(der))
                || archive.keys.iter().any(|key| self.finds_in(&key.pkcs8))
        })
    }
}

/// All texts of an entry that say something: no times, no numbers.
fn texts(entry: &Entry) -> Vec<&str> {
    let mut texts = vec![entry.request.url.as_str(), entry.response.redirect_url.as_str()];
    for header in entry.request.headers.iter().chain(&entry.response.headers) {
        let name = header.name.to_ascii_lowercase();
        if !matches!(
            name.as_str(),
            "date"
                | "expires"
                | "last-modified"
                | "if-modified-since"
                | "content-length"
                | "user-agent"
                | "host"
        ) {
            texts.push(&header.value);
        }
    }
    texts.extend(entry.request.query_string.iter().map(|field| field.value.as_str()));
    for cookie in entry.request.cookies.iter().chain(&entry.response.cookies) {
        texts.push(&cookie.value);
    }
    if let Some(data) = &entry.request.post_data {
        texts.extend(data.params.iter().filter_map(|param| param.value.as_deref()));
        texts.extend(data.text.as_deref());
    }
    texts.extend(entry.response.content.text.as_deref());
    texts
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}
