//! PFX files with keys of our own in them, made up like the ones that were recorded.

use crate::pki::archive::{Archive, CERT_BAG};
use crate::pki::ber::{CONTEXT_0, Element, INTEGER, OCTET_STRING, SEQUENCE};
use crate::pki::kdf::{Effort, Secret};
use crate::pki::layout::Pfx;
use crate::pki::password::Password;
use crate::pki::pbe;
use crate::pki::pfx::{KEY_BAG, SHROUDED_KEY_BAG};
use crate::recording::redact::der::{Content, Node};
use crate::recording::redact::rewrite::Rewriter;
use crate::recording::redact::table::{Kind, Table};
use crate::recording::redact::twins::{self, NoTwin, Twins};

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SAFE_CONTENTS_BAG: &str = "1.2.840.113549.1.12.10.1.6";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
const CSP_NAME: &str = "1.3.6.1.4.1.311.17.1";
const MACHINE_KEYS: &str = "1.3.6.1.4.1.311.17.2";

/// A file that a password opens.
pub(super) struct Opened {
    archive: Archive,
    password: String,
}

/// Whether these bytes begin like a PFX file.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let version = Element::first(bytes).ok().and_then(|outer| outer.child(0, INTEGER)?.number());
    version == Some(3) && Pfx::read(bytes).is_ok_and(|pfx| pfx.safe().is_ok())
}

/// Opens a file with the first password that fits.
pub(super) fn open(bytes: &[u8], passwords: &[String]) -> Option<Opened> {
    passwords.iter().find_map(|password| {
        let archive = Archive::open(bytes, &Password::new(password.as_str())).ok()?;
        Some(Opened { archive, password: password.clone() })
    })
}

impl Opened {
    /// Enters what is in it.
    pub(super) fn discover(&self, bytes: &[u8], table: &mut Table) {
        table.stand_in(Kind::Password, &self.password);
        self.archive.certificates.iter().for_each(|der| twins::discover(der, table));
        for key in &self.archive.keys {
            if let Some(name) = &key.friendly_name {
                twins::enter_text(table, name);
            }
            table.bytes.extend(middle(&key.pkcs8).map(|bytes| (Kind::Key, bytes)));
        }
        table.bytes.extend(middle(bytes).map(|bytes| (Kind::Key, bytes)));
    }

    /// Its password's stand-in opens the twin.
    pub(super) fn stand_in_password(&self, table: &mut Table) -> String {
        table.stand_in(Kind::Password, &self.password)
    }

    /// The file with twins in it.
    pub(super) fn twin(
        &self,
        bytes: &[u8],
        twins: &mut Twins,
        table: &mut Table,
        rewriter: &Rewriter,
    ) -> Result<Vec<u8>, NoTwin> {
        twins.prepare(&self.archive.certificates)?;
        for der in &self.archive.certificates {
            twins.certificate(der, &self.archive.certificates, table, rewriter)?;
        }
        let old = Secret::forms(&Password::new(self.password.as_str()));
        let new = Secret::forms(&Password::new(self.stand_in_password(table).as_str()));
        let new = new.into_iter().next().ok_or(NoTwin)?;
        let mut copier = Copier {
            old,
            new,
            reading: Effort::default(),
            writing: Effort::default(),
            all: &self.archive.certificates,
            twins,
            table,
            rewriter,
            drawn: 0,
        };
        copier.file(bytes).ok_or(NoTwin)
    }
}

/// Bytes from the middle, which stand nowhere else.
fn middle(bytes: &[u8]) -> Option<Vec<u8>> {
    (bytes.len() >= 96).then(|| bytes[bytes.len() / 2 - 16..bytes.len() / 2 + 16].to_vec())
}

struct Copier<'a> {
    old: Vec<Secret>,
    new: Secret,
    reading: Effort,
    writing: Effort,
    all: &'a [Vec<u8>],
    twins: &'a mut Twins,
    table: &'a mut Table,
    rewriter: &'a Rewriter,
    /// How often chance was asked for.
    drawn: u32,
}

