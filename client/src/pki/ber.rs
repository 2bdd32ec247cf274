//! BER (X.690, 8) as far as PFX files need it: lengths of every form, and strings whole or in pieces. Programs write DER
//! (most), BER of indefinite lengths (NSS), and now and then bytes behind the end, which all readers overlook.

use std::borrow::Cow;

use x509_parser::der_parser::oid::Oid;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = 0xA0;

pub(crate) const CONSTRUCTED: u8 = 0x20;
/// PFX files nest about ten deep.
const DEEPEST: u32 = 100;
/// PFX files have some hundred elements.
const MOST: usize = 100_000;
/// It may be shown to a person.
const LONGEST_OID: usize = 32;

/// A value with its tag.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    tag: u8,
    content: Content<'a>,
}

#[derive(Debug)]
enum Content<'a> {
    Primitive(&'a [u8]),
    Constructed(Vec<Element<'a>>),
}

impl<'a> Element<'a> {
    /// The element with which these bytes begin.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn first(bytes: &'a [u8]) -> Result<Self, &'static str> {
        Reader { left: MOST }.read(bytes, DEEPEST).map(|(element, _)| element)
    }

    pub(crate) fn is(&self, tag: u8) -> bool {
        self.tag == tag
    }

    pub(crate) fn tag(&self) -> u8 {
        self.tag
    }

    /// What a primitive element holds.
    pub(crate) fn primitive(&self) -> Option<&'a [u8]> {
        match self.content {
            Content::Primitive(content) => Some(content),
            Content::Constructed(_) => None,
        }
    }

    /// What is inside; nothing in a primitive element.
    pub(crate) fn children(&self) -> &[Element<'a>] {
        match &self.content {
            Content::Primitive(_) => &[],
            Content::Constructed(children) => children,
        }
    }

    /// The child at this place, if it has this tag.
    pub(crate) fn child(&self, index: usize, tag: u8) -> Option<&Element<'a>> {
        self.children().get(index).filter(|child| child.is(tag))
    }

    /// An object identifier in dotted form.
    pub(crate) fn oid(&self) -> Option<String> {
        match self.content {
            Content::Primitive(content) if self.is(OID) && content.len() <= LONGEST_OID => {
                Some(Oid::new(content.into()).to_id_string())
            }
            _ => None,
        }
    }

    /// An integer from 0 to 2^32 - 1.
    pub(crate) fn number(&self) -> Option<u32> {
        let Content::Primitive(content) = self.content else { return None };
        if !self.is(INTEGER) || content.is_empty() || content[0] & 0x80 != 0 {
            return None;
        }
        let zeros = content.iter().take_while(|byte| **byte == 0).count();
        let digits = &content[zeros..];
        (digits.len() <= 4).then(|| digits.iter().fold(0, |number, digit| number << 8 | u32::from(*digit)))
    }

    /// The octets of a string, also one in pieces, whatever its tag is.
    pub(crate) fn octets(&self) -> Cow<'a, [u8]> {
        match &self.content {
            Content::Primitive(content) => Cow::Borrowed(content),
            Content::Constructed(pieces) => {
                Cow::Owned(pieces.iter().flat_map(|piece| piece.octets().into_owned()).collect())
            }
        }
    }

    /// The octets of an OCTET STRING, also one in pieces.
    pub(crate) fn octet_string(&self) -> Option<Cow<'a, [u8]>> {
        (self.tag & !CONSTRUCTED == OCTET_STRING).then(|| self.octets())
    }

    /// The same value in DER.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        match &self.content {
            Content::Primitive(content) => encode(self.tag, content),
            Content::Constructed(_) if self.tag == OCTET_STRING | CONSTRUCTED => {
                encode(OCTET_STRING, &self.octets())
            }
            Content::Constructed(children) => {
                encode(self.tag, &children.iter().flat_map(Element::to_der).collect::<Vec<_>>())
            }
        }
    }
}

struct Reader {
    /// How many elements there may still be.
    left: usize,
}

impl Reader {
    fn read<'a>(&mut self, input: &'a [u8], depth: u32) -> Result<(Element<'a>, &'a [u8]), &'static str> {
        const SHORT: &str = "it ends too early";
        if depth == 0 {
            return Err("it is nested too deeply");
        }
        self.left = self.left.checked_sub(1).ok_or("it has too many elements")?;
        let (&tag, rest) = input.split_first().ok_or(SHORT)?;
        if tag & 0x1F == 0x1F {
            return Err("it has a tag that no PFX file has");
        }
        let (&first, rest) = rest.split_first().ok_or(SHORT)?;
        if first == 0x80 {
            if tag & CONSTRUCTED == 0 {
                return Err("it has a length without a value");
            }
            let (mut rest, mut children) = (rest, Vec::new());
            while !rest.starts_with(&[0, 0]) {
                let (child, after) = self.read(rest, depth - 1)?;
                children.push(child);
                rest = after;
            }
            return Ok((Element { tag, content: Content::Constructed(children) }, &rest[2..]));
        }
        let (length, rest) = match first {
            0..0x80 => (usize::from(first), rest),
            _ => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F)).ok_or(SHORT)?;
                if digits.len() > size_of::<usize>() {
                    return Err(SHORT);
                }
                (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(SHORT)?;
        if tag & CONSTRUCTED == 0 {
            return Ok((Element { tag, content: Content::Primitive(content) }, rest));
        }
        let (mut inside, mut children) = (content, Vec::new());
        while !inside.is_empty() {
            let (child, after) = self.read(inside, depth - 1)?;
            children.push(child);
            inside = after;
        }
        Ok((Element { tag, content: Content::Constructed(children) }, rest))
    }
}

pub(crate) fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
        out.push(0x80 | bytes.len() as u8);
        out.extend(bytes);
    }
    out.extend(content);
    out
}
