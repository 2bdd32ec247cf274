//! What protects a PFX file, as far as it can be read without the password.

use cms::encrypted_data::EncryptedData;
use der::asn1::{ContextSpecific, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use pkcs12::pbe_params::{EncryptedPrivateKeyInfo, Pbes2Params, Pbkdf2Params, Pkcs12PbeParams};
use pkcs12::{AuthenticatedSafe, Pfx, safe_bag::SafeContents};

use crate::pki::ber;
use crate::pki::identity::IdentityError;

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

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");

const NAMES: [(&str, &str); 14] = [
    ("1.2.840.113549.1.12.1.3", "PBE-SHA1-3DES"),
    ("1.2.840.113549.1.12.1.4", "PBE-SHA1-2DES"),
    ("1.2.840.113549.1.12.1.5", "PBE-SHA1-RC2-128"),
    ("1.2.840.113549.1.12.1.6", "PBE-SHA1-RC2-40"),
    ("1.3.14.3.2.26", "SHA-1"),
    ("2.16.840.1.101.3.4.2.1", "SHA-256"),
    ("2.16.840.1.101.3.4.2.2", "SHA-384"),
    ("2.16.840.1.101.3.4.2.3", "SHA-512"),
    ("1.2.840.113549.1.5.14", "PBMAC1"),
    ("2.16.840.1.101.3.4.1.2", "AES-128"),
    ("2.16.840.1.101.3.4.1.22", "AES-192"),
    ("2.16.840.1.101.3.4.1.42", "AES-256"),
    ("1.2.840.113549.3.7", "3DES"),
    ("1.2.840.113549.2.9", "HMAC-SHA-256"),
];

impl PfxAlgorithms {
    /// Reads the algorithms of a PFX file without opening it.
    pub fn of(bytes: &[u8]) -> Result<Self, IdentityError> {
        Self::read(bytes).map_err(|error| IdentityError::NotPfx(error.to_string()))
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
        let legacy = |protection: &&Protection| protection.algorithm.contains("RC2");
        !self.key.iter().chain(&self.certificates).any(|protection| legacy(&protection))
    }

    fn read(bytes: &[u8]) -> der::Result<Self> {
        let pfx = lenient::<Pfx>(bytes)?;
        let mut found = Self { key: Vec::new(), certificates: Vec::new(), mac: None };
        found.mac = pfx.mac_data.as_ref().map(|mac| Protection {
            algorithm: name(&mac.mac.algorithm.oid),
            iterations: u32::try_from(mac.iterations).ok(),
        });
        let safe = OctetString::from_der(&pfx.auth_safe.content.to_der()?)?;
        for content in lenient::<AuthenticatedSafe<'_>>(safe.as_bytes())? {
            let inner = content.content.to_der()?;
            if content.content_type != DATA {
                let encrypted = EncryptedData::from_der(&inner)?;
                found.certificates.push(protection(&encrypted.enc_content_info.content_enc_alg)?);
                continue;
            }
            for bag in SafeContents::from_der(OctetString::from_der(&inner)?.as_bytes())? {
                if bag.bag_id == SHROUDED_KEY_BAG {
                    let key: ContextSpecific<EncryptedPrivateKeyInfo> =
                        ContextSpecific::from_der(&bag.bag_value)?;
                    found.key.push(protection(&key.value.encryption_algorithm)?);
                } else if bag.bag_id == KEY_BAG {
                    found.key.push(Protection { algorithm: "none".into(), iterations: None });
                }
            }
        }
        Ok(found)
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

/// Reads DER, or else BER.
fn lenient<T: for<'bytes> Decode<'bytes, Error = der::Error>>(bytes: &[u8]) -> der::Result<T> {
    T::from_der(bytes).or_else(|error| match ber::to_der(bytes) {
        Some(der) => T::from_der(&der),
        None => Err(error),
    })
}

fn protection(algorithm: &cms::cert::x509::spki::AlgorithmIdentifierOwned) -> der::Result<Protection> {
    let parameters = match &algorithm.parameters {
        Some(parameters) => parameters.to_der()?,
        None => Vec::new(),
    };
    if algorithm.oid != PBES2 {
        let iterations = Pkcs12PbeParams::from_der(&parameters).ok();
        let iterations = iterations.and_then(|parameters| u32::try_from(parameters.iterations).ok());
        return Ok(Protection { algorithm: name(&algorithm.oid), iterations });
    }
    let parameters = Pbes2Params::from_der(&parameters)?;
    let kdf = match &parameters.kdf.parameters {
        Some(kdf) => Pbkdf2Params::from_der(&kdf.to_der()?).ok(),
        None => None,
    };
    Ok(Protection {
        algorithm: format!("PBES2-{}", name(&parameters.encryption.oid)),
        iterations: kdf.map(|kdf| kdf.iteration_count),
    })
}

fn name(oid: &ObjectIdentifier) -> String {
    let oid = oid.to_string();
    NAMES.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| (*name).to_owned())
}
