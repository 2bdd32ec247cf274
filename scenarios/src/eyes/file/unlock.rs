//! What a password does in a PFX file: it makes keys for encryption and for the MAC (RFC 7292, 8018, 9579).

use std::borrow::Cow;

use aes::{Aes128, Aes192, Aes256};
use aria::{Aria128, Aria192, Aria256};
use camellia::{Camellia128, Camellia192, Camellia256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::consts::U16;
use cbc::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockSizeUser, KeyInit, KeyIvInit, StreamCipher,
};
use des::{TdesEde2, TdesEde3};
use hmac::{Mac, SimpleHmac};
use md5::Md5;
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use rc2::Rc2;
use rc4::Rc4;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};
use sm4::Sm4;

use super::ber::{OCTET_STRING, SEQUENCE, Value};
use super::flaw::Flaw;

const PBES2: &str = "1.2.840.113549.1.5.13";
const PBMAC1: &str = "1.2.840.113549.1.5.14";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const SCRYPT: &str = "1.3.6.1.4.1.11591.4.11";
const HMAC_SHA1: &str = "1.2.840.113549.2.7";
/// Ciphers of blocks, those that take several lengths of keys with that length.
enum Family {
    Des2,
    Des3,
    Aes(usize),
    Camellia(usize),
    Aria(usize),
    Sm4,
}

/// How blocks are tied together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ecb,
    Cbc,
    Cfb,
    Ofb,
    Ctr,
}

/// A password as algorithms take it.
pub(super) struct Writing<'p> {
    /// RFC 8018.
    text: &'p [u8],
    /// RFC 7292, B.1, with surrogates for what lies beyond U+FFFF.
    wide: Vec<u8>,
}

/// Rounds of a hash that a file may still ask for.
pub(super) struct Work(u64);

/// Evaluates an expression with the hash that an object identifier of a digest or of an HMAC names.
macro_rules! by_hash {
    ($oid:expr, $H:ident => $body:expr) => {
        match $oid {
            "1.2.840.113549.2.5" | "1.2.840.113549.2.6" => Ok({
                type $H = Md5;
                $body
            }),
            "1.3.14.3.2.26" | HMAC_SHA1 => Ok({
                type $H = Sha1;
                $body
            }),
            "2.16.840.1.101.3.4.2.4" | "1.2.840.113549.2.8" => Ok({
                type $H = Sha224;
                $body
            }),
            "2.16.840.1.101.3.4.2.1" | "1.2.840.113549.2.9" => Ok({
                type $H = Sha256;
                $body
            }),
            "2.16.840.1.101.3.4.2.2" | "1.2.840.113549.2.10" => Ok({
                type $H = Sha384;
                $body
            }),
            "2.16.840.1.101.3.4.2.3" | "1.2.840.113549.2.11" => Ok({
                type $H = Sha512;
                $body
            }),
            "2.16.840.1.101.3.4.2.5" | "1.2.840.113549.2.12" => Ok({
                type $H = Sha512_224;
                $body
            }),
            "2.16.840.1.101.3.4.2.6" | "1.2.840.113549.2.13" => Ok({
                type $H = Sha512_256;
                $body
            }),
            "2.16.840.1.101.3.4.2.7" | "2.16.840.1.101.3.4.2.13" => Ok({
                type $H = Sha3_224;
                $body
            }),
            "2.16.840.1.101.3.4.2.8" | "2.16.840.1.101.3.4.2.14" => Ok({
                type $H = Sha3_256;
                $body
            }),
            "2.16.840.1.101.3.4.2.9" | "2.16.840.1.101.3.4.2.15" => Ok({
                type $H = Sha3_384;
                $body
            }),
            "2.16.840.1.101.3.4.2.10" | "2.16.840.1.101.3.4.2.16" => Ok({
                type $H = Sha3_512;
                $body
            }),
            "1.3.36.3.2.1" => Ok({
                type $H = ripemd::Ripemd160;
                $body
            }),
            "1.2.156.10197.1.401" => Ok({
                type $H = sm3::Sm3;
                $body
            }),
            "1.3.6.1.4.1.1722.12.2.1.16" => Ok({
                type $H = blake2::Blake2b512;
                $body
            }),
            "1.3.6.1.4.1.1722.12.2.2.8" => Ok({
                type $H = blake2::Blake2s256;
                $body
            }),
            other => Err(unknown("hash", other)),
        }
    };
}

