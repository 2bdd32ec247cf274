//! From BER to DER, for PFX files of NSS (Firefox): indefinite lengths, and octet strings in pieces.

use cms::content_info::ContentInfo;
use der::asn1::OctetString;
use der::{Any, Decode, Encode};
use pkcs12::Pfx;

const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CONSTRUCTED: u8 = 0x20;
const CONTEXT_0: u8 = 0x80;
/// PFX files nest about ten deep.
const DEEPEST: u32 = 32;

enum Element {
    Primitive(u8, Vec<u8>),
    Constructed(u8, Vec<Element>),
}

/// The same value in DER, if the input is BER with one-byte tags.
pub(crate) fn to_der(ber: &[u8]) -> Option<Vec<u8>> {
    let (element, rest) = read(ber, DEEPEST)?;
    rest.is_empty().then(|| element.to_der())
}

/// A PFX whose authenticated safe is BER as well, in DER and without its MAC. The MAC covers the BER bytes: it must
/// have been checked before.
pub(crate) fn without_mac(pfx: &[u8]) -> Option<Vec<u8>> {
    let mut pfx = Pfx::from_der(pfx).ok()?;
    let safe = OctetString::from_der(&pfx.auth_safe.content.to_der().ok()?).ok()?;
    let safe = OctetString::new(to_der(safe.as_bytes())?).ok()?;
    let content = Any::from_der(&safe.to_der().ok()?).ok()?;
    pfx.auth_safe = ContentInfo { content_type: pfx.auth_safe.content_type, content };
    pfx.mac_data = None;
    pfx.to_der().ok()
}

fn read(input: &[u8], depth: u32) -> Option<(Element, &[u8])> {
    let (&tag, rest) = input.split_first().filter(|_| depth > 0)?;
    if tag & 0x1F == 0x1F {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    if first == 0x80 {
        let mut rest = rest;
        let mut children = Vec::new();
        while !rest.starts_with(&[0, 0]) {
            let (child, after) = read(rest, depth - 1)?;
            children.push(child);
            rest = after;
        }
        return (tag & CONSTRUCTED != 0).then_some((Element::Constructed(tag, children), &rest[2..]));
    }
    let (length, rest) = match first {
        0..0x80 => (usize::from(first), rest),
        _ => {
            let (bytes, rest) =
                rest.split_at_checked(usize::from(first & 0x7F)).filter(|(bytes, _)| bytes.len() <= 4)?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
    };
    let (mut content, rest) = rest.split_at_checked(length)?;
    if tag & CONSTRUCTED == 0 {
        return Some((Element::Primitive(tag, content.to_vec()), rest));
    }
    let mut children = Vec::new();
    while !content.is_empty() {
        let (child, after) = read(content, depth - 1)?;
        children.push(child);
        content = after;
    }
    Some((Element::Constructed(tag, children), rest))
}

impl Element {
    fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Primitive(tag, content) => encode(*tag, content),
            Self::Constructed(tag, pieces) if *tag == OCTET_STRING | CONSTRUCTED => {
                encode(OCTET_STRING, &join(pieces))
            }
            Self::Constructed(tag, children) => {
                let mut content: Vec<u8> = Vec::new();
                for (index, child) in children.iter().enumerate() {
                    match child {
                        // EncryptedContentInfo ends in `[0] IMPLICIT OCTET STRING`, which only its place tells from
                        // the `[0] EXPLICIT` of a ContentInfo.
                        Self::Constructed(tag, pieces)
                            if *tag == CONTEXT_0 | CONSTRUCTED
                                && index == 2
                                && follows_algorithm(children) =>
                        {
                            content.extend(encode(CONTEXT_0, &join(pieces)));
                        }
                        other => content.extend(other.to_der()),
                    }
                }
                encode(*tag, &content)
            }
        }
    }
}

fn follows_algorithm(children: &[Element]) -> bool {
    matches!(children, [Element::Primitive(OID, _), Element::Constructed(SEQUENCE, _), ..])
}

fn join(pieces: &[Element]) -> Vec<u8> {
    let content = pieces.iter().map(|piece| match piece {
        Element::Primitive(_, content) => content.clone(),
        Element::Constructed(_, pieces) => join(pieces),
    });
    content.flatten().collect()
}

fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
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
