//! Encryption and MACs by a password, as programs use them in PFX files (RFC 7292 C, RFC 8018 6, RFC 9579).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit,
};
use pkcs12::kdf::Pkcs12KeyType;
use rc4::StreamCipher;
use zeroize::Zeroizing;

use crate::pki::ber::{Element, SEQUENCE};
use crate::pki::identity::IdentityError;
use crate::pki::kdf::{Effort, Hash, Kdf, Secret};
use crate::pki::layout::{algorithm, damaged};
use crate::pki::pfx::name;

pub(super) const PBES2: &str = "1.2.840.113549.1.5.13";
pub(super) const PBMAC1: &str = "1.2.840.113549.1.5.14";

/// A cipher, with chaining where it has blocks.
#[derive(Clone, Copy, Debug)]
enum Cipher {
    Des2,
    Des3,
    /// With a key of this many bytes, all of which count.
    Rc2(usize),
    /// With a key of this many bytes.
    Rc4(usize),
    Aes128,
    Aes192,
    Aes256,
    Camellia128,
    Camellia192,
    Camellia256,
    Aria128,
    Aria192,
    Aria256,
    Sm4,
}

/// An encryption by a password with its parameters.
enum Pbe {
    Pkcs12 { cipher: Cipher, salt: Vec<u8>, rounds: u32 },
    Pbes2 { kdf: Kdf, cipher: Cipher, iv: Vec<u8> },
}

/// Decrypts. `None` if the password is another: then the padding comes out wrong.
///
/// # Errors
/// What of the algorithm is not supported or damaged.
pub(crate) fn decrypt(
    algorithm: &Element<'_>,
    data: &[u8],
    secret: &Secret,
    effort: &mut Effort,
) -> Result<Option<Zeroizing<Vec<u8>>>, IdentityError> {
    let Prepared { cipher, key, iv } = Prepared::new(algorithm, secret, effort)?;
    Ok(cipher.decrypt(&key, &iv, data).map(Zeroizing::new))
}

/// Encrypts as [`decrypt`] decrypts.
///
/// # Errors
/// What of the algorithm is not supported or damaged.
pub(crate) fn encrypt(
    algorithm: &Element<'_>,
    data: &[u8],
    secret: &Secret,
    effort: &mut Effort,
) -> Result<Vec<u8>, IdentityError> {
    let Prepared { cipher, key, iv } = Prepared::new(algorithm, secret, effort)?;
    cipher.encrypt(&key, &iv, data).ok_or_else(|| damaged("its encryption has wrong parameters"))
}

/// The cipher of an algorithm, with what it works with.
struct Prepared {
    cipher: Cipher,
    key: Zeroizing<Vec<u8>>,
    iv: Zeroizing<Vec<u8>>,
}

impl Prepared {
    fn new(algorithm: &Element<'_>, secret: &Secret, effort: &mut Effort) -> Result<Self, IdentityError> {
        let (cipher, key, iv) = match Pbe::read(algorithm)? {
            Pbe::Pkcs12 { cipher, salt, rounds } => {
                let mut derive =
                    |purpose, length| Hash::Sha1.pkcs12_key(secret, purpose, &salt, rounds, length, effort);
                let key = derive(Pkcs12KeyType::EncryptionKey, cipher.key_length())?;
                (cipher, key, derive(Pkcs12KeyType::Iv, cipher.block_length())?)
            }
            Pbe::Pbes2 { kdf, cipher, iv } => {
                (cipher, kdf.derive(secret, cipher.key_length(), effort)?, Zeroizing::new(iv))
            }
        };
        if iv.len() != cipher.block_length() {
            return Err(damaged("its initialization vector has a wrong length"));
        }
        Ok(Self { cipher, key, iv })
    }
}

/// Whether a MAC (RFC 7292, 4: MacData) is this message's with this password.
///
/// # Errors
/// What of the algorithm is not supported or damaged.
pub(crate) fn fits(
    mac: &Element<'_>,
    message: &[u8],
    secret: &Secret,
    effort: &mut Effort,
) -> Result<bool, IdentityError> {
    let (hash, key) = mac_key(mac, secret, effort)?;
    let tag = mac.child(0, SEQUENCE).and_then(|info| info.children().get(1)?.octet_string());
    let tag = tag.ok_or_else(|| damaged("its MAC has wrong parameters"))?;
    Ok(hash.is_hmac(&key, message, &tag))
}