impl<'p> Writing<'p> {
    /// All writings of a password: programs write the empty one in two ways.
    pub(super) fn all(password: &'p str) -> Vec<Self> {
        let mut wide: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
        wide.extend([0, 0]);
        let text = password.as_bytes();
        let mut all = vec![Self { text, wide }];
        if password.is_empty() {
            all.push(Self { text, wide: Vec::new() });
        }
        all
    }
}

impl Default for Work {
    fn default() -> Self {
        Self(Self::ALL)
    }
}

impl Work {
    /// Enough for a file with a million rounds for each of its parts.
    const ALL: u64 = 10_000_000;

    fn take(&mut self, rounds: u64, outputs: usize) -> Result<u32, Flaw> {
        let needed = rounds.saturating_mul(outputs.max(1) as u64);
        match self.0.checked_sub(needed) {
            Some(left) if rounds > 0 => {
                self.0 = left;
                Ok(u32::try_from(rounds).expect("ALL is less"))
            }
            Some(_) => Err(Flaw::new("a PFX file whose password goes no round")),
            None => Err(Flaw::new(format!("a PFX file that takes more than {} rounds to open", Self::ALL))),
        }
    }
}

/// Decrypts; `None` if the padding is not what this password would leave.
///
/// # Errors
/// If the algorithm isn't known, or its parameters are damaged.
pub(super) fn decrypt(
    algorithm: Value<'_>,
    data: &[u8],
    password: &Writing<'_>,
    work: &mut Work,
) -> Result<Option<Vec<u8>>, Flaw> {
    let (oid, parameters) = named(Some(algorithm))?;
    let parameters = parameters.ok_or_else(damaged)?;
    if oid == PBES2 {
        let named_scheme = parameters.child(1, SEQUENCE);
        let (scheme, _) = named(named_scheme)?;
        let (family, mode) = scheme_of(&scheme).ok_or_else(|| unknown("cipher", &scheme))?;
        let iv = named_scheme.and_then(|scheme| scheme.string(1, OCTET_STRING));
        let iv = if mode == Mode::Ecb { Cow::default() } else { iv.ok_or_else(damaged)? };
        let mut key = |length| stretched(parameters.child(0, SEQUENCE), Some(length), password, work);
        return match family {
            Family::Des2 => mode.undo::<TdesEde2>(&key(16)?, &iv, data),
            Family::Des3 => mode.undo::<TdesEde3>(&key(24)?, &iv, data),
            Family::Aes(16) => mode.undo_wide::<Aes128>(&key(16)?, &iv, data),
            Family::Aes(24) => mode.undo_wide::<Aes192>(&key(24)?, &iv, data),
            Family::Aes(_) => mode.undo_wide::<Aes256>(&key(32)?, &iv, data),
            Family::Camellia(16) => mode.undo_wide::<Camellia128>(&key(16)?, &iv, data),
            Family::Camellia(24) => mode.undo_wide::<Camellia192>(&key(24)?, &iv, data),
            Family::Camellia(_) => mode.undo_wide::<Camellia256>(&key(32)?, &iv, data),
            Family::Aria(16) => mode.undo_wide::<Aria128>(&key(16)?, &iv, data),
            Family::Aria(24) => mode.undo_wide::<Aria192>(&key(24)?, &iv, data),
            Family::Aria(_) => mode.undo_wide::<Aria256>(&key(32)?, &iv, data),
            Family::Sm4 => mode.undo_wide::<Sm4>(&key(16)?, &iv, data),
        };
    }
    let salt = parameters.string(0, OCTET_STRING);
    let rounds = parameters.children().and_then(|children| children.get(1)?.number());
    let (salt, rounds) = salt.zip(rounds).ok_or_else(damaged)?;
    let mut derive = |use_of, length: usize| -> Result<Vec<u8>, Flaw> {
        let rounds = work.take(rounds, length.div_ceil(20))?;
        Ok(derive_key::<Sha1>(&password.wide, &salt, use_of, rounds as i32, length))
    };
    let mut key = |length| derive(Pkcs12KeyType::EncryptionKey, length);
    match oid.as_str() {
        "1.2.840.113549.1.12.1.1" => rc4(&key(16)?, data),
        "1.2.840.113549.1.12.1.2" => rc4(&key(5)?, data),
        "1.2.840.113549.1.12.1.3" => {
            Mode::Cbc.undo::<TdesEde3>(&key(24)?, &derive(Pkcs12KeyType::Iv, 8)?, data)
        }
        "1.2.840.113549.1.12.1.4" => {
            Mode::Cbc.undo::<TdesEde2>(&key(16)?, &derive(Pkcs12KeyType::Iv, 8)?, data)
        }
        "1.2.840.113549.1.12.1.5" => Mode::Cbc.undo::<Rc2>(&key(16)?, &derive(Pkcs12KeyType::Iv, 8)?, data),
        "1.2.840.113549.1.12.1.6" => Mode::Cbc.undo::<Rc2>(&key(5)?, &derive(Pkcs12KeyType::Iv, 8)?, data),
        other => Err(unknown("encryption", other)),
    }
}

