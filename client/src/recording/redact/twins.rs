//! Keys and certificates of our own with the form of others: the same algorithms, sizes, names and extensions.

use std::collections::HashMap;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use rustls::SignatureScheme;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;
use sha1::{Digest, Sha1};
use std::sync::Arc;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::pki::ber::{INTEGER, OCTET_STRING};
use crate::recording::redact::chance::Key;
use crate::recording::redact::der::{Content, Node};
use crate::recording::redact::find::{self, Place};
use crate::recording::redact::rewrite::Rewriter;
use crate::recording::redact::security::is_authority;
use crate::recording::redact::table::{Kind, Table};
use crate::recording::redact::vocabulary;

/// Why something has no twin: its algorithm is none that we can sign with, or it is damaged.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoTwin;

/// The twins of a recording, so that one that comes twice is the same twice.
#[derive(Default)]
pub(super) struct Twins {
    /// By the public key (subjectPublicKeyInfo).
    keys: HashMap<Vec<u8>, Twin>,
    /// By the whole certificate.
    certificates: HashMap<Vec<u8>, Vec<u8>>,
    /// Key identifiers of certificates.
    identifiers: HashMap<Vec<u8>, Vec<u8>>,
}

/// A key.
struct Twin {
    pkcs8: Vec<u8>,
    public: Vec<u8>,
    signer: Arc<dyn SigningKey>,
}

impl Twin {
    fn of(pkcs8: Vec<u8>) -> Result<Self, NoTwin> {
        let signer = signer_of(&pkcs8)?;
        let public = signer.public_key().ok_or(NoTwin)?.as_ref().to_vec();
        Ok(Self { pkcs8, public, signer })
    }

    fn rsa(bits: usize) -> Result<Self, NoTwin> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => return Err(NoTwin),
        };
        let key = aws_lc_rs::rsa::KeyPair::generate(size).map_err(|_| NoTwin)?;
        let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| NoTwin)?;
        Self::of(der.as_ref().to_vec())
    }

    fn ec(bits: usize) -> Result<Self, NoTwin> {
        let algorithm = match bits {
            256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            _ => return Err(NoTwin),
        };
        let key = EcdsaKeyPair::generate(algorithm).map_err(|_| NoTwin)?;
        Self::of(key.to_pkcs8v1().map_err(|_| NoTwin)?.as_ref().to_vec())
    }
}

fn signer_of(pkcs8: &[u8]) -> Result<Arc<dyn SigningKey>, NoTwin> {
    any_supported_type(&PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pkcs8.to_vec()))).map_err(|_| NoTwin)
}

/// The public key of a private one.
pub(super) fn public_of(pkcs8: &[u8]) -> Result<Vec<u8>, NoTwin> {
    Ok(signer_of(pkcs8)?.public_key().ok_or(NoTwin)?.as_ref().to_vec())
}

/// Enters what a certificate tells of its holder.
pub(super) fn discover(der: &[u8], table: &mut Table) {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return };
    for name in [certificate.subject(), certificate.issuer()] {
        for attribute in name.iter_attributes() {
            let Ok(value) = attribute.as_str() else { continue };
            enter_text(table, value);
        }
    }
    if let Ok(Some(names)) = certificate.subject_alternative_name() {
        for name in &names.value.general_names {
            use x509_parser::prelude::GeneralName;
            if let GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) = name
                && !find::is_public_host(text.trim_start_matches("*."))
            {
                enter_text(table, text);
            }
        }
    }
    let serial = certificate.raw_serial();
    if !certificate.is_ca() {
        let twin = twin_of_serial(table.key(), serial);
        for write in [hex_upper, hex_lower, colons, decimal] {
            if !table.knows(&write(serial)) {
                table.enter(Kind::Certificate, &write(serial), write(&twin));
            }
        }
        table.bytes.push((Kind::Certificate, serial.to_vec()));
    }
    if !certificate.is_ca() {
        // From its middle, because each key begins like the others.
        let key = certificate.public_key().subject_public_key.data.as_ref();
        if key.len() >= 64 {
            table.bytes.push((Kind::Key, key[key.len() / 2 - 16..key.len() / 2 + 16].to_vec()));
        }
    }
}