/// The MAC of a message with this password and the parameters of another MAC.
///
/// # Errors
/// What of the algorithm is not supported or damaged.
pub(crate) fn mac_like(
    mac: &Element<'_>,
    message: &[u8],
    secret: &Secret,
    effort: &mut Effort,
) -> Result<Vec<u8>, IdentityError> {
    let (hash, key) = mac_key(mac, secret, effort)?;
    Ok(hash.hmac(&key, message))
}

fn mac_key(
    mac: &Element<'_>,
    secret: &Secret,
    effort: &mut Effort,
) -> Result<(Hash, Zeroizing<Vec<u8>>), IdentityError> {
    let bad = || damaged("its MAC has wrong parameters");
    let info = mac.child(0, SEQUENCE).ok_or_else(bad)?;
    let (oid, parameters) = algorithm(info.child(0, SEQUENCE).ok_or_else(bad)?)?;
    if oid == PBMAC1 {
        let parameters = parameters.ok_or_else(bad)?;
        let kdf = Kdf::read(parameters.child(0, SEQUENCE).ok_or_else(bad)?)?;
        let (scheme, _) = algorithm(parameters.child(1, SEQUENCE).ok_or_else(bad)?)?;
        let hash = Hash::of_hmac(&scheme).ok_or_else(|| IdentityError::Unsupported(name(&scheme)))?;
        // RFC 9579, 5: it must be there.
        let length = kdf.length().filter(|length| (1..=1024).contains(length)).ok_or_else(bad)?;
        return Ok((hash, kdf.derive(secret, length, effort)?));
    }
    let unsupported = || IdentityError::Unsupported(format!("a MAC with {}", name(&oid)));
    let hash = Hash::of_digest(&oid).ok_or_else(unsupported)?;
    let salt = mac.children().get(1).and_then(Element::octet_string).ok_or_else(bad)?;
    let rounds = mac.children().get(2).map_or(Some(1), Element::number).ok_or_else(bad)?;
    Ok((hash, hash.pkcs12_key(secret, Pkcs12KeyType::Mac, &salt, rounds, hash.length(), effort)?))
}

impl Pbe {
    fn read(element: &Element<'_>) -> Result<Self, IdentityError> {
        let (oid, parameters) = algorithm(element)?;
        let bad = || damaged("its encryption has wrong parameters");
        let unsupported = |oid: &str| IdentityError::Unsupported(name(oid));
        if oid == PBES2 {
            let parameters = parameters.ok_or_else(bad)?;
            let kdf = Kdf::read(parameters.child(0, SEQUENCE).ok_or_else(bad)?)?;
            let (scheme, iv) = algorithm(parameters.child(1, SEQUENCE).ok_or_else(bad)?)?;
            let cipher = Cipher::of_pbes2(&scheme).ok_or_else(|| unsupported(&scheme))?;
            let iv = iv.and_then(Element::octet_string).ok_or_else(bad)?.into_owned();
            return Ok(Self::Pbes2 { kdf, cipher, iv });
        }
        let cipher = Cipher::of_pkcs12(&oid).ok_or_else(|| unsupported(&oid))?;
        let parameters = parameters.map(Element::children).unwrap_or_default();
        let salt = parameters.first().and_then(Element::octet_string).ok_or_else(bad)?.into_owned();
        let rounds = parameters.get(1).and_then(Element::number).ok_or_else(bad)?;
        Ok(Self::Pkcs12 { cipher, salt, rounds })
    }
}