/// Whether a MAC (MacData) is of these bytes.
///
/// # Errors
/// If the algorithm isn't known, or its parameters are damaged.
pub(super) fn fits(
    mac: Value<'_>,
    bytes: &[u8],
    password: &Writing<'_>,
    work: &mut Work,
) -> Result<bool, Flaw> {
    let info = mac.child(0, SEQUENCE).ok_or_else(damaged)?;
    let (oid, parameters) = named(info.child(0, SEQUENCE))?;
    let tag = info.string(1, OCTET_STRING).ok_or_else(damaged)?;
    if oid == PBMAC1 {
        let parameters = parameters.ok_or_else(damaged)?;
        let (hash, _) = named(parameters.child(1, SEQUENCE))?;
        let key = stretched(parameters.child(0, SEQUENCE), None, password, work)?;
        return by_hash!(hash.as_str(), H => is_mac::<SimpleHmac<H>>(&key, bytes, &tag));
    }
    let salt = mac.string(1, OCTET_STRING).ok_or_else(damaged)?;
    let rounds = mac.children().ok_or_else(damaged)?.get(2).map_or(Some(1), |rounds| rounds.number());
    let rounds = work.take(rounds.ok_or_else(damaged)?, 1)?;
    by_hash!(oid.as_str(), H => {
        let length = <H as hmac::digest::OutputSizeUser>::output_size();
        let key = derive_key::<H>(&password.wide, &salt, Pkcs12KeyType::Mac, rounds as i32, length);
        is_mac::<SimpleHmac<H>>(&key, bytes, &tag)
    })
}

