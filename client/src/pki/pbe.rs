//! Encryption and MACs by a password, as programs use them in PFX files (RFC 7292 C, RFC 8018 6, RFC 9579).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit,
    StreamCipher,
};
use pkcs12::kdf::Pkcs12KeyType;
use zeroize::Zeroizing;

use crate::pki::ber::{Element, SEQUENCE};
use crate::pki::identity::IdentityError;
use crate::pki::kdf::{Effort, Hash, Kdf, Secret};
use crate::pki::layout::{algorithm, damaged};
use crate::pki::pfx::name;

pub(super) const PBES2: &str = "1.2.840.113549.1.5.13";
pub(super) const PBMAC1: &str = "1.2.840.113549.1.5.14";

/// A cipher of a stream, or of blocks in a mode of operation.
#[derive(Clone, Copy, Debug)]
enum Cipher {
    /// With a key of this many bytes.
    Rc4(usize),
    Blocks(Block, Mode),
}

#[derive(Clone, Copy, Debug)]
enum Block {
    Des2,
    Des3,
    /// With a key of this many bytes, all of which count.
    Rc2(usize),
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

/// How blocks follow each other (NIST SP 800-38A).
#[derive(Clone, Copy, Debug)]
enum Mode {
    Ecb,
    Cbc,
    /// With segments of a whole block.
    Cfb,
    Ofb,
    Ctr,
}

/// Runs an expression with the type of a cipher: one for blocks of 8 bytes, and one for those of 16.
macro_rules! with_block {
    (@ $block:expr, $C:ident, $($arm:pat => $type:ty: $body:expr),*) => {
        match $block {
            $($arm => { type $C = $type; $body })*
        }
    };
    ($block:expr, $C:ident => $narrow:expr, $wide:expr) => {
        with_block!(@ $block, $C,
            Block::Des2 => des::TdesEde2: $narrow, Block::Des3 => des::TdesEde3: $narrow,
            Block::Rc2(_) => rc2::Rc2: $narrow, Block::Aes128 => aes::Aes128: $wide,
            Block::Aes192 => aes::Aes192: $wide, Block::Aes256 => aes::Aes256: $wide,
            Block::Camellia128 => camellia::Camellia128: $wide, Block::Camellia192 => camellia::Camellia192: $wide,
            Block::Camellia256 => camellia::Camellia256: $wide, Block::Aria128 => aria::Aria128: $wide,
            Block::Aria192 => aria::Aria192: $wide, Block::Aria256 => aria::Aria256: $wide,
            Block::Sm4 => sm4::Sm4: $wide)
    };
}

/// The encryption schemes of PBES2. RFC 8018 names the first few; OpenSSL writes all of them.
const SCHEMES: [(&str, Block, Mode); 49] = [
    ("1.2.840.113549.3.7", Block::Des3, Mode::Cbc),
    ("1.3.14.3.2.17", Block::Des2, Mode::Ecb),
    ("2.16.840.1.101.3.4.1.1", Block::Aes128, Mode::Ecb),
    ("2.16.840.1.101.3.4.1.2", Block::Aes128, Mode::Cbc),
    ("2.16.840.1.101.3.4.1.3", Block::Aes128, Mode::Ofb),
    ("2.16.840.1.101.3.4.1.4", Block::Aes128, Mode::Cfb),
    ("2.16.840.1.101.3.4.1.21", Block::Aes192, Mode::Ecb),
    ("2.16.840.1.101.3.4.1.22", Block::Aes192, Mode::Cbc),
    ("2.16.840.1.101.3.4.1.23", Block::Aes192, Mode::Ofb),
    ("2.16.840.1.101.3.4.1.24", Block::Aes192, Mode::Cfb),
    ("2.16.840.1.101.3.4.1.41", Block::Aes256, Mode::Ecb),
    ("2.16.840.1.101.3.4.1.42", Block::Aes256, Mode::Cbc),
    ("2.16.840.1.101.3.4.1.43", Block::Aes256, Mode::Ofb),
    ("2.16.840.1.101.3.4.1.44", Block::Aes256, Mode::Cfb),
    ("0.3.4401.5.3.1.9.1", Block::Camellia128, Mode::Ecb),
    ("1.2.392.200011.61.1.1.1.2", Block::Camellia128, Mode::Cbc),
    ("0.3.4401.5.3.1.9.3", Block::Camellia128, Mode::Ofb),
    ("0.3.4401.5.3.1.9.4", Block::Camellia128, Mode::Cfb),
    ("0.3.4401.5.3.1.9.9", Block::Camellia128, Mode::Ctr),
    ("0.3.4401.5.3.1.9.21", Block::Camellia192, Mode::Ecb),
    ("1.2.392.200011.61.1.1.1.3", Block::Camellia192, Mode::Cbc),
    ("0.3.4401.5.3.1.9.23", Block::Camellia192, Mode::Ofb),
    ("0.3.4401.5.3.1.9.24", Block::Camellia192, Mode::Cfb),
    ("0.3.4401.5.3.1.9.29", Block::Camellia192, Mode::Ctr),
    ("0.3.4401.5.3.1.9.41", Block::Camellia256, Mode::Ecb),
    ("1.2.392.200011.61.1.1.1.4", Block::Camellia256, Mode::Cbc),
    ("0.3.4401.5.3.1.9.43", Block::Camellia256, Mode::Ofb),
    ("0.3.4401.5.3.1.9.44", Block::Camellia256, Mode::Cfb),
    ("0.3.4401.5.3.1.9.49", Block::Camellia256, Mode::Ctr),
    ("1.2.410.200046.1.1.1", Block::Aria128, Mode::Ecb),
    ("1.2.410.200046.1.1.2", Block::Aria128, Mode::Cbc),
    ("1.2.410.200046.1.1.3", Block::Aria128, Mode::Cfb),
    ("1.2.410.200046.1.1.4", Block::Aria128, Mode::Ofb),
    ("1.2.410.200046.1.1.5", Block::Aria128, Mode::Ctr),
    ("1.2.410.200046.1.1.6", Block::Aria192, Mode::Ecb),
    ("1.2.410.200046.1.1.7", Block::Aria192, Mode::Cbc),
    ("1.2.410.200046.1.1.8", Block::Aria192, Mode::Cfb),
    ("1.2.410.200046.1.1.9", Block::Aria192, Mode::Ofb),
    ("1.2.410.200046.1.1.10", Block::Aria192, Mode::Ctr),
    ("1.2.410.200046.1.1.11", Block::Aria256, Mode::Ecb),
    ("1.2.410.200046.1.1.12", Block::Aria256, Mode::Cbc),
    ("1.2.410.200046.1.1.13", Block::Aria256, Mode::Cfb),
    ("1.2.410.200046.1.1.14", Block::Aria256, Mode::Ofb),
    ("1.2.410.200046.1.1.15", Block::Aria256, Mode::Ctr),
    ("1.2.156.10197.1.104.1", Block::Sm4, Mode::Ecb),
    ("1.2.156.10197.1.104.2", Block::Sm4, Mode::Cbc),
    ("1.2.156.10197.1.104.3", Block::Sm4, Mode::Ofb),
    ("1.2.156.10197.1.104.4", Block::Sm4, Mode::Cfb),
    ("1.2.156.10197.1.104.7", Block::Sm4, Mode::Ctr),
];

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
                (cipher, key, derive(Pkcs12KeyType::Iv, cipher.iv_length())?)
            }
            Pbe::Pbes2 { kdf, cipher, iv } => {
                (cipher, kdf.derive(secret, cipher.key_length(), effort)?, Zeroizing::new(iv))
            }
        };
        if iv.len() != cipher.iv_length() {
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
            // Where none is needed there is NULL, nothing, or a string without bytes.
            let iv = match (cipher.iv_length(), iv.and_then(Element::octet_string)) {
                (0, None) => Vec::new(),
                (_, iv) => iv.ok_or_else(bad)?.into_owned(),
            };
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
    /// Those of RFC 7292, C.
    fn of_pkcs12(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.1.12.1.1" => Self::Rc4(16),
            "1.2.840.113549.1.12.1.2" => Self::Rc4(5),
            "1.2.840.113549.1.12.1.3" => Self::Blocks(Block::Des3, Mode::Cbc),
            "1.2.840.113549.1.12.1.4" => Self::Blocks(Block::Des2, Mode::Cbc),
            "1.2.840.113549.1.12.1.5" => Self::Blocks(Block::Rc2(16), Mode::Cbc),
            "1.2.840.113549.1.12.1.6" => Self::Blocks(Block::Rc2(5), Mode::Cbc),
            _ => return None,
        })
    }

    fn of_pbes2(oid: &str) -> Option<Self> {
        let scheme = SCHEMES.iter().find(|(known, ..)| *known == oid);
        scheme.map(|(_, block, mode)| Self::Blocks(*block, *mode))
    }

    fn key_length(self) -> usize {
        match self {
            Self::Rc4(length) => length,
            Self::Blocks(block, _) => block.key_length(),
        }
    }

    /// Of the initialization vector: nothing or a block.
    fn iv_length(self) -> usize {
        match self {
            Self::Rc4(_) | Self::Blocks(_, Mode::Ecb) => 0,
            Self::Blocks(Block::Des2 | Block::Des3 | Block::Rc2(_), _) => 8,
            Self::Blocks(..) => 16,
        }
    }

    fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rc4(_) => rc4(key, data),
            Self::Blocks(block, mode) => with_block!(block, C => mode.decrypt::<C>(key, iv, data), {
                match mode {
                    Mode::Ofb => streamed(ofb::Ofb::<C>::new_from_slices(key, iv).ok()?, data),
                    Mode::Ctr => streamed(ctr::Ctr128BE::<C>::new_from_slices(key, iv).ok()?, data),
                    mode => mode.decrypt::<C>(key, iv, data),
                }
            }),
        }
    }

    fn encrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        match self {
            // What goes into their key streams is the same for both ways.
            Self::Rc4(_) | Self::Blocks(_, Mode::Ofb | Mode::Ctr) => self.decrypt(key, iv, data),
            Self::Blocks(block, mode) => {
                with_block!(block, C => mode.encrypt::<C>(key, iv, data), mode.encrypt::<C>(key, iv, data))
            }
        }
    }
}

