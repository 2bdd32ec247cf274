//! As much DER as it takes to find the algorithms of a PFX file.

pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed.
pub(super) const CONTEXT_0: u8 = 0xa0;

/// A value with its tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

impl<'a> Value<'a> {
    /// The one value that these bytes are.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (value, rest) = split(bytes)?;
        rest.is_empty().then_some(value)
    }

    /// What is inside a constructed value.
    pub(super) fn children(self) -> Option<Vec<Value<'a>>> {
        let mut children = Vec::new();
        let mut rest = self.content;
        while !rest.is_empty() {
            let (child, after) = split(rest)?;
            children.push(child);
            rest = after;
        }
        Some(children)
    }

    /// The child at this place, if it has this tag.
    pub(super) fn child(self, index: usize, tag: u8) -> Option<Value<'a>> {
        self.children()?.get(index).copied().filter(|child| child.tag == tag)
    }

    /// An object identifier in dotted form.
    pub(super) fn oid(self) -> Option<String> {
        if self.tag != OID {
            return None;
        }
        x509_parser::der_parser::oid::Oid::new(self.content.into()).to_id_string().into()
    }
}

fn split(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(first & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((Value { tag, content }, rest))
}
