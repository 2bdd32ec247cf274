//! Keys out of passwords (RFC 7292 B, RFC 8018 5).

use hmac::{KeyInit, Mac, SimpleHmac};
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use zeroize::Zeroizing;

use crate::pki::ber::{Element, SEQUENCE};
use crate::pki::identity::IdentityError;
use crate::pki::layout::{algorithm, damaged};
use crate::pki::password::Password;
use crate::pki::pfx::name;

/// Hashes that MACs and key derivations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512Of224,
    Sha512Of256,
    Sha3Of224,
    Sha3Of256,
    Sha3Of384,
    Sha3Of512,
    Ripemd160,
    Sm3,
    Blake2b512,
    Blake2s256,
}

/// Runs an expression with the type of a hash.
macro_rules! with_hash {
    (@ $hash:expr, $D:ident, $body:expr, $($name:ident: $type:ty),*) => {
        match $hash {
            $(Hash::$name => { type $D = $type; $body })*
        }
    };
    ($hash:expr, $D:ident => $body:expr) => {
        with_hash!(@ $hash, $D, $body,
            Md5: md5::Md5, Sha1: sha1::Sha1, Sha224: sha2::Sha224, Sha256: sha2::Sha256, Sha384: sha2::Sha384,
            Sha512: sha2::Sha512, Sha512Of224: sha2::Sha512_224, Sha512Of256: sha2::Sha512_256,
            Sha3Of224: sha3::Sha3_224, Sha3Of256: sha3::Sha3_256, Sha3Of384: sha3::Sha3_384, Sha3Of512: sha3::Sha3_512,
            Ripemd160: ripemd::Ripemd160, Sm3: sm3::Sm3, Blake2b512: blake2::Blake2b512, Blake2s256: blake2::Blake2s256)
    };
}

/// A password in the forms in which algorithms take it.
pub(crate) struct Secret {
    /// PBES2 and PBMAC1.
    pub(crate) utf8: Zeroizing<Vec<u8>>,
    /// RFC 7292: UTF-16, big-endian, with two zero bytes behind it. The RFC says BMPString, but all programs write
    /// characters beyond U+FFFF as surrogates.
    pub(crate) utf16: Zeroizing<Vec<u8>>,
}

/// How much work a file may still ask for, in rounds of a hash: its iteration counts come from strangers.
pub(crate) struct Effort(u64);

/// A key derivation function of RFC 8018 or RFC 7914 with its parameters.
pub(crate) enum Kdf {
    Pbkdf2 { hash: Hash, salt: Vec<u8>, rounds: u32, length: Option<usize> },
    Scrypt { salt: Vec<u8>, n: u32, r: u32, p: u32, length: Option<usize> },
}

