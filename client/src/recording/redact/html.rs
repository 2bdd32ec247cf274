//! HTML in pieces that know where they stand, so that a page keeps every byte that is no secret.

use std::ops::Range;

/// A piece of a page.
#[derive(Debug)]
pub(super) enum Piece {
    Text(Range<usize>),
    /// A comment, a document type, or what else begins with an exclamation mark.
    Markup(Range<usize>),
    /// The inside of a script or a style sheet.
    Raw {
        element: String,
        range: Range<usize>,
    },
    Tag(Tag),
}

/// A tag.
#[derive(Debug)]
pub(super) struct Tag {
    /// In small letters.
    pub(super) name: String,
    pub(super) closes: bool,
    /// Names in small letters, and where the values stand, without quotes.
    pub(super) attributes: Vec<(String, Range<usize>)>,
}

impl Tag {
    /// Where the value of an attribute stands.
    pub(super) fn value(&self, name: &str) -> Option<Range<usize>> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, range)| range.clone())
    }
}

/// All pieces of a page, in order. What is no HTML is text.
pub(super) fn pieces(html: &str) -> Vec<Piece> {
    let bytes = html.as_bytes();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'<' {
            let end = find(bytes, at, b"<").unwrap_or(bytes.len());
            pieces.push(Piece::Text(at..end));
            at = end;
            continue;
        }
        match bytes.get(at + 1) {
            Some(b'!' | b'?') => {
                let end = match bytes[at..].starts_with(b"<!--") {
                    true => find(bytes, at + 4, b"-->").map(|end| end + 3),
                    false => find(bytes, at, b">").map(|end| end + 1),
                };
                let end = end.unwrap_or(bytes.len());
                pieces.push(Piece::Markup(at..end));
                at = end;
            }
            Some(letter) if letter.is_ascii_alphabetic() || *letter == b'/' => {
                let (tag, end) = tag(html, at);
                let raw = ["script", "style"].iter().find(|raw| tag.name == **raw && !tag.closes);
                pieces.push(Piece::Tag(tag));
                at = end;
                if let Some(element) = raw {
                    let end = end_of_raw(bytes, at, element);
                    pieces.push(Piece::Raw { element: (*element).to_owned(), range: at..end });
                    at = end;
                }
            }
            _ => {
                pieces.push(Piece::Text(at..at + 1));
                at += 1;
            }
        }
    }
    pieces
}

fn tag(html: &str, start: usize) -> (Tag, usize) {
    let bytes = html.as_bytes();
    let closes = bytes.get(start + 1) == Some(&b'/');
    let mut at = start + 1 + usize::from(closes);
    let name = word(bytes, &mut at, b"/>");
    let mut tag = Tag { name: html[name].to_ascii_lowercase(), closes, attributes: Vec::new() };
    loop {
        while bytes.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'/') {
            at += 1;
        }
        match bytes.get(at) {
            None => return (tag, bytes.len()),
            Some(b'>') => return (tag, at + 1),
            Some(b'=') => at += 1,
            Some(_) => {
                let name = word(bytes, &mut at, b"/>=");
                let mut next = at;
                skip_space(bytes, &mut next);
                if bytes.get(next) != Some(&b'=') {
                    tag.attributes.push((html[name].to_ascii_lowercase(), next..next));
                    continue;
                }
                at = next + 1;
                skip_space(bytes, &mut at);
                let value = match bytes.get(at) {
                    Some(quote @ (b'"' | b'\'')) => {
                        let end = find(bytes, at + 1, &[*quote]).unwrap_or(bytes.len());
                        let value = at + 1..end;
                        at = (end + 1).min(bytes.len());
                        value
                    }
                    _ => word(bytes, &mut at, b">"),
                };
                tag.attributes.push((html[name].to_ascii_lowercase(), value));
            }
        }
    }
}

/// Up to a blank or one of these; one byte at least, if there is one.
fn word(bytes: &[u8], at: &mut usize, ends: &[u8]) -> Range<usize> {
    let start = *at;
    while bytes.get(*at).is_some_and(|byte| !byte.is_ascii_whitespace() && !ends.contains(byte)) {
        *at += 1;
    }
    start..*at
}

fn skip_space(bytes: &[u8], at: &mut usize) {
    while bytes.get(*at).is_some_and(u8::is_ascii_whitespace) {
        *at += 1;
    }
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes.get(from..)?.windows(what.len()).position(|window| window == what).map(|at| from + at)
}

fn end_of_raw(bytes: &[u8], from: usize, element: &str) -> usize {
    let mark = format!("</{element}");
    let is_end = |window: &[u8]| window.eq_ignore_ascii_case(mark.as_bytes());
    bytes[from..].windows(mark.len()).position(is_end).map_or(bytes.len(), |at| from + at)
}
