//! What lies in a PFX file, and what protects it (RFC 7292, 4).

use std::borrow::Cow;

use super::ber::{CONTEXT_0, OCTET_STRING, SEQUENCE, SET, Value};
use super::flaw::Flaw;
use super::unlock::{Work, Writing, called, decrypt, fits, rounds};

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED: &str = "1.2.840.113549.1.7.6";
const KEY: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE: &str = "1.2.840.113549.1.12.10.1.3";
const BAGS: &str = "1.2.840.113549.1.12.10.1.6";
const X509: &str = "1.2.840.113549.1.9.22.1";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const CSP_NAME: &str = "1.3.6.1.4.1.311.17.1";

/// How deep bags may lie in bags.
const DEEPEST: u8 = 32;
/// A file that holds one institution's key has some thousand bytes.
const LONGEST: usize = 4 << 20;

/// A PFX file, not opened yet.
pub(super) struct File<'a> {
    /// The parts, in BER; what the MAC is of.
    safe: Cow<'a, [u8]>,
    mac: Option<Value<'a>>,
}

/// What is found in passing through a file.
#[derive(Default)]
pub(super) struct Found {
    /// PKCS #8, in DER.
    pub(super) keys: Vec<Vec<u8>>,
    /// In DER.
    pub(super) certificates: Vec<Vec<u8>>,
    /// The AlgorithmIdentifiers of what is encrypted, as object identifiers.
    pub(super) encryption: Vec<String>,
    /// How often each of them goes over the password, where that is told.
    pub(super) rounds: Vec<u64>,
    /// What keys and certificates are called.
    pub(super) friendly_names: Vec<String>,
    /// Microsoft's name of what keeps the key.
    pub(super) csp_names: Vec<String>,
}

/// What opens the encrypted parts of a file.
trait Key {
    /// `None`: they are to be left closed.
    fn open(&mut self, algorithm: Value<'_>, data: &[u8]) -> Result<Option<Vec<u8>>, Flaw>;
}

/// Leaves everything closed.
struct Nobody;

/// Knows the password.
struct Owner<'p> {
    writings: Vec<Writing<'p>>,
    work: Work,
    opened: bool,
}

impl<'a> File<'a> {
    /// # Errors
    /// If the bytes are no PFX file.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Flaw> {
        if bytes.len() > LONGEST {
            return Err(Flaw::Long { bytes: bytes.len() });
        }
        let pfx = Value::first(bytes).filter(|pfx| pfx.tag == SEQUENCE).ok_or(Flaw::NoPfx)?;
        let info = pfx.child(1, SEQUENCE).ok_or(Flaw::NoPfx)?;
        let content = info.child(1, CONTEXT_0).and_then(|content| content.string(0, OCTET_STRING));
        match kind(info).map_err(|_| Flaw::NoPfx)?.as_str() {
            DATA => Ok(Self { safe: content.ok_or(Flaw::NoPfx)?, mac: pfx.child(2, SEQUENCE) }),
            other => Err(Flaw::NoPassword { kind: called(other).to_owned() }),
        }
    }

    /// The algorithm of the MAC.
    pub(super) fn mac(&self) -> Option<String> {
        self.mac?.child(0, SEQUENCE)?.child(0, SEQUENCE)?.children()?.first()?.oid()
    }

    /// The rounds of the MAC.
    pub(super) fn mac_rounds(&self) -> Option<u64> {
        self.mac?.children()?.get(2).map_or(Some(1), |rounds| rounds.number())
    }

    /// Looks at what needs no password.
    ///
    /// # Errors
    /// If the file is damaged.
    pub(super) fn look(&self) -> Result<Found, Flaw> {
        let mut found = Found::default();
        found.parts(&self.safe, &mut Nobody)?;
        Ok(found)
    }

    /// Opens it.
    ///
    /// # Errors
    /// Why it doesn't open: another password, damage, or an algorithm that isn't known here.
    pub(super) fn open(&self, password: &str) -> Result<Found, Flaw> {
        let mut owner = Owner { writings: Writing::all(password), work: Work::default(), opened: false };
        let genuine = match self.mac {
            None => true,
            Some(mac) => owner.vouches(mac, &self.safe)?,
        };
        let mut found = Found::default();
        let all = found.parts(&self.safe, &mut owner);
        if genuine {
            return all.map(|()| found);
        }
        match all {
            Ok(()) if owner.opened => Err(Flaw::Changed),
            _ => Err(Flaw::OtherPassword),
        }
    }
}

