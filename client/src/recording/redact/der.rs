//! DER that can be changed.

use crate::pki::ber::{self, CONSTRUCTED, Element, OCTET_STRING, OID, SEQUENCE};
use crate::recording::redact::chance::Chance;

/// A value with its tag.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) tag: u8,
    pub(super) content: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Primitive(Vec<u8>),
    Constructed(Vec<Node>),
}

impl Node {
    /// The value with which these bytes begin.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        Element::first(bytes).ok().map(|element| Self::of(&element))
    }

    /// A copy; strings in pieces become whole.
    pub(super) fn of(element: &Element<'_>) -> Self {
        match element.primitive() {
            Some(content) => Self::primitive(element.tag(), content),
            None if element.tag() == OCTET_STRING | CONSTRUCTED => {
                Self::primitive(OCTET_STRING, &element.octets())
            }
            None => Self {
                tag: element.tag(),
                content: Content::Constructed(element.children().iter().map(Self::of).collect()),
            },
        }
    }

    pub(super) fn primitive(tag: u8, content: &[u8]) -> Self {
        Self { tag, content: Content::Primitive(content.to_vec()) }
    }

    pub(super) fn sequence(children: Vec<Node>) -> Self {
        Self { tag: SEQUENCE, content: Content::Constructed(children) }
    }

    pub(super) fn to_der(&self) -> Vec<u8> {
        match &self.content {
            Content::Primitive(content) => ber::encode(self.tag, content),
            Content::Constructed(children) => {
                ber::encode(self.tag, &children.iter().flat_map(Node::to_der).collect::<Vec<_>>())
            }
        }
    }

    /// What is inside; nothing in a primitive one.
    pub(super) fn children(&self) -> &[Node] {
        match &self.content {
            Content::Primitive(_) => &[],
            Content::Constructed(children) => children,
        }
    }

    pub(super) fn children_mut(&mut self) -> &mut [Node] {
        match &mut self.content {
            Content::Primitive(_) => &mut [],
            Content::Constructed(children) => children,
        }
    }

    /// The octets of a primitive one.
    pub(super) fn octets(&self) -> &[u8] {
        match &self.content {
            Content::Primitive(content) => content,
            Content::Constructed(_) => &[],
        }
    }

    pub(super) fn oid(&self) -> Option<String> {
        (self.tag == OID && self.octets().len() <= 32)
            .then(|| x509_parser::der_parser::oid::Oid::new(self.octets().into()).to_id_string())
    }

    /// A text, if it is a string of one of the usual types.
    pub(super) fn text(&self) -> Option<String> {
        let octets = self.octets();
        match self.tag {
            0x0c | 0x12 | 0x13 | 0x16 | 0x1a => str::from_utf8(octets).ok().map(str::to_owned),
            0x14 => Some(octets.iter().map(|byte| char::from(*byte)).collect()),
            0x1e => {
                let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                Some(
                    char::decode_utf16(units)
                        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    /// Another text of the same type.
    pub(super) fn set_text(&mut self, text: &str) {
        let octets = match self.tag {
            0x1e => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => text.as_bytes().to_vec(),
        };
        self.content = Content::Primitive(octets);
    }

    /// Every octet string inside becomes another one of the same length, such as salts and initialization vectors.
    pub(super) fn scramble(&mut self, chance: &mut Chance) {
        if self.tag == OCTET_STRING {
            self.content = Content::Primitive(chance.bytes(self.octets().len()));
        }
        self.children_mut().iter_mut().for_each(|child| child.scramble(chance));
    }

    /// All that may tell something becomes chance of the same form.
    pub(super) fn blur(&mut self, chance: &mut Chance) {
        if let Some(text) = self.text() {
            self.set_text(&chance.like(&text));
        } else if let Content::Primitive(content) = &mut self.content {
            let is_small = content.len() <= 1;
            if !matches!(self.tag, 0x01 | 0x05 | OID) && !is_small {
                let inner = Node::read(content)
                    .filter(|inner| inner.to_der() == *content && self.tag == OCTET_STRING);
                *content = match inner {
                    Some(mut inner) => {
                        inner.blur(chance);
                        inner.to_der()
                    }
                    None => chance.bytes(content.len()),
                };
            }
        }
        self.children_mut().iter_mut().for_each(|child| child.blur(chance));
    }
}
