//! Values in BER (X.690), of which DER is the strict part: as much as it takes to read PFX files. A value is a view into
//! the bytes; what is inside is looked for when it is asked for.

use std::borrow::Cow;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
const BMP_STRING: u8 = 0x1e;
/// `[0]`, constructed.
pub(super) const CONTEXT_0: u8 = 0xa0;

const CONSTRUCTED: u8 = 0x20;
/// How deep values of indefinite length may be nested.
const DEEPEST: u8 = 32;

/// A value with its tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    content: &'a [u8],
}

impl<'a> Value<'a> {
    /// The value with which these bytes begin. What stands behind it is overlooked, as by other programs.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        split(bytes, DEEPEST).map(|(value, _)| value)
    }

    /// What is inside a constructed value.
    pub(super) fn children(self) -> Option<Vec<Value<'a>>> {
        let mut children = Vec::new();
        let mut rest = self.content;
        while !rest.is_empty() {
            let (child, after) = split(rest, DEEPEST)?;
            children.push(child);
            rest = after;
        }
        (self.tag & CONSTRUCTED != 0).then_some(children)
    }

    /// The child at this place, if it has this tag.
    pub(super) fn child(self, index: usize, tag: u8) -> Option<Value<'a>> {
        self.children()?.get(index).copied().filter(|child| child.tag == tag)
    }

    /// The string at this place, put together if it is in pieces. `tag` is the one that it has when it is whole.
    pub(super) fn string(self, index: usize, tag: u8) -> Option<Cow<'a, [u8]>> {
        let child = self.children()?.get(index).copied()?;
        (child.tag & !CONSTRUCTED == tag).then(|| child.whole(DEEPEST))?
    }

    fn whole(self, depth: u8) -> Option<Cow<'a, [u8]>> {
        if self.tag & CONSTRUCTED == 0 {
            return Some(Cow::Borrowed(self.content));
        }
        let depth = depth.checked_sub(1)?;
        let pieces = self.children()?.into_iter().map(|piece| piece.whole(depth));
        Some(Cow::Owned(pieces.collect::<Option<Vec<_>>>()?.concat()))
    }

    /// An object identifier in dotted form.
    pub(super) fn oid(self) -> Option<String> {
        const LONGEST: usize = 32;
        let oid = self.tag == OID && self.content.len() <= LONGEST;
        oid.then(|| x509_parser::der_parser::oid::Oid::new(self.content.into()).to_id_string())
    }

    /// A text in UTF-16.
    pub(super) fn bmp_text(self) -> Option<String> {
        let units = self.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        (self.tag == BMP_STRING).then(|| String::from_utf16_lossy(&units.collect::<Vec<_>>()))
    }

    /// An integer that is not negative.
    pub(super) fn number(self) -> Option<u64> {
        if self.content.first().is_none_or(|first| first & 0x80 != 0) {
            return None;
        }
        let digits = &self.content[self.content.iter().take_while(|digit| **digit == 0).count()..];
        let number = digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit));
        (self.tag == INTEGER && digits.len() <= 8).then_some(number)
    }

    /// The value in DER; strings stay in pieces if they are.
    pub(super) fn to_der(self) -> Option<Vec<u8>> {
        self.encode(DEEPEST)
    }

    fn encode(self, depth: u8) -> Option<Vec<u8>> {
        let content = match self.tag & CONSTRUCTED {
            0 => Cow::Borrowed(self.content),
            _ => {
                let depth = depth.checked_sub(1)?;
                let children = self.children()?.into_iter().map(|child| child.encode(depth));
                Cow::Owned(children.collect::<Option<Vec<_>>>()?.concat())
            }
        };
        let mut der = vec![self.tag];
        match u8::try_from(content.len()) {
            Ok(length @ ..0x80) => der.push(length),
            _ => {
                let digits = content.len().to_be_bytes();
                let zeros = digits.iter().take_while(|digit| **digit == 0).count();
                der.push(0x80 | (digits.len() - zeros) as u8);
                der.extend(&digits[zeros..]);
            }
        }
        der.extend(&*content);
        Some(der)
    }
}

fn split(bytes: &[u8], depth: u8) -> Option<(Value<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if first == 0x80 {
        return endless(tag, rest, depth.checked_sub(1)?);
    }
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest
            .split_at_checked(usize::from(first & 0x7f))
            .filter(|(d, _)| d.len() <= size_of::<usize>())?;
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((Value { tag, content }, rest))
}

/// A value of indefinite length: it ends with two zero bytes in the place of a child.
fn endless(tag: u8, bytes: &[u8], depth: u8) -> Option<(Value<'_>, &[u8])> {
    let mut rest = bytes;
    while !rest.starts_with(&[0, 0]) {
        (_, rest) = split(rest, depth)?;
    }
    let content = &bytes[..bytes.len() - rest.len()];
    (tag & CONSTRUCTED != 0).then_some((Value { tag, content }, &rest[2..]))
}
