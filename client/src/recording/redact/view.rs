//! A text as a reader decodes it: entities, percent signs, escapes of scripts and of quoted-printable, in one go, with
//! the places that each byte comes from.

use std::borrow::Cow;
use std::ops::Range;

/// Texts that are escaped more often nobody writes.
pub(super) const DEEPEST: usize = 3;

/// Decoded bytes.
pub(super) struct View<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// For each byte, where it begins and ends in the source; nothing if they are the source itself.
    places: Option<Vec<(u32, u32)>>,
}

impl<'a> View<'a> {
    /// The source as it is.
    pub(super) fn plain(source: &'a [u8]) -> Self {
        Self { bytes: Cow::Borrowed(source), places: None }
    }

    /// Decoded once more; `None` if nothing is escaped.
    fn deeper(&self) -> Option<View<'static>> {
        let mut places = Vec::new();
        let bytes = decode(&self.bytes, |from, until, length| {
            places.resize(length, (self.place(from).0, self.place(until - 1).1));
        })?;
        Some(View { bytes: Cow::Owned(bytes), places: Some(places) })
    }

    fn place(&self, at: usize) -> (u32, u32) {
        match &self.places {
            Some(places) => places[at],
            None => (at as u32, at as u32 + 1),
        }
    }

    /// Where in the source this comes from; it is not empty.
    pub(super) fn source(&self, found: Range<usize>) -> Range<usize> {
        self.place(found.start).0 as usize..self.place(found.end - 1).1 as usize
    }
}

/// All decodings of a text, the text itself first.
pub(super) fn all(source: &[u8]) -> Vec<View<'_>> {
    let mut views = vec![View::plain(source)];
    while views.len() <= DEEPEST
        && let Some(view) = views[views.len() - 1].deeper()
    {
        views.push(view);
    }
    views
}

/// Whether something holds for bytes or for any decoding of them.
pub(super) fn any(source: &[u8], mut holds: impl FnMut(&[u8]) -> bool) -> bool {
    if holds(source) {
        return true;
    }
    let mut decoded = decode(source, |_, _, _| {});
    for _ in 0..DEEPEST {
        let Some(bytes) = decoded else { return false };
        if holds(&bytes) {
            return true;
        }
        decoded = decode(&bytes, |_, _, _| {});
    }
    false
}

/// Decodes once; `None` if nothing is escaped. `piece` is told where each piece begins and ends, and how long all is then.
fn decode(source: &[u8], mut piece: impl FnMut(usize, usize, usize)) -> Option<Vec<u8>> {
    if !source.iter().any(|byte| matches!(byte, b'&' | b'%' | b'\\')) {
        return None;
    }
    let mut bytes = Vec::with_capacity(source.len());
    let (mut at, mut changed) = (0, false);
    while at < source.len() {
        let (decoded, length) = escape(&source[at..]).unwrap_or((Decoded::Byte(source[at]), 1));
        changed |= length > 1;
        match decoded {
            Decoded::Byte(byte) => bytes.push(byte),
            Decoded::Char(letter) => bytes.extend(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        piece(at, at + length, bytes.len());
        at += length;
    }
    changed.then_some(bytes)
}

/// The value of an attribute without entities.
pub(super) fn attribute(written: &str) -> String {
    let bytes = written.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match escape(&bytes[at..]).filter(|_| bytes[at] == b'&') {
            Some((Decoded::Byte(byte), length)) => {
                out.push(byte);
                at += length;
            }
            Some((Decoded::Char(letter), length)) => {
                out.extend(letter.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

enum Decoded {
    Byte(u8),
    Char(char),
}

/// The escape with which these bytes begin, and its length.
fn escape(bytes: &[u8]) -> Option<(Decoded, usize)> {
    match bytes {
        [b'%', b'u', rest @ ..] => hex(rest, 4).map(|code| (letter(code), 6)),
        [b'%', rest @ ..] => hex(rest, 2).map(|byte| (Decoded::Byte(byte as u8), 3)),
        [b'\\', b'x', rest @ ..] => hex(rest, 2).map(|code| (letter(code), 4)),
        [b'\\', b'u', rest @ ..] => {
            let high = hex(rest, 4)?;
            let low = rest.get(4..6).filter(|mark| *mark == b"\\u").and_then(|_| hex(&rest[6..], 4));
            match (high, low) {
                (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
                    Some((letter(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12))
                }
                _ => Some((letter(high), 6)),
            }
        }
        [b'\\', mark @ (b'/' | b'"' | b'\'' | b'\\'), ..] => Some((Decoded::Byte(*mark), 2)),
        [b'&', b'#', rest @ ..] => {
            let (rest, radix, before) = match rest {
                [b'x' | b'X', rest @ ..] => (rest, 16, 3),
                _ => (rest, 10, 2),
            };
            let digits = rest.iter().take(10).take_while(|byte| char::from(**byte).is_digit(radix)).count();
            let code = u32::from_str_radix(str::from_utf8(&rest[..digits]).ok()?, radix).ok()?;
            let end = usize::from(rest.get(digits) == Some(&b';'));
            Some((letter(code), before + digits + end))
        }
        [b'&', ..] => {
            const NAMED: [(&[u8], u8); 8] = [
                (b"&amp;", b'&'),
                (b"&lt;", b'<'),
                (b"&gt;", b'>'),
                (b"&quot;", b'"'),
                (b"&apos;", b'\''),
                (b"&commat;", b'@'),
                (b"&period;", b'.'),
                (b"&nbsp;", b' '),
            ];
            let (name, byte) = NAMED.iter().find(|(name, _)| bytes.starts_with(name))?;
            Some((Decoded::Byte(*byte), name.len()))
        }
        _ => None,
    }
}

fn letter(code: u32) -> Decoded {
    Decoded::Char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn hex(bytes: &[u8], digits: usize) -> Option<u32> {
    let digits = bytes.get(..digits)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}