/// A key by RFC 8018 or RFC 7914, of this length or of the one that the file names.
fn stretched(
    function: Option<Value<'_>>,
    length: Option<usize>,
    password: &Writing<'_>,
    work: &mut Work,
) -> Result<Vec<u8>, Flaw> {
    let (oid, parameters) = named(function)?;
    let parameters = parameters.ok_or_else(damaged)?;
    let salt = parameters.string(0, OCTET_STRING).ok_or_else(damaged)?;
    let rest = parameters.children().ok_or_else(damaged)?;
    let numbers: Vec<u64> = rest[1..].iter().map_while(|value| value.number()).collect();
    let fixed = if oid == SCRYPT { 3 } else { 1 };
    let told = numbers.get(fixed).map(|length| usize::try_from(*length).unwrap_or(usize::MAX));
    let length = match (length, told) {
        (Some(length), None) => length,
        (Some(length), Some(told)) if length == told => length,
        (None, Some(told @ 1..=1024)) => told,
        _ => return Err(Flaw::new("a PFX file whose key has a wrong length")),
    };
    let mut key = vec![0; length];
    match (oid.as_str(), numbers.as_slice()) {
        (PBKDF2, [rounds, ..]) => {
            let prf = match rest.get(1 + numbers.len()) {
                None => HMAC_SHA1.to_owned(),
                Some(prf) => named(Some(*prf))?.0,
            };
            by_hash!(prf.as_str(), H => {
                let size = <H as hmac::digest::OutputSizeUser>::output_size();
                let rounds = work.take(*rounds, length.div_ceil(size))?;
                pbkdf2::pbkdf2::<SimpleHmac<H>>(password.text, &salt, rounds, &mut key)
                    .expect("an HMAC takes keys of any length");
            })?;
        }
        (SCRYPT, [cost, block, lanes, ..]) => {
            let size = cost.saturating_mul(*block);
            if size > (64 << 20) / 128 || *lanes > 16 {
                return Err(Flaw::new("a PFX file that takes more than 64 MiB to open"));
            }
            work.take(size * lanes, 4)?;
            let parameters = match cost.is_power_of_two() {
                true => scrypt::Params::new(cost.trailing_zeros() as u8, *block as u32, *lanes as u32).ok(),
                false => None,
            };
            scrypt::scrypt(password.text, &salt, &parameters.ok_or_else(damaged)?, &mut key)
                .map_err(|_| damaged())?;
        }
        (PBKDF2 | SCRYPT, _) => return Err(damaged()),
        (other, _) => return Err(unknown("key derivation", other)),
    }
    Ok(key)
}

fn is_mac<M: Mac + KeyInit>(key: &[u8], bytes: &[u8], tag: &[u8]) -> bool {
    let mac = <M as KeyInit>::new_from_slice(key);
    mac.is_ok_and(|mac| mac.chain_update(bytes).verify_slice(tag).is_ok())
}