/// Enters a text of a certificate or file, unless an authority or the service itself says it.
pub(super) fn enter_text(table: &mut Table, text: &str) {
    let mut rest = text.to_owned();
    for (kind, secret) in find::secrets(text, Place::Prose) {
        table.stand_in(kind, &secret);
        rest = rest.replace(&secret, "");
    }
    let rest = rest.trim_matches(|letter: char| !letter.is_alphanumeric());
    if !is_authority(rest) && !vocabulary::is_public(rest) {
        table.stand_in(Kind::Name, rest);
    }
}

/// The twin of a serial number of a certificate that was seen.
pub(super) fn known_serial(table: &Table, serial: &[u8]) -> Option<Vec<u8>> {
    let is_known = table.bytes.iter().any(|(kind, bytes)| *kind == Kind::Certificate && bytes == serial);
    is_known.then(|| twin_of_serial(table.key(), serial))
}

fn twin_of_serial(key: &Key, serial: &[u8]) -> Vec<u8> {
    let mut twin = key.chance(&[b"serial", serial]).bytes(serial.len());
    if let Some(first) = twin.first_mut() {
        // Positive, and as long as the other.
        *first = match serial[0] {
            0 => 0,
            _ => *first % 0x7f + 1,
        };
    }
    if twin.first() == Some(&0) && twin.len() > 1 {
        twin[1] |= 0x80;
    }
    twin
}