impl Hash {
    /// By the object identifier of a digest.
    pub(crate) fn of_digest(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.2.5" => Self::Md5,
            "1.3.14.3.2.26" => Self::Sha1,
            "2.16.840.1.101.3.4.2.4" => Self::Sha224,
            "2.16.840.1.101.3.4.2.1" => Self::Sha256,
            "2.16.840.1.101.3.4.2.2" => Self::Sha384,
            "2.16.840.1.101.3.4.2.3" => Self::Sha512,
            "2.16.840.1.101.3.4.2.5" => Self::Sha512Of224,
            "2.16.840.1.101.3.4.2.6" => Self::Sha512Of256,
            "2.16.840.1.101.3.4.2.7" => Self::Sha3Of224,
            "2.16.840.1.101.3.4.2.8" => Self::Sha3Of256,
            "2.16.840.1.101.3.4.2.9" => Self::Sha3Of384,
            "2.16.840.1.101.3.4.2.10" => Self::Sha3Of512,
            "1.3.36.3.2.1" => Self::Ripemd160,
            "1.2.156.10197.1.401" => Self::Sm3,
            "1.3.6.1.4.1.1722.12.2.1.16" => Self::Blake2b512,
            "1.3.6.1.4.1.1722.12.2.2.8" => Self::Blake2s256,
            _ => return None,
        })
    }

    /// By the object identifier of an HMAC.
    pub(crate) fn of_hmac(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.2.6" => Self::Md5,
            "1.2.840.113549.2.7" => Self::Sha1,
            "1.2.840.113549.2.8" => Self::Sha224,
            "1.2.840.113549.2.9" => Self::Sha256,
            "1.2.840.113549.2.10" => Self::Sha384,
            "1.2.840.113549.2.11" => Self::Sha512,
            "1.2.840.113549.2.12" => Self::Sha512Of224,
            "1.2.840.113549.2.13" => Self::Sha512Of256,
            "2.16.840.1.101.3.4.2.13" => Self::Sha3Of224,
            "2.16.840.1.101.3.4.2.14" => Self::Sha3Of256,
            "2.16.840.1.101.3.4.2.15" => Self::Sha3Of384,
            "2.16.840.1.101.3.4.2.16" => Self::Sha3Of512,
            _ => return None,
        })
    }

    /// Bytes that it makes.
    pub(crate) fn length(self) -> usize {
        with_hash!(self, D => <D as hmac::digest::OutputSizeUser>::output_size())
    }

    /// Whether this is the HMAC of a message.
    pub(crate) fn is_hmac(self, key: &[u8], message: &[u8], tag: &[u8]) -> bool {
        with_hash!(self, D => {
            let mac = <SimpleHmac<D> as KeyInit>::new_from_slice(key);
            mac.is_ok_and(|mac| mac.chain_update(message).verify_slice(tag).is_ok())
        })
    }

    /// The HMAC of a message.
    pub(crate) fn hmac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        with_hash!(self, D => {
            let mac = <SimpleHmac<D> as KeyInit>::new_from_slice(key).expect("an HMAC takes keys of any length");
            mac.chain_update(message).finalize().into_bytes().to_vec()
        })
    }

    /// The key derivation of RFC 7292, B.2.
    pub(crate) fn pkcs12_key(
        self,
        secret: &Secret,
        purpose: Pkcs12KeyType,
        salt: &[u8],
        rounds: u32,
        length: usize,
        effort: &mut Effort,
    ) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        let rounds = effort.spend(rounds, length.div_ceil(self.length()))?;
        let key = with_hash!(self, D => derive_key::<D>(&secret.utf16, salt, purpose, rounds, length));
        Ok(Zeroizing::new(key))
    }
}

impl Secret {
    /// The forms of a password, of which one opens a file: programs write the empty password with and without the two
    /// zero bytes.
    pub(crate) fn forms(password: &Password) -> Vec<Self> {
        let text = password.expose();
        let utf8 = Zeroizing::new(text.as_bytes().to_vec());
        let utf16 = text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
        let mut forms = vec![Self { utf8, utf16: Zeroizing::new(utf16) }];
        if text.is_empty() {
            forms.push(Self { utf8: Zeroizing::default(), utf16: Zeroizing::default() });
        }
        forms
    }
}

impl Effort {
    /// Some seconds' worth. Java refuses more than half of it, and no program writes more than a million.
    const MOST: u64 = 10_000_000;

    /// Asks for this many rounds, so many times over.
    fn spend(&mut self, rounds: u32, times: usize) -> Result<i32, IdentityError> {
        if rounds == 0 {
            return Err(damaged("its key derivation has no rounds"));
        }
        self.pay(u64::from(rounds).saturating_mul(times.max(1) as u64))?;
        Ok(i32::try_from(rounds).expect("there are fewer than MOST"))
    }

    fn pay(&mut self, rounds: u64) -> Result<(), IdentityError> {
        match self.0.checked_sub(rounds) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => {
                let most = Self::MOST;
                Err(IdentityError::Unsupported(format!("more than {most} rounds of key derivation")))
            }
        }
    }
}