impl Mode {
    /// With blocks of any length; key streams are for those of 16 bytes.
    fn undo<C>(self, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Option<Vec<u8>>, Flaw>
    where
        C: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit,
    {
        let plain = match self {
            Self::Ecb => {
                let cipher = ecb::Decryptor::<C>::new_from_slice(key).map_err(|_| damaged())?;
                cipher.decrypt_padded_vec::<Pkcs7>(data).ok()
            }
            Self::Cbc => vector::<cbc::Decryptor<C>>(key, iv)?.decrypt_padded_vec::<Pkcs7>(data).ok(),
            Self::Cfb => {
                let mut out = data.to_vec();
                vector::<cfb_mode::BufDecryptor<C>>(key, iv)?.decrypt(&mut out);
                Some(out)
            }
            Self::Ofb | Self::Ctr => return Err(damaged()),
        };
        Ok(plain)
    }

    fn undo_wide<C>(self, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Option<Vec<u8>>, Flaw>
    where
        C: BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
    {
        match self {
            Self::Ofb => Ok(Some(stream(vector::<ofb::Ofb<C>>(key, iv)?, data))),
            Self::Ctr => Ok(Some(stream(vector::<ctr::Ctr128BE<C>>(key, iv)?, data))),
            other => other.undo::<C>(key, iv, data),
        }
    }
}

fn vector<M: KeyIvInit>(key: &[u8], iv: &[u8]) -> Result<M, Flaw> {
    M::new_from_slices(key, iv).map_err(|_| Flaw::new("a PFX file with a wrong initialization vector"))
}

fn rc4(key: &[u8], data: &[u8]) -> Result<Option<Vec<u8>>, Flaw> {
    Ok(Some(stream(Rc4::new_from_slice(key).map_err(|_| damaged())?, data)))
}

fn stream(mut cipher: impl StreamCipher, data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    cipher.apply_keystream(&mut out);
    out
}

/// What an encryption scheme of PBES2 is (RFC 8018 B.2, and what OpenSSL takes besides).
fn scheme_of(oid: &str) -> Option<(Family, Mode)> {
    match oid {
        "1.2.840.113549.3.7" => return Some((Family::Des3, Mode::Cbc)),
        "1.3.14.3.2.17" => return Some((Family::Des2, Mode::Ecb)),
        "1.2.392.200011.61.1.1.1.2" => return Some((Family::Camellia(16), Mode::Cbc)),
        "1.2.392.200011.61.1.1.1.3" => return Some((Family::Camellia(24), Mode::Cbc)),
        "1.2.392.200011.61.1.1.1.4" => return Some((Family::Camellia(32), Mode::Cbc)),
        _ => {}
    }
    let (arc, last) = oid.rsplit_once('.')?;
    let arc = ARCS.iter().find(|known| known.oid == arc)?;
    let index = last.parse::<usize>().ok()?.checked_sub(1)?;
    let length = *[16, 24, 32].get(index / arc.round)?;
    let (_, mode) = arc.modes.iter().find(|(number, _)| *number == index % arc.round + 1)?;
    Some(((arc.family)(length), *mode))
}

/// Where the modes of a cipher are numbered. They go round once for each length of its key.
struct Arc {
    oid: &'static str,
    family: fn(usize) -> Family,
    round: usize,
    modes: &'static [(usize, Mode)],
}

const ARCS: [Arc; 4] = [
    Arc {
        oid: "2.16.840.1.101.3.4.1",
        family: Family::Aes,
        round: 20,
        modes: &[(1, Mode::Ecb), (2, Mode::Cbc), (3, Mode::Ofb), (4, Mode::Cfb)],
    },
    Arc {
        oid: "0.3.4401.5.3.1.9",
        family: Family::Camellia,
        round: 20,
        modes: &[(1, Mode::Ecb), (3, Mode::Ofb), (4, Mode::Cfb), (9, Mode::Ctr)],
    },
    Arc {
        oid: "1.2.410.200046.1.1",
        family: Family::Aria,
        round: 5,
        modes: &[(1, Mode::Ecb), (2, Mode::Cbc), (3, Mode::Cfb), (4, Mode::Ofb), (5, Mode::Ctr)],
    },
    Arc {
        oid: "1.2.156.10197.1.104",
        family: |_| Family::Sm4,
        round: usize::MAX,
        modes: &[(1, Mode::Ecb), (2, Mode::Cbc), (3, Mode::Ofb), (4, Mode::Cfb), (7, Mode::Ctr)],
    },
];

/// An AlgorithmIdentifier: its name and its parameters.
fn named(algorithm: Option<Value<'_>>) -> Result<(String, Option<Value<'_>>), Flaw> {
    let children = algorithm.and_then(Value::children).ok_or_else(damaged)?;
    let oid = children.first().and_then(|oid| oid.oid()).ok_or_else(damaged)?;
    Ok((oid, children.get(1).copied()))
}

fn damaged() -> Flaw {
    Flaw::new("a damaged PFX file")
}

fn unknown(what: &str, oid: &str) -> Flaw {
    Flaw::new(format!("a PFX file with the {what} {}, which isn't known here", called(oid)))
}

/// What is not known here still has a name; all others have their object identifier.
pub(super) fn called(oid: &str) -> &str {
    match oid {
        "1.2.840.113549.1.7.2" => "signedData",
        "1.2.840.113549.1.7.3" => "envelopedData",
        "1.2.840.113549.3.2" => "RC2-CBC",
        "1.2.840.113549.3.4" => "RC4",
        "2.16.840.1.101.3.4.1.6" => "AES-128-GCM",
        "2.16.840.1.101.3.4.1.46" => "AES-256-GCM",
        "1.2.410.200004.1.4" => "SEED-CBC",
        "1.2.643.2.2.21" => "GOST 28147-89",
        "1.3.14.3.2.7" => "DES-CBC",
        "1.2.840.113549.1.5.3" => "PBES1-MD5-DES",
        "1.2.840.113549.1.5.10" => "PBES1-SHA1-DES",
        other => other,
    }
}