fn hex_upper(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn hex_lower(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn colons(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn decimal(bytes: &[u8]) -> String {
    let mut digits = vec![0_u8];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) * 256;
            *digit = (carry % 10) as u8;
            carry /= 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

impl Twins {
    /// Makes the keys of these certificates, so that their identifiers are known before one names the other.
    pub(super) fn prepare(&mut self, certificates: &[Vec<u8>]) -> Result<(), NoTwin> {
        for der in certificates {
            let (_, certificate) = X509Certificate::from_der(der).map_err(|_| NoTwin)?;
            let public = certificate.public_key().raw;
            if !self.keys.contains_key(public) {
                let twin = match certificate.public_key().parsed() {
                    Ok(PublicKey::RSA(key)) => Twin::rsa(key.key_size().div_ceil(8) * 8)?,
                    Ok(PublicKey::EC(point)) => Twin::ec(point.key_size())?,
                    _ => return Err(NoTwin),
                };
                self.keys.insert(public.to_vec(), twin);
            }
            let twin = self.keys.get(public).ok_or(NoTwin)?;
            let own = key_identifier(public)?;
            let new = key_identifier(&twin.public)?;
            for extension in certificate.extensions() {
                if let x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(identifier) =
                    extension.parsed_extension()
                {
                    let stand_in = match identifier.0 == own {
                        true => new.clone(),
                        // Made in another way: of the same length.
                        false => new.iter().cycle().take(identifier.0.len()).copied().collect(),
                    };
                    self.identifiers.insert(identifier.0.to_vec(), stand_in);
                }
            }
        }
        Ok(())
    }

    /// The twin of a private key; both PKCS #8.
    pub(super) fn key(&self, pkcs8: &[u8]) -> Result<Vec<u8>, NoTwin> {
        let twin = self.keys.get(&public_of(pkcs8)?).ok_or(NoTwin)?;
        Ok(twin.pkcs8.clone())
    }

    /// The twin of something that ties a key to its certificate.
    pub(super) fn local_id(&self, id: &[u8], key: &Key) -> Vec<u8> {
        if id.len() <= 4 {
            return id.to_vec();
        }
        let of_certificate = self
            .certificates
            .iter()
            .find(|(der, _)| Sha1::digest(der).as_slice() == id)
            .map(|(_, twin)| Sha1::digest(twin).to_vec());
        of_certificate
            .or_else(|| self.identifiers.get(id).cloned())
            .unwrap_or_else(|| key.chance(&[b"local id", id]).bytes(id.len()))
    }

    /// The twin of a certificate; those that may have issued it are in `all`, and all are prepared.
    pub(super) fn certificate(
        &mut self,
        der: &[u8],
        all: &[Vec<u8>],
        table: &mut Table,
        rewriter: &Rewriter,
    ) -> Result<Vec<u8>, NoTwin> {
        if let Some(twin) = self.certificates.get(der) {
            return Ok(twin.clone());
        }
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| NoTwin)?;
        let scheme = match certificate.signature_algorithm.oid().to_id_string().as_str() {
            "1.2.840.113549.1.1.11" => SignatureScheme::RSA_PKCS1_SHA256,
            "1.2.840.113549.1.1.12" => SignatureScheme::RSA_PKCS1_SHA384,
            "1.2.840.113549.1.1.13" => SignatureScheme::RSA_PKCS1_SHA512,
            "1.2.840.10045.4.3.2" => SignatureScheme::ECDSA_NISTP256_SHA256,
            "1.2.840.10045.4.3.3" => SignatureScheme::ECDSA_NISTP384_SHA384,
            _ => return Err(NoTwin),
        };
        let mut node = Node::read(der).ok_or(NoTwin)?;
        let [tbs, _, signature] = node.children_mut() else { return Err(NoTwin) };
        let is_ca = certificate.is_ca();
        self.fill_in(tbs, &certificate, is_ca, table, rewriter).ok_or(NoTwin)?;
        let message = tbs.to_der();
        let above = all
            .iter()
            .filter_map(|der| X509Certificate::from_der(der).ok())
            .find(|(_, candidate)| candidate.subject().as_raw() == certificate.issuer().as_raw());
        let signer = match above.and_then(|(_, above)| self.keys.get(above.public_key().raw)) {
            Some(twin) => Arc::clone(&twin.signer),
            None => {
                let is_rsa = format!("{scheme:?}").starts_with("RSA");
                let is_384 = scheme == SignatureScheme::ECDSA_NISTP384_SHA384;
                let twin = if is_rsa { Twin::rsa(2048)? } else { Twin::ec(if is_384 { 384 } else { 256 })? };
                twin.signer
            }
        };
        let signer = signer.choose_scheme(&[scheme]).ok_or(NoTwin)?;
        let signed = signer.sign(&message).map_err(|_| NoTwin)?;
        // No bit of the last byte is unused.
        signature.content = Content::Primitive([&[0], signed.as_slice()].concat());
        let twin = node.to_der();
        self.certificates.insert(der.to_vec(), twin.clone());
        Ok(twin)
    }

    /// Replaces the parts of a certificate that tell something.
    fn fill_in(
        &mut self,
        tbs: &mut Node,
        certificate: &X509Certificate<'_>,
        is_ca: bool,
        table: &mut Table,
        rewriter: &Rewriter,
    ) -> Option<()> {
        let first = usize::from(tbs.children().first()?.tag == 0xa0);
        let parts = tbs.children_mut();
        let serial = parts.get_mut(first)?;
        if serial.tag != INTEGER || parts.len() < first + 6 {
            return None;
        }
        let serial = &mut parts[first];
        if !is_ca {
            let twin = twin_of_serial(table.key(), serial.octets());
            serial.content = Content::Primitive(twin);
        }
        rewrite_name(&mut parts[first + 2], table, rewriter);
        rewrite_name(&mut parts[first + 4], table, rewriter);
        let twin = self.keys.get(certificate.public_key().raw)?;
        parts[first + 5] = Node::read(&twin.public)?;
        if let Content::Constructed(children) = &mut tbs.content {
            // Unique identifiers nobody uses.
            children.retain(|child| !matches!(child.tag, 0x81 | 0x82 | 0xa1 | 0xa2));
        }
        let extensions = tbs.children_mut().iter_mut().find(|part| part.tag == 0xa3);
        if let Some(list) = extensions.and_then(|explicit| explicit.children_mut().first_mut()) {
            for extension in list.children_mut() {
                self.rewrite_extension(extension, table, rewriter)?;
            }
        }
        Some(())
    }

    fn rewrite_extension(
        &mut self,
        extension: &mut Node,
        table: &mut Table,
        rewriter: &Rewriter,
    ) -> Option<()> {
        let oid = extension.children().first()?.oid()?;
        let value = extension.children_mut().last_mut().filter(|value| value.tag == OCTET_STRING)?;
        let mut inner = match Node::read(value.octets()) {
            Some(inner) => inner,
            None => {
                let bytes = table.key().chance(&[b"extension", value.octets()]).bytes(value.octets().len());
                value.content = Content::Primitive(bytes);
                return Some(());
            }
        };
        match oid.as_str() {
            // Subject key identifier.
            "2.5.29.14" => self.replace_identifier(&mut inner, table),
            // Authority key identifier.
            "2.5.29.35" => {
                for part in inner.children_mut() {
                    match part.tag {
                        0x80 => self.replace_identifier(part, table),
                        0x82 => {
                            if let Some(twin) = known_serial(table, part.octets()) {
                                part.content = Content::Primitive(twin);
                            }
                        }
                        _ => {}
                    }
                }
            }
            // Subject alternative name.
            "2.5.29.17" => {
                for name in inner.children_mut() {
                    match (name.tag, str::from_utf8(name.octets()).map(str::to_owned)) {
                        (0x81 | 0x82 | 0x86, Ok(text)) => {
                            name.content = Content::Primitive(rewriter.text(&text).into_bytes())
                        }
                        _ => name.blur(&mut table.key().chance(&[b"name", name.octets()])),
                    }
                }
            }
            // Usage, constraints, policies, where lists and issuers are.
            "2.5.29.15" | "2.5.29.19" | "2.5.29.37" | "2.5.29.32" | "2.5.29.31" | "2.5.29.30"
            | "1.3.6.1.5.5.7.1.1" => return Some(()),
            _ => inner.blur(&mut table.key().chance(&[b"extension", value.octets()])),
        }
        value.content = Content::Primitive(inner.to_der());
        Some(())
    }

    fn replace_identifier(&mut self, node: &mut Node, table: &Table) {
        let identifier = node.octets().to_vec();
        let key = table.key();
        let stand_in = self
            .identifiers
            .entry(identifier.clone())
            .or_insert_with(|| key.chance(&[b"identifier", &identifier]).bytes(identifier.len()));
        node.content = Content::Primitive(stand_in.clone());
    }
}

/// The usual key identifier: SHA-1 of the key's bits (RFC 5280, 4.2.1.2).
fn key_identifier(public: &[u8]) -> Result<Vec<u8>, NoTwin> {
    let info = Node::read(public).ok_or(NoTwin)?;
    let bits = info.children().get(1).map(Node::octets).filter(|bits| !bits.is_empty()).ok_or(NoTwin)?;
    Ok(Sha1::digest(&bits[1..]).to_vec())
}

/// A distinguished name without what tells of somebody.
fn rewrite_name(name: &mut Node, table: &mut Table, rewriter: &Rewriter) {
    for part in name.children_mut() {
        for attribute in part.children_mut() {
            let Some(value) = attribute.children_mut().last_mut() else { continue };
            if let Some(text) = value.text() {
                value.set_text(&rewrite_text(&text, table, rewriter));
            } else {
                value.blur(&mut table.key().chance(&[b"attribute", value.octets()]));
            }
        }
    }
}

/// A text of a certificate or file without what tells of somebody.
pub(super) fn rewrite_text(text: &str, table: &mut Table, rewriter: &Rewriter) -> String {
    let rewritten = rewriter.text(text);
    match rewritten == text && !is_authority(text) && !vocabulary::is_public(text) {
        true => table.stand_in(Kind::Name, text),
        false => rewritten,
    }
}
