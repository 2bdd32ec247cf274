//! Texts with the stand-ins in them, however the secrets are written there.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use encoding_rs::{Encoding, UTF_8};

use crate::recording::har::unbase64;
use crate::recording::redact::table::{Secret, Table};
use crate::recording::redact::view;

/// Replaces what a [`Table`] holds.
pub(super) struct Rewriter {
    strong: AhoCorasick,
    strong_of: Vec<Instead>,
    weak: AhoCorasick,
    weak_of: Vec<Instead>,
    /// Secrets as they may lie in what is encoded as a whole.
    inside: AhoCorasick,
    key: super::chance::Key,
}

/// What stands in place of a pattern, and in which character set the pattern is.
struct Instead {
    stand_in: String,
    encoding: &'static Encoding,
}

impl Rewriter {
    /// The table as it is now.
    pub(super) fn new(table: &Table) -> Self {
        let (strong, strong_of) = patterns(table.secrets().iter().filter(|secret| secret.is_strong));
        let (weak, weak_of) = patterns(table.secrets().iter().filter(|secret| secret.tells_alone()));
        let inside: Vec<Vec<u8>> = table.secrets().iter().filter(|s| s.is_strong).flat_map(forms).collect();
        Self {
            strong: automaton(&strong, true),
            strong_of,
            weak: automaton(&weak, false),
            weak_of,
            inside: automaton(&inside, true),
            key: table.key().clone(),
        }
    }

    /// The text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for depth in 0..=view::DEEPEST {
            let mut edits: Vec<(Range<usize>, String)> = Vec::new();
            {
                let views = view::all(text.as_bytes());
                let Some(view) = views.get(depth) else { break };
                let mut found: Vec<(Range<usize>, &Instead)> = Vec::new();
                for hit in self.strong.find_iter(&*view.bytes) {
                    found.push((hit.range(), &self.strong_of[hit.pattern().as_usize()]));
                }
                for hit in self.weak.find_iter(&*view.bytes) {
                    if stands_alone(&view.bytes, hit.range()) {
                        found.push((hit.range(), &self.weak_of[hit.pattern().as_usize()]));
                    }
                }
                for (range, instead) in found {
                    let range = view.source(range);
                    if text.is_char_boundary(range.start) && text.is_char_boundary(range.end) {
                        let written = write_like(&text[range.clone()], instead);
                        edits.push((range, written));
                    }
                }
            }
            apply(&mut text, edits);
        }
        self.encoded(text)
    }

    /// Runs of Base64 and hexadecimal digits in which secrets lie become others of the same form.
    fn encoded(&self, text: String) -> String {
        const STANDARD: fn(u8) -> bool =
            |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        const URL: fn(u8) -> bool = |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
        let mut text = text;
        for is_in in [STANDARD, URL] {
            let mut edits = Vec::new();
            for run in long_runs(text.as_bytes(), is_in) {
                let piece = &text[run.clone()];
                let standard = piece.replace('-', "+").replace('_', "/");
                let decoded = [unbase64(standard.trim_matches('=')), unhex(piece)];
                let is_secret = |bytes: &Vec<u8>| self.inside.is_match(bytes);
                if decoded.iter().flatten().any(is_secret) {
                    let mut chance = self.key.chance(&[b"run", piece.as_bytes()]);
                    edits.push((run.clone(), chance.like(piece)));
                }
            }
            apply(&mut text, edits);
        }
        text
    }

    /// Whether a secret is in these bytes.
    pub(super) fn finds(&self, bytes: &[u8]) -> bool {
        self.inside.is_match(bytes)
    }
}

fn patterns<'a>(secrets: impl Iterator<Item = &'a Secret>) -> (Vec<Vec<u8>>, Vec<Instead>) {
    let mut patterns = Vec::new();
    let mut insteads = Vec::new();
    for secret in secrets {
        for encoding in [UTF_8, encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP] {
            let (bytes, _, unmappable) = encoding.encode(&secret.original);
            if encoding == UTF_8 || (!unmappable && !secret.original.is_ascii()) {
                patterns.push(bytes.into_owned());
                insteads.push(Instead { stand_in: secret.stand_in.clone(), encoding });
            }
        }
    }
    (patterns, insteads)
}