impl Block {
    fn key_length(self) -> usize {
        match self {
            Self::Rc2(length) => length,
            Self::Des2 | Self::Aes128 | Self::Camellia128 | Self::Aria128 | Self::Sm4 => 16,
            Self::Des3 | Self::Aes192 | Self::Camellia192 | Self::Aria192 => 24,
            Self::Aes256 | Self::Camellia256 | Self::Aria256 => 32,
        }
    }
}

impl Mode {
    /// With blocks of any length. The key streams of the other modes are for those of 16 bytes.
    fn decrypt<C>(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>>
    where
        C: BlockCipherDecrypt + BlockCipherEncrypt + KeyInit,
    {
        match self {
            Self::Ecb => {
                ecb::Decryptor::<C>::new_from_slice(key).ok()?.decrypt_padded_vec::<Pkcs7>(data).ok()
            }
            Self::Cbc => {
                cbc::Decryptor::<C>::new_from_slices(key, iv).ok()?.decrypt_padded_vec::<Pkcs7>(data).ok()
            }
            Self::Cfb => {
                let mut out = data.to_vec();
                cfb_mode::BufDecryptor::<C>::new_from_slices(key, iv).ok()?.decrypt(&mut out);
                Some(out)
            }
            Self::Ofb | Self::Ctr => None,
        }
    }

    fn encrypt<C: BlockCipherEncrypt + KeyInit>(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Ecb => {
                Some(ecb::Encryptor::<C>::new_from_slice(key).ok()?.encrypt_padded_vec::<Pkcs7>(data))
            }
            Self::Cbc => {
                Some(cbc::Encryptor::<C>::new_from_slices(key, iv).ok()?.encrypt_padded_vec::<Pkcs7>(data))
            }
            Self::Cfb => {
                let mut out = data.to_vec();
                cfb_mode::BufEncryptor::<C>::new_from_slices(key, iv).ok()?.encrypt(&mut out);
                Some(out)
            }
            Self::Ofb | Self::Ctr => None,
        }
    }
}

fn rc4(key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    streamed(rc4::Rc4::new_from_slice(key).ok()?, data)
}

fn streamed(mut cipher: impl StreamCipher, data: &[u8]) -> Option<Vec<u8>> {
    let mut out = data.to_vec();
    cipher.apply_keystream(&mut out);
    Some(out)
}