impl Found {
    fn parts(&mut self, safe: &[u8], key: &mut impl Key) -> Result<(), Flaw> {
        let mut closed = None;
        for part in inside(Value::first(safe))? {
            let kind = kind(part)?;
            let content = part.child(1, CONTEXT_0);
            match kind.as_str() {
                DATA => {
                    let bags = content.and_then(|content| content.string(0, OCTET_STRING));
                    self.bags(Value::first(&bags.ok_or(Flaw::Damaged)?), key, DEEPEST)?;
                }
                ENCRYPTED => {
                    let info = content.and_then(|content| content.child(0, SEQUENCE)?.child(1, SEQUENCE));
                    let info = info.ok_or(Flaw::Damaged)?;
                    let algorithm = info.child(1, SEQUENCE).ok_or(Flaw::Damaged)?;
                    // `[0] IMPLICIT OCTET STRING`
                    let data = info.string(2, CONTEXT_0 & !0x20).unwrap_or_default();
                    if let Some(bags) = self.unlock(algorithm, &data, key)? {
                        self.bags(Value::first(&bags), key, DEEPEST)?;
                    }
                }
                other => closed = Some(other.to_owned()),
            }
        }
        match closed {
            Some(kind) if self.keys.is_empty() && self.encryption.is_empty() => {
                Err(Flaw::NoPassword { kind: called(&kind).to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn bags(&mut self, bags: Option<Value<'_>>, key: &mut impl Key, depth: u8) -> Result<(), Flaw> {
        let depth = depth.checked_sub(1).ok_or(Flaw::Deep)?;
        for bag in inside(bags)? {
            let content = bag.child(1, CONTEXT_0).and_then(|content| content.children()?.first().copied());
            let content = content.ok_or(Flaw::Damaged)?;
            self.attributes(bag);
            match kind(bag)?.as_str() {
                KEY => self.keys.push(content.to_der().ok_or(Flaw::Damaged)?),
                SHROUDED_KEY => {
                    let algorithm = content.child(0, SEQUENCE).ok_or(Flaw::Damaged)?;
                    let data = content.string(1, OCTET_STRING).ok_or(Flaw::Damaged)?;
                    if let Some(pkcs8) = self.unlock(algorithm, &data, key)? {
                        self.keys.push(Value::first(&pkcs8).and_then(Value::to_der).ok_or(Flaw::Damaged)?);
                    }
                }
                CERTIFICATE if kind(content)? == X509 => {
                    let der = content.child(1, CONTEXT_0).and_then(|value| value.string(0, OCTET_STRING));
                    self.certificates.push(der.ok_or(Flaw::Damaged)?.into_owned());
                }
                BAGS => self.bags(Some(content), key, depth)?,
                // Revocation lists, secrets and the like.
                _ => {}
            }
        }
        Ok(())
    }

    /// What a bag is called (RFC 7292, 4.2).
    fn attributes(&mut self, bag: Value<'_>) {
        for attribute in bag.child(2, SET).and_then(Value::children).unwrap_or_default() {
            let text = attribute.child(1, SET).and_then(|set| set.children()?.first()?.bmp_text());
            match (kind(attribute).as_deref(), text) {
                (Ok(FRIENDLY_NAME), Some(text)) => self.friendly_names.push(text),
                (Ok(CSP_NAME), Some(text)) => self.csp_names.push(text),
                _ => {}
            }
        }
    }

    fn unlock(
        &mut self,
        algorithm: Value<'_>,
        data: &[u8],
        key: &mut impl Key,
    ) -> Result<Option<Vec<u8>>, Flaw> {
        self.encryption.push(kind(algorithm)?);
        self.rounds.extend(rounds(algorithm));
        key.open(algorithm, data)
    }
}

impl Key for Nobody {
    fn open(&mut self, _algorithm: Value<'_>, _data: &[u8]) -> Result<Option<Vec<u8>>, Flaw> {
        Ok(None)
    }
}

impl Key for Owner<'_> {
    fn open(&mut self, algorithm: Value<'_>, data: &[u8]) -> Result<Option<Vec<u8>>, Flaw> {
        for writing in &self.writings {
            let opened = decrypt(algorithm, data, writing, &mut self.work)?;
            // Another password may leave the padding whole, but not what it pads.
            let opened =
                opened.filter(|opened| Value::first(opened).is_some_and(|value| value.tag == SEQUENCE));
            if opened.is_some() {
                self.opened = true;
                return Ok(opened);
            }
        }
        Err(Flaw::OtherPassword)
    }
}

impl Owner<'_> {
    /// Whether the MAC is of these bytes. Another writing of the password that fits is the first from now on.
    fn vouches(&mut self, mac: Value<'_>, bytes: &[u8]) -> Result<bool, Flaw> {
        for place in 0..self.writings.len() {
            if fits(mac, bytes, &self.writings[place], &mut self.work)? {
                self.writings.rotate_left(place);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The children of a sequence.
fn inside(sequence: Option<Value<'_>>) -> Result<Vec<Value<'_>>, Flaw> {
    let sequence = sequence.filter(|sequence| sequence.tag == SEQUENCE);
    sequence.and_then(Value::children).ok_or(Flaw::Damaged)
}

/// The object identifier with which a value begins.
fn kind(value: Value<'_>) -> Result<String, Flaw> {
    value.children().and_then(|children| children.first()?.oid()).ok_or(Flaw::Damaged)
}