/// A secret as bytes that something else may hold.
pub(super) fn forms(secret: &Secret) -> Vec<Vec<u8>> {
    let text = &secret.original;
    let mut forms = vec![
        text.as_bytes().to_vec(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ];
    if !text.is_ascii() {
        for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::ISO_2022_JP] {
            let (bytes, _, unmappable) = encoding.encode(text);
            if !unmappable {
                forms.push(bytes.into_owned());
            }
        }
    }
    forms
}

pub(super) fn automaton(patterns: &[Vec<u8>], any_case: bool) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(any_case)
        .build(patterns)
        .expect("there are fewer states than four billion")
}

/// Whether a short secret is a word of its own here, and no part of a date, a time or a length.
pub(super) fn stands_alone(bytes: &[u8], found: Range<usize>) -> bool {
    let before = &bytes[..found.start];
    let after = &bytes[found.end..];
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_digits = bytes[found.clone()].iter().all(u8::is_ascii_digit);
    let is_ascii = bytes[found].is_ascii();
    if is_ascii && (before.last().is_some_and(is_word) || after.first().is_some_and(is_word)) {
        return false;
    }
    // 2026-11-30, 10:15, 1.0, #333, 2026年, GMT
    let is_of_date = |byte: Option<&u8>| byte.is_some_and(|byte| b"-/:.#,".contains(byte));
    let dated = is_of_date(before.last())
        && before.len() > 1
        && before[before.len() - 2].is_ascii_alphanumeric()
        || is_of_date(after.first()) && after.get(1).is_some_and(u8::is_ascii_digit)
        || ["年", "月", "日", "桁", "px", "pt", "%"].iter().any(|unit| after.starts_with(unit.as_bytes()));
    !(is_digits && dated)
}

/// The stand-in, escaped as the text in whose place it comes.
fn write_like(written: &str, instead: &Instead) -> String {
    let stand_in = &instead.stand_in;
    if written.contains('%') {
        let (bytes, _, _) = instead.encoding.encode(stand_in);
        let twice = if written.contains("%25") { "%25" } else { "%" };
        return bytes.iter().fold(String::new(), |mut out, byte| {
            match byte.is_ascii_alphanumeric() || b"-._".contains(byte) {
                true => out.push(char::from(*byte)),
                false => out.push_str(&format!("{twice}{byte:02X}")),
            }
            out
        });
    }
    let escaped = |escape: fn(char) -> String| {
        stand_in.chars().fold(String::new(), |mut out, letter| {
            match letter.is_ascii_alphanumeric() || "-._@ ".contains(letter) {
                true => out.push(letter),
                false => out.push_str(&escape(letter)),
            }
            out
        })
    };
    if written.contains("\\u") || written.contains("\\x") {
        return escaped(|letter| {
            letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
        });
    }
    if written.contains('&') && written.contains(';') {
        return escaped(|letter| format!("&#{};", letter as u32));
    }
    stand_in.clone()
}

/// Puts all edits in place, the first of those that overlap.
pub(super) fn apply(text: &mut String, mut edits: Vec<(Range<usize>, String)>) {
    edits.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, written) in edits {
        if range.start >= at {
            out.push_str(&text[at..range.start]);
            out.push_str(&written);
            at = range.end;
        }
    }
    if at > 0 {
        out.push_str(&text[at..]);
        *text = out;
    }
}

fn long_runs(bytes: &[u8], is_in: fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for at in 0..=bytes.len() {
        if bytes.get(at).is_none_or(|byte| !is_in(*byte)) {
            if at - start >= 8 {
                runs.push(start..at);
            }
            start = at + 1;
        }
    }
    runs
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| {
        let digits = text.as_bytes().chunks_exact(2);
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
        digits.filter_map(byte).collect()
    })
}

/// The Base64 of bytes wherever they may lie in what is encoded: for each of the three alignments the letters that
/// nothing around them changes.
pub(super) fn base64_forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let shifted = [&vec![0; before], bytes].concat();
        let letters = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&shifted);
        let (first, last) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
        let letters = &letters[first..last.max(first)];
        // Shorter ones come by chance.
        if letters.len() >= 6 {
            forms.push(letters.as_bytes().to_vec());
            if letters.contains(['+', '/']) {
                forms.push(letters.replace('+', "-").replace('/', "_").into_bytes());
            }
        }
    }
    forms
}
