//! What protects a PFX file, as far as it can be read without the password.

use crate::pki::ber::{Element, SEQUENCE};
use crate::pki::identity::IdentityError;
use crate::pki::kdf::Kdf;
use crate::pki::layout::{Content, Pfx, algorithm, bags, contents, damaged};
use crate::pki::pbe::{PBES2, PBMAC1};

/// The algorithms of a PFX file. They decide which systems can import it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PfxAlgorithms {
    /// What encrypts the private key; empty if it hides behind another encryption.
    pub key: Vec<Protection>,
    /// What encrypts the certificates; empty if they are not encrypted.
    pub certificates: Vec<Protection>,
    /// The hash of the MAC, such as `SHA-1`; none if the file has no MAC.
    pub mac: Option<Protection>,
}

/// One algorithm with its iteration count.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Protection {
    /// Its usual name, or the OID if it has none.
    pub algorithm: String,
    /// How often the key derivation goes round.
    pub iterations: Option<u32>,
}

pub(crate) const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
pub(crate) const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";

const NAMES: [(&str, &str); 46] = [
    ("1.2.840.113549.1.12.1.1", "PBE-SHA1-RC4-128"),
    ("1.2.840.113549.1.12.1.2", "PBE-SHA1-RC4-40"),
    ("1.2.840.113549.1.12.1.3", "PBE-SHA1-3DES"),
    ("1.2.840.113549.1.12.1.4", "PBE-SHA1-2DES"),
    ("1.2.840.113549.1.12.1.5", "PBE-SHA1-RC2-128"),
    ("1.2.840.113549.1.12.1.6", "PBE-SHA1-RC2-40"),
    ("1.2.840.113549.1.5.3", "PBES1-MD5-DES"),
    ("1.2.840.113549.1.5.6", "PBES1-MD5-RC2"),
    ("1.2.840.113549.1.5.10", "PBES1-SHA1-DES"),
    ("1.2.840.113549.1.5.11", "PBES1-SHA1-RC2"),
    ("1.2.840.113549.1.5.12", "PBKDF2"),
    ("1.2.840.113549.1.5.13", "PBES2"),
    ("1.2.840.113549.1.5.14", "PBMAC1"),
    ("1.2.840.113549.2.5", "MD5"),
    ("1.3.14.3.2.26", "SHA-1"),
    ("2.16.840.1.101.3.4.2.4", "SHA-224"),
    ("2.16.840.1.101.3.4.2.1", "SHA-256"),
    ("2.16.840.1.101.3.4.2.2", "SHA-384"),
    ("2.16.840.1.101.3.4.2.3", "SHA-512"),
    ("2.16.840.1.101.3.4.2.5", "SHA-512/224"),
    ("2.16.840.1.101.3.4.2.6", "SHA-512/256"),
    ("2.16.840.1.101.3.4.2.7", "SHA3-224"),
    ("2.16.840.1.101.3.4.2.8", "SHA3-256"),
    ("2.16.840.1.101.3.4.2.9", "SHA3-384"),
    ("2.16.840.1.101.3.4.2.10", "SHA3-512"),
    ("1.3.6.1.4.1.11591.4.11", "scrypt"),
    ("1.3.14.3.2.7", "DES"),
    ("1.2.840.113549.3.2", "RC2"),
    ("1.2.840.113549.3.4", "RC4"),
    ("1.2.840.113549.3.7", "3DES"),
    ("2.16.840.1.101.3.4.1.2", "AES-128"),
    ("2.16.840.1.101.3.4.1.22", "AES-192"),
    ("2.16.840.1.101.3.4.1.42", "AES-256"),
    ("2.16.840.1.101.3.4.1.6", "AES-128-GCM"),
    ("2.16.840.1.101.3.4.1.46", "AES-256-GCM"),
    ("1.2.392.200011.61.1.1.1.2", "Camellia-128"),
    ("1.2.392.200011.61.1.1.1.3", "Camellia-192"),
    ("1.2.392.200011.61.1.1.1.4", "Camellia-256"),
    ("1.2.410.200046.1.1.2", "ARIA-128"),
    ("1.2.410.200046.1.1.7", "ARIA-192"),
    ("1.2.410.200046.1.1.12", "ARIA-256"),
    ("1.2.156.10197.1.104.2", "SM4"),
    ("1.2.643.2.2.21", "GOST 28147-89"),
    ("1.2.410.200004.1.4", "SEED"),
    ("1.2.840.113549.1.7.2", "a signature in the place of a password (SignedData)"),
    ("1.2.840.113549.1.7.3", "a certificate in the place of a password (EnvelopedData)"),
];