impl Cipher {
    fn of_pkcs12(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.1.12.1.1" => Self::Rc4(16),
            "1.2.840.113549.1.12.1.2" => Self::Rc4(5),
            "1.2.840.113549.1.12.1.3" => Self::Des3,
            "1.2.840.113549.1.12.1.4" => Self::Des2,
            "1.2.840.113549.1.12.1.5" => Self::Rc2(16),
            "1.2.840.113549.1.12.1.6" => Self::Rc2(5),
            _ => return None,
        })
    }

    fn of_pbes2(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.3.7" => Self::Des3,
            "2.16.840.1.101.3.4.1.2" => Self::Aes128,
            "2.16.840.1.101.3.4.1.22" => Self::Aes192,
            "2.16.840.1.101.3.4.1.42" => Self::Aes256,
            "1.2.392.200011.61.1.1.1.2" => Self::Camellia128,
            "1.2.392.200011.61.1.1.1.3" => Self::Camellia192,
            "1.2.392.200011.61.1.1.1.4" => Self::Camellia256,
            "1.2.410.200046.1.1.2" => Self::Aria128,
            "1.2.410.200046.1.1.7" => Self::Aria192,
            "1.2.410.200046.1.1.12" => Self::Aria256,
            "1.2.156.10197.1.104.2" => Self::Sm4,
            _ => return None,
        })
    }

    fn key_length(self) -> usize {
        match self {
            Self::Rc2(length) | Self::Rc4(length) => length,
            Self::Des2 | Self::Aes128 | Self::Camellia128 | Self::Aria128 | Self::Sm4 => 16,
            Self::Des3 | Self::Aes192 | Self::Camellia192 | Self::Aria192 => 24,
            Self::Aes256 | Self::Camellia256 | Self::Aria256 => 32,
        }
    }

    /// Of a block, and so of the initialization vector.
    fn block_length(self) -> usize {
        match self {
            Self::Rc4(_) => 0,
            Self::Des2 | Self::Des3 | Self::Rc2(_) => 8,
            _ => 16,
        }
    }

    fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Des2 => chained::<des::TdesEde2>(key, iv, data),
            Self::Des3 => chained::<des::TdesEde3>(key, iv, data),
            Self::Rc2(_) => chained::<rc2::Rc2>(key, iv, data),
            Self::Rc4(_) => rc4(key, data),
            Self::Aes128 => chained::<aes::Aes128>(key, iv, data),
            Self::Aes192 => chained::<aes::Aes192>(key, iv, data),
            Self::Aes256 => chained::<aes::Aes256>(key, iv, data),
            Self::Camellia128 => chained::<camellia::Camellia128>(key, iv, data),
            Self::Camellia192 => chained::<camellia::Camellia192>(key, iv, data),
            Self::Camellia256 => chained::<camellia::Camellia256>(key, iv, data),
            Self::Aria128 => chained::<aria::Aria128>(key, iv, data),
            Self::Aria192 => chained::<aria::Aria192>(key, iv, data),
            Self::Aria256 => chained::<aria::Aria256>(key, iv, data),
            Self::Sm4 => chained::<sm4::Sm4>(key, iv, data),
        }
    }

    fn encrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Des2 => enchained::<des::TdesEde2>(key, iv, data),
            Self::Des3 => enchained::<des::TdesEde3>(key, iv, data),
            Self::Rc2(_) => enchained::<rc2::Rc2>(key, iv, data),
            Self::Rc4(_) => rc4(key, data),
            Self::Aes128 => enchained::<aes::Aes128>(key, iv, data),
            Self::Aes192 => enchained::<aes::Aes192>(key, iv, data),
            Self::Aes256 => enchained::<aes::Aes256>(key, iv, data),
            Self::Camellia128 => enchained::<camellia::Camellia128>(key, iv, data),
            Self::Camellia192 => enchained::<camellia::Camellia192>(key, iv, data),
            Self::Camellia256 => enchained::<camellia::Camellia256>(key, iv, data),
            Self::Aria128 => enchained::<aria::Aria128>(key, iv, data),
            Self::Aria192 => enchained::<aria::Aria192>(key, iv, data),
            Self::Aria256 => enchained::<aria::Aria256>(key, iv, data),
            Self::Sm4 => enchained::<sm4::Sm4>(key, iv, data),
        }
    }
}

fn chained<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let cipher = cbc::Decryptor::<C>::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded_vec::<Pkcs7>(data).ok()
}

fn enchained<C: BlockCipherEncrypt + KeyInit>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let cipher = cbc::Encryptor::<C>::new_from_slices(key, iv).ok()?;
    Some(cipher.encrypt_padded_vec::<Pkcs7>(data))
}

fn rc4(key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut out = data.to_vec();
    rc4::Rc4::new_from_slice(key).ok()?.apply_keystream(&mut out);
    Some(out)
}