impl Default for Effort {
    fn default() -> Self {
        Self(Self::MOST)
    }
}

impl Kdf {
    /// Reads an AlgorithmIdentifier.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(element: &Element<'_>) -> Result<Self, IdentityError> {
        let (oid, parameters) = algorithm(element)?;
        let parameters = parameters.filter(|parameters| parameters.is(SEQUENCE));
        let parameters = parameters.map(Element::children).unwrap_or_default();
        let salt = parameters.first().and_then(Element::octet_string);
        let numbers: Vec<u32> = parameters.iter().skip(1).map_while(Element::number).collect();
        let length = |index: usize| numbers.get(index).map(|length| *length as usize);
        let bad = || damaged("its key derivation has wrong parameters");
        match (oid.as_str(), salt, numbers.as_slice()) {
            ("1.2.840.113549.1.5.12", Some(salt), [rounds] | [rounds, _]) => {
                let hash = match parameters.get(1 + numbers.len()) {
                    None => Hash::Sha1,
                    Some(prf) => {
                        let (oid, _) = algorithm(prf)?;
                        Hash::of_hmac(&oid).ok_or_else(|| IdentityError::Unsupported(name(&oid)))?
                    }
                };
                Ok(Self::Pbkdf2 { hash, salt: salt.into_owned(), rounds: *rounds, length: length(1) })
            }
            ("1.3.6.1.4.1.11591.4.11", Some(salt), [n, r, p] | [n, r, p, _]) => {
                Ok(Self::Scrypt { salt: salt.into_owned(), n: *n, r: *r, p: *p, length: length(3) })
            }
            ("1.2.840.113549.1.5.12" | "1.3.6.1.4.1.11591.4.11", ..) => Err(bad()),
            _ => Err(IdentityError::Unsupported(name(&oid))),
        }
    }

    /// The length that it names for its key.
    pub(crate) fn length(&self) -> Option<usize> {
        match self {
            Self::Pbkdf2 { length, .. } | Self::Scrypt { length, .. } => *length,
        }
    }

    /// How often it goes round, where it says so.
    pub(crate) fn rounds(&self) -> Option<u32> {
        match self {
            Self::Pbkdf2 { rounds, .. } => Some(*rounds),
            Self::Scrypt { .. } => None,
        }
    }

    /// A key of this length.
    pub(crate) fn derive(
        &self,
        secret: &Secret,
        length: usize,
        effort: &mut Effort,
    ) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        if self.length().is_some_and(|named| named != length) {
            return Err(damaged("its key derivation names another length than its algorithm has"));
        }
        let mut key = Zeroizing::new(vec![0; length]);
        match self {
            Self::Pbkdf2 { hash, salt, rounds, .. } => {
                effort.spend(*rounds, length.div_ceil(hash.length()))?;
                with_hash!(*hash, D => pbkdf2::pbkdf2::<SimpleHmac<D>>(&secret.utf8, salt, *rounds, &mut key))
                    .expect("an HMAC takes keys of any length");
            }
            Self::Scrypt { salt, n, r, p, .. } => {
                const MEMORY: u64 = 64 << 20;
                let blocks = u64::from(*n).saturating_mul(u64::from(*r));
                if blocks.saturating_mul(128) > MEMORY || *p > 16 {
                    return Err(IdentityError::Unsupported("scrypt with more than 64 MiB".into()));
                }
                effort.pay(blocks * u64::from(*p) * 4)?;
                let parameters = match n.is_power_of_two() {
                    true => scrypt::Params::new(n.trailing_zeros() as u8, *r, *p).ok(),
                    false => None,
                };
                let parameters =
                    parameters.ok_or_else(|| damaged("its key derivation has wrong parameters"))?;
                let derived = scrypt::scrypt(&secret.utf8, salt, &parameters, &mut key);
                derived.map_err(|_| damaged("its key derivation has wrong parameters"))?;
            }
        }
        Ok(key)
    }
}