impl PfxAlgorithms {
    /// Reads the algorithms of a PFX file without opening it.
    pub fn of(bytes: &[u8]) -> Result<Self, IdentityError> {
        let pfx = Pfx::read(bytes)?;
        let mut found = Self { key: Vec::new(), certificates: Vec::new(), mac: None };
        if let Some(mac) = pfx.mac() {
            found.mac = Some(mac_protection(mac)?);
        }
        let safe = pfx.safe()?;
        for content in contents(&Element::first(&safe).map_err(damaged)?)? {
            match content {
                Content::Encrypted { algorithm, .. } => found.certificates.push(protection(algorithm)?),
                Content::Plain(octets) => found.look_for_keys(&octets)?,
                Content::Other(kind) => {
                    found.certificates.push(Protection { algorithm: name(&kind), iterations: None });
                }
            }
        }
        Ok(found)
    }

    /// Whether Windows 8.1, Windows 10 before version 1709 and Windows Server 2016 can import the file. They know no
    /// PBES2, and report such a file as having a wrong password.
    pub fn windows_8_1_can_import(&self) -> bool {
        let old = |p: &Protection| p.algorithm == "none" || p.algorithm.starts_with("PBE-SHA1-");
        self.key.iter().all(old)
            && self.certificates.iter().all(old)
            && self.mac.as_ref().is_none_or(|mac| mac.algorithm == "SHA-1")
    }

    /// Whether OpenSSL 3 opens the file without its legacy provider.
    pub fn openssl_3_can_open(&self) -> bool {
        let legacy = |protection: &&Protection| {
            let name = &protection.algorithm;
            name.contains("RC2") || name.contains("RC4") || name.starts_with("PBES1-") || name == "PBES2-DES"
        };
        !self.key.iter().chain(&self.certificates).any(|protection| legacy(&protection))
    }

    fn look_for_keys(&mut self, octets: &[u8]) -> Result<(), IdentityError> {
        for bag in bags(&Element::first(octets).map_err(damaged)?)? {
            match bag.kind.as_str() {
                SHROUDED_KEY_BAG => {
                    let algorithm = bag.value.child(0, SEQUENCE);
                    let algorithm = algorithm.ok_or_else(|| damaged("its key is made up differently"))?;
                    self.key.push(protection(algorithm)?);
                }
                KEY_BAG => self.key.push(Protection { algorithm: "none".into(), iterations: None }),
                _ => {}
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.iterations {
            Some(iterations) => write!(f, "{} ({iterations})", self.algorithm),
            None => f.write_str(&self.algorithm),
        }
    }
}

fn protection(element: &Element<'_>) -> Result<Protection, IdentityError> {
    let (oid, parameters) = algorithm(element)?;
    if oid != PBES2 {
        let iterations = parameters.and_then(|parameters| parameters.children().get(1)?.number());
        return Ok(Protection { algorithm: name(&oid), iterations });
    }
    let parts =
        parameters.and_then(|parameters| parameters.child(0, SEQUENCE).zip(parameters.child(1, SEQUENCE)));
    let (kdf, cipher) = parts.ok_or_else(|| damaged("its encryption has wrong parameters"))?;
    let (cipher, _) = algorithm(cipher)?;
    let iterations = Kdf::read(kdf).ok().and_then(|kdf| kdf.rounds());
    Ok(Protection { algorithm: format!("PBES2-{}", name(&cipher)), iterations })
}

fn mac_protection(mac: &Element<'_>) -> Result<Protection, IdentityError> {
    let digest = mac.child(0, SEQUENCE).and_then(|info| info.child(0, SEQUENCE));
    let (oid, parameters) = algorithm(digest.ok_or_else(|| damaged("its MAC has wrong parameters"))?)?;
    let iterations = match oid.as_str() {
        // The count beside it means nothing then (RFC 9579, 4).
        PBMAC1 => {
            let kdf = parameters.and_then(|parameters| parameters.child(0, SEQUENCE));
            kdf.and_then(|kdf| Kdf::read(kdf).ok()?.rounds())
        }
        _ => mac.children().get(2).map_or(Some(1), Element::number),
    };
    Ok(Protection { algorithm: name(&oid), iterations })
}

/// The usual name of an algorithm, or its object identifier.
pub(super) fn name(oid: &str) -> String {
    NAMES.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| name).to_owned()
}
