//! How a PFX file is put together (RFC 7292, 4), as far as it can be seen without the password.

use std::borrow::Cow;

use crate::pki::ber::{CONTEXT_0, Element, INTEGER, SEQUENCE};
use crate::pki::identity::IdentityError;
use crate::pki::pfx::name;

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SAFE_CONTENTS_BAG: &str = "1.2.840.113549.1.12.10.1.6";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const BMP_STRING: u8 = 0x1E;

/// A PFX file.
pub(crate) struct Pfx<'a>(Element<'a>);

/// A part of the authenticated safe.
pub(super) enum Content<'t> {
    /// Bags, in BER.
    Plain(Cow<'t, [u8]>),
    /// Bags, encrypted as a whole.
    Encrypted { algorithm: &'t Element<'t>, data: Cow<'t, [u8]> },
    /// What no password opens; its object identifier.
    Other(String),
}

/// A key, a certificate or something else.
pub(super) struct Bag<'t> {
    pub(super) kind: String,
    pub(super) value: &'t Element<'t>,
    attributes: &'t [Element<'t>],
}

impl<'a> Pfx<'a> {
    /// Reads the outermost value; what stands behind it is overlooked, as by other programs.
    ///
    /// # Errors
    /// If the bytes are no PFX file.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, IdentityError> {
        if bytes.first() != Some(&SEQUENCE) {
            return Err(damaged("it does not begin like one"));
        }
        let outer = Element::first(bytes).map_err(damaged)?;
        if outer.child(0, INTEGER).is_none() || outer.child(1, SEQUENCE).is_none() {
            return Err(damaged("it is made up differently"));
        }
        Ok(Self(outer))
    }

    /// The authenticated safe, in BER: what the MAC is of.
    ///
    /// # Errors
    /// If a signature stands in the place of the MAC, which no password opens.
    pub(crate) fn safe(&self) -> Result<Cow<'a, [u8]>, IdentityError> {
        let info = self.0.child(1, SEQUENCE);
        let kind = info.and_then(|info| info.children().first()?.oid());
        match kind.as_deref() {
            Some(DATA) => info.and_then(data).ok_or_else(|| damaged("its contents are made up differently")),
            Some(other) => Err(IdentityError::Unsupported(name(other))),
            None => Err(damaged("it is made up differently")),
        }
    }

    /// The MAC (MacData), if there is one.
    pub(super) fn mac(&self) -> Option<&Element<'a>> {
        self.0.child(2, SEQUENCE)
    }
}

/// The parts of an authenticated safe.
///
/// # Errors
/// If it is made up otherwise.
pub(super) fn contents<'t>(safe: &'t Element<'_>) -> Result<Vec<Content<'t>>, IdentityError> {
    let content = |info: &'t Element<'_>| {
        let kind = info.children().first()?.oid()?;
        match kind.as_str() {
            DATA => data(info).map(Content::Plain),
            ENCRYPTED_DATA => {
                let encrypted = info.child(1, CONTEXT_0)?.child(0, SEQUENCE)?.child(1, SEQUENCE)?;
                let algorithm = encrypted.child(1, SEQUENCE)?;
                let data = encrypted.children().get(2).map(Element::octets).unwrap_or_default();
                Some(Content::Encrypted { algorithm, data })
            }
            _ => Some(Content::Other(kind)),
        }
    };
    let contents = safe.children().iter().map(content).collect::<Option<Vec<_>>>();
    contents.filter(|_| safe.is(SEQUENCE)).ok_or_else(|| damaged("its contents are made up differently"))
}

/// All bags of a SafeContents, and of those that lie in it.
///
/// # Errors
/// If it is made up otherwise.
pub(super) fn bags<'t>(safe_contents: &'t Element<'_>) -> Result<Vec<Bag<'t>>, IdentityError> {
    let mut found = Vec::new();
    collect(safe_contents, &mut found).ok_or_else(|| damaged("its bags are made up differently"))?;
    Ok(found)
}

/// No deeper than an [`Element`] may be nested.
fn collect<'t>(safe_contents: &'t Element<'_>, found: &mut Vec<Bag<'t>>) -> Option<()> {
    if !safe_contents.is(SEQUENCE) {
        return None;
    }
    for bag in safe_contents.children() {
        let kind = bag.children().first()?.oid()?;
        let value = bag.child(1, CONTEXT_0)?.children().first()?;
        if kind == SAFE_CONTENTS_BAG {
            collect(value, found)?;
        } else {
            let attributes = bag.children().get(2).map(Element::children).unwrap_or_default();
            found.push(Bag { kind, value, attributes });
        }
    }
    Some(())
}

impl Bag<'_> {
    /// The name that importing programs show.
    pub(super) fn friendly_name(&self) -> Option<String> {
        let named = |attribute: &&Element<'_>| {
            attribute.children().first().and_then(Element::oid).is_some_and(|oid| oid == FRIENDLY_NAME)
        };
        let attribute = self.attributes.iter().find(named)?;
        let name = attribute.children().get(1)?.child(0, BMP_STRING)?.octets();
        let units = name.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    }
}

/// What an AlgorithmIdentifier names, and its parameters.
///
/// # Errors
/// If it is none.
pub(super) fn algorithm<'t>(
    element: &'t Element<'_>,
) -> Result<(String, Option<&'t Element<'t>>), IdentityError> {
    let oid = element.children().first().and_then(Element::oid);
    let oid = oid.ok_or_else(|| damaged("an algorithm has no name"))?;
    Ok((oid, element.children().get(1)))
}

pub(super) fn damaged(reason: &str) -> IdentityError {
    IdentityError::NotPfx(reason.to_owned())
}

/// The octets of a ContentInfo of the type data.
fn data<'a>(info: &Element<'a>) -> Option<Cow<'a, [u8]>> {
    info.child(1, CONTEXT_0)?.children().first()?.octet_string()
}