impl Copier<'_> {
    fn file(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let outer = Element::first(bytes).ok()?;
        let safe = Pfx::read(bytes).ok()?.safe().ok()?.into_owned();
        let safe = self.safe(&safe)?;
        let mut file = Node::of(&outer);
        let info = file.children_mut().get_mut(1)?;
        let content = info.children_mut().get_mut(1)?;
        content.content = Content::Constructed(vec![Node::primitive(OCTET_STRING, &safe)]);
        if let Some(mac) = file.children_mut().get_mut(2) {
            self.scramble(mac);
            let der = mac.to_der();
            let tag = pbe::mac_like(&Element::first(&der).ok()?, &safe, &self.new, &mut self.writing).ok()?;
            let digest = mac.children_mut().first_mut()?.children_mut().get_mut(1)?;
            digest.content = Content::Primitive(tag);
        }
        Some(file.to_der())
    }

    /// The authenticated safe.
    fn safe(&mut self, safe: &[u8]) -> Option<Vec<u8>> {
        let safe = Element::first(safe).ok()?;
        let mut parts = Vec::new();
        for info in safe.children() {
            let mut part = Node::of(info);
            let kind = info.children().first()?.oid()?;
            match kind.as_str() {
                DATA => {
                    let octets = info.child(1, CONTEXT_0)?.children().first()?.octet_string()?;
                    let bags = self.bags(&octets)?;
                    let content = part.children_mut().get_mut(1)?;
                    content.content = Content::Constructed(vec![Node::primitive(OCTET_STRING, &bags)]);
                }
                ENCRYPTED_DATA => {
                    let encrypted = info.child(1, CONTEXT_0)?.child(0, SEQUENCE)?.child(1, SEQUENCE)?;
                    let algorithm = encrypted.child(1, SEQUENCE)?;
                    let data = encrypted.children().get(2)?.octets();
                    let bags = self.decrypt(algorithm, &data)?;
                    let bags = self.bags(&bags)?;
                    let (algorithm, data) = self.encrypt(algorithm, &bags)?;
                    let inner = part
                        .children_mut()
                        .get_mut(1)?
                        .children_mut()
                        .first_mut()?
                        .children_mut()
                        .get_mut(1)?;
                    let kind = inner.children().first()?.clone();
                    *inner = Node::sequence(vec![kind, algorithm, Node::primitive(0x80, &data)]);
                }
                // What no password opens.
                _ => continue,
            }
            parts.push(part);
        }
        Some(Node::sequence(parts).to_der())
    }

    /// A SafeContents.
    fn bags(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        let contents = Element::first(octets).ok()?;
        let mut bags = Vec::new();
        for bag in contents.children() {
            bags.extend(self.bag(bag)?);
        }
        Some(Node::sequence(bags).to_der())
    }

    /// A bag; nothing instead of one that is neither key nor certificate.
    fn bag(&mut self, bag: &Element<'_>) -> Option<Option<Node>> {
        let kind = bag.children().first()?.oid()?;
        let value = bag.child(1, CONTEXT_0)?.children().first()?;
        let value = match kind.as_str() {
            KEY_BAG => Node::read(&self.twins.key(&value.to_der()).ok()?)?,
            SHROUDED_KEY_BAG => {
                let algorithm = value.child(0, SEQUENCE)?;
                let data = value.children().get(1)?.octet_string()?;
                let key = self.decrypt(algorithm, &data)?;
                // As the file's other readers take it: without what stands behind it.
                let key = Element::first(&key).ok()?.to_der();
                let twin = self.twins.key(&key).ok()?;
                let (algorithm, data) = self.encrypt(algorithm, &twin)?;
                Node::sequence(vec![algorithm, Node::primitive(OCTET_STRING, &data)])
            }
            CERT_BAG => {
                let der = value.child(1, CONTEXT_0)?.children().first()?.octet_string()?;
                let twin = self.twins.certificate(&der, self.all, self.table, self.rewriter).ok()?;
                let mut value = Node::of(value);
                let explicit = value.children_mut().get_mut(1)?;
                explicit.content = Content::Constructed(vec![Node::primitive(OCTET_STRING, &twin)]);
                value
            }
            SAFE_CONTENTS_BAG => {
                let inner = self.bags(&value.to_der())?;
                Node::read(&inner)?
            }
            _ => return Some(None),
        };
        let mut node = Node::of(bag);
        node.children_mut().get_mut(1)?.content = Content::Constructed(vec![value]);
        if let Content::Constructed(parts) = &mut node.content
            && let Some(attributes) = parts.get_mut(2)
        {
            let Content::Constructed(all) = &mut attributes.content else { return None };
            let mut kept = Vec::new();
            for attribute in std::mem::take(all) {
                kept.extend(self.attribute(attribute));
            }
            let is_empty = kept.is_empty();
            *all = kept;
            if is_empty {
                parts.truncate(2);
            }
        }
        Some(Some(node))
    }

    /// An attribute of a bag; nothing instead of an unknown one.
    fn attribute(&mut self, mut attribute: Node) -> Option<Node> {
        let kind = attribute.children().first()?.oid()?;
        let values = attribute.children_mut().get_mut(1)?;
        for value in values.children_mut() {
            match kind.as_str() {
                FRIENDLY_NAME => {
                    let text = value.text()?;
                    value.set_text(&twins::rewrite_text(&text, self.table, self.rewriter));
                }
                CSP_NAME => {
                    let text = value.text()?;
                    if !text.starts_with("Microsoft ") {
                        return None;
                    }
                }
                LOCAL_KEY_ID => {
                    let id = self.twins.local_id(value.octets(), self.table.key());
                    value.content = Content::Primitive(id);
                }
                MACHINE_KEYS if value.octets().is_empty() => {}
                _ => return None,
            }
        }
        let is_known = [FRIENDLY_NAME, CSP_NAME, LOCAL_KEY_ID, MACHINE_KEYS].contains(&kind.as_str());
        is_known.then_some(attribute)
    }

    fn decrypt(&mut self, algorithm: &Element<'_>, data: &[u8]) -> Option<Vec<u8>> {
        self.old.iter().find_map(|secret| {
            let octets = pbe::decrypt(algorithm, data, secret, &mut self.reading).ok()??;
            Element::first(&octets).is_ok_and(|element| element.is(SEQUENCE)).then(|| octets.to_vec())
        })
    }

    /// By the same algorithm, with another salt.
    fn encrypt(&mut self, algorithm: &Element<'_>, data: &[u8]) -> Option<(Node, Vec<u8>)> {
        let mut algorithm = Node::of(algorithm);
        self.scramble(&mut algorithm);
        let der = algorithm.to_der();
        let data = pbe::encrypt(&Element::first(&der).ok()?, data, &self.new, &mut self.writing).ok()?;
        Some((algorithm, data))
    }

    fn scramble(&mut self, node: &mut Node) {
        self.drawn += 1;
        node.scramble(&mut self.table.key().chance(&[b"salt", &self.drawn.to_be_bytes(), &node.to_der()]));
    }
}
