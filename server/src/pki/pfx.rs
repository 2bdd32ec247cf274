//! Writes PKCS #12 files (RFC 7292) with the algorithms of the profile.
//!
//! The structures and the key derivation come from the `pkcs12` crate. They are put together here
//! because what the simulator must vary (different algorithms for key and certificates, no
//! friendly name, salts that repeat with the seed) is fixed in ready-made writers.

use cms::cert::x509::attr::{Attribute, AttributeValue, Attributes};
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::encrypted_data::EncryptedData;
use cms::enveloped_data::EncryptedContentInfo;
use der::asn1::{BmpString, ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Encode};
use pkcs5::pbes2;
use pkcs12::kdf::{Pkcs12KeyType, derive_key_utf8};

use pkcs12::pbe_params::{EncryptedPrivateKeyInfo, Pkcs12PbeParams};
use pkcs12::pfx::{Pfx, Version};
use pkcs12::safe_bag::SafeBag;
use pkcs12::{CertBag, DigestInfo, MacData};
use rand_core::Rng;
use sha1::Sha1;
use sha2::Sha256;

use super::PkiError;
use crate::profile::PfxProfile;
use crate::terms::Pin;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERT_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");
const CSP_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.17.1");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBE_SHA1_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
const PBE_SHA1_RC2_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");

/// What goes into a PFX file, and how.
#[derive(Debug)]
pub struct Bundle<'a> {
    /// The institution's key, PKCS #8 DER.
    pub key: &'a [u8],
    /// DER of its certificate.
    pub certificate: &'a [u8],
    /// DER of the CA's certificate, if it goes in.
    pub root: Option<&'a [u8]>,
    /// friendlyName of key and certificate; empty: none.
    pub friendly_name: &'a str,
    /// Microsoft's CSP name; empty: none.
    pub csp_name: &'a str,
    /// The algorithms.
    pub profile: PfxProfile,
    /// Rounds of key derivation and MAC.
    pub iterations: u32,
}

/// Encrypts a bundle with a password. Salts and initialisation vectors come from `random`.
///
/// # Errors
/// [`PkiError`] if a name has characters beyond the Basic Multilingual Plane.
pub fn encode(bundle: &Bundle<'_>, pin: &Pin, random: &mut impl Rng) -> Result<Vec<u8>, PkiError> {
    write(bundle, pin, random).map_err(PkiError::making("a PFX file"))
}

fn write(bundle: &Bundle<'_>, pin: &Pin, random: &mut impl Rng) -> Result<Vec<u8>, BoxError> {
    let (for_key, for_certificates) = match bundle.profile {
        PfxProfile::TdesSha1 => (Cipher::Tdes, Cipher::Tdes),
        PfxProfile::LegacyRc2 => (Cipher::Tdes, Cipher::Rc2),
        PfxProfile::Aes256Sha256 => (Cipher::Aes256, Cipher::Aes256),
    };
    // What ties the key to its certificate, and the certificate to its key.
    let key_id = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bundle.certificate);
    let mut named = vec![(LOCAL_KEY_ID, Any::new(der::Tag::OctetString, key_id.as_ref())?)];
    if !bundle.friendly_name.is_empty() {
        named.push((FRIENDLY_NAME, bmp(bundle.friendly_name)?));
    }

    let mut certificates = vec![certificate_bag(bundle.certificate, &named)?];
    if let Some(root) = bundle.root {
        certificates.push(certificate_bag(root, &[])?);
    }
    let (algorithm, content) =
        for_certificates.encrypt(&certificates.to_der()?, pin, bundle.iterations, random)?;
    let certificates = EncryptedData {
        version: CmsVersion::V0,
        enc_content_info: EncryptedContentInfo {
            content_type: DATA,
            content_enc_alg: algorithm,
            encrypted_content: Some(OctetString::new(content)?),
        },
        unprotected_attrs: None,
    };

    let (algorithm, content) = for_key.encrypt(bundle.key, pin, bundle.iterations, random)?;
    if !bundle.csp_name.is_empty() {
        named.push((CSP_NAME, bmp(bundle.csp_name)?));
    }
    let key = SafeBag {
        bag_id: SHROUDED_KEY_BAG,
        bag_value: EncryptedPrivateKeyInfo {
            encryption_algorithm: algorithm,
            encrypted_data: OctetString::new(content)?,
        }
        .to_der()?,
        bag_attributes: Some(attributes(&named)?),
    };

    let safes = vec![
        ContentInfo { content_type: ENCRYPTED_DATA, content: Any::encode_from(&certificates)? },
        data(vec![key].to_der()?)?,
    ]
    .to_der()?;
    let mac = mac(&safes, bundle, pin, random)?;
    Ok(Pfx { version: Version::V3, auth_safe: data(safes)?, mac_data: Some(mac) }.to_der()?)
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

enum Cipher {
    Tdes,
    Rc2,
    Aes256,
}

impl Cipher {
    fn encrypt(
        &self,
        plain: &[u8],
        pin: &Pin,
        iterations: u32,
        random: &mut impl Rng,
    ) -> Result<(AlgorithmIdentifierOwned, Vec<u8>), BoxError> {
        match self {
            Self::Tdes => pbes1::<des::TdesEde3>(PBE_SHA1_3DES, 24, plain, pin, iterations, random),
            Self::Rc2 => pbes1::<rc2::Rc2>(PBE_SHA1_RC2_40, 5, plain, pin, iterations, random),
            Self::Aes256 => {
                let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(
                    iterations,
                    &draw::<16>(random),
                    draw::<16>(random),
                )
                .map_err(|error| error.to_string())?;
                let content =
                    parameters.encrypt(pin.reveal().as_bytes(), plain).map_err(|error| error.to_string())?;
                let parameters = Some(Any::encode_from(&parameters)?);
                Ok((AlgorithmIdentifierOwned { oid: PBES2, parameters }, content))
            }
        }
    }
}

/// The password-based encryption of RFC 7292, appendix C.
fn pbes1<C>(
    oid: ObjectIdentifier,
    key_length: usize,
    plain: &[u8],
    pin: &Pin,
    iterations: u32,
    random: &mut impl Rng,
) -> Result<(AlgorithmIdentifierOwned, Vec<u8>), BoxError>
where
    C: cbc::cipher::KeyInit + cbc::cipher::BlockCipherEncrypt,
{
    use cbc::cipher::block_padding::Pkcs7;
    use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
    let salt = draw::<8>(random);
    let rounds = i32::try_from(iterations)?;
    let derive = |kind, length| derive_key_utf8::<Sha1>(pin.reveal(), &salt, kind, rounds, length);
    let (key, iv) = (derive(Pkcs12KeyType::EncryptionKey, key_length)?, derive(Pkcs12KeyType::Iv, 8)?);
    let content = cbc::Encryptor::<C>::new_from_slices(&key, &iv)
        .map_err(|error| error.to_string())?
        .encrypt_padded_vec::<Pkcs7>(plain);
    let parameters = Pkcs12PbeParams { salt: OctetString::new(salt)?, iterations: rounds };
    Ok((AlgorithmIdentifierOwned { oid, parameters: Some(Any::encode_from(&parameters)?) }, content))
}

fn mac(safes: &[u8], bundle: &Bundle<'_>, pin: &Pin, random: &mut impl Rng) -> Result<MacData, BoxError> {
    use aws_lc_rs::hmac;
    let salt = draw::<8>(random);
    let iterations = i32::try_from(bundle.iterations)?;
    let (oid, algorithm, key) = match bundle.profile {
        PfxProfile::Aes256Sha256 => (
            SHA256,
            hmac::HMAC_SHA256,
            derive_key_utf8::<Sha256>(pin.reveal(), &salt, Pkcs12KeyType::Mac, iterations, 32)?,
        ),
        PfxProfile::TdesSha1 | PfxProfile::LegacyRc2 => (
            SHA1,
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            derive_key_utf8::<Sha1>(pin.reveal(), &salt, Pkcs12KeyType::Mac, iterations, 20)?,
        ),
    };
    let digest = hmac::sign(&hmac::Key::new(algorithm, &key), safes);
    Ok(MacData {
        mac: DigestInfo {
            // Windows and old Java want the parameters there, as NULL.
            algorithm: AlgorithmIdentifierOwned { oid, parameters: Some(Any::null()) },
            digest: OctetString::new(digest.as_ref())?,
        },
        mac_salt: OctetString::new(salt)?,
        iterations,
    })
}

fn certificate_bag(der: &[u8], named: &[(ObjectIdentifier, Any)]) -> Result<SafeBag, BoxError> {
    let bag = CertBag { cert_id: X509_CERTIFICATE, cert_value: OctetString::new(der)? };
    let bag_attributes = if named.is_empty() { None } else { Some(attributes(named)?) };
    Ok(SafeBag { bag_id: CERT_BAG, bag_value: bag.to_der()?, bag_attributes })
}

fn attributes(named: &[(ObjectIdentifier, Any)]) -> Result<Attributes, BoxError> {
    let mut attributes = Attributes::new();
    for (oid, value) in named {
        let values = SetOfVec::<AttributeValue>::from_iter([value.clone()])?;
        attributes.insert(Attribute { oid: *oid, values })?;
    }
    Ok(attributes)
}

fn bmp(text: &str) -> Result<Any, BoxError> {
    Ok(Any::encode_from(&BmpString::from_utf8(text)?)?)
}

fn data(content: Vec<u8>) -> Result<ContentInfo, BoxError> {
    Ok(ContentInfo { content_type: DATA, content: Any::encode_from(&OctetString::new(content)?)? })
}

fn draw<const N: usize>(random: &mut impl Rng) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use p12_keystore::{KeyStore, Pkcs12ImportPolicy};

    use super::*;
    use crate::entropy::Entropy;
    use crate::pki::{ClientCa, EndEntity, RsaKey};
    use crate::profile::Profile;
    use crate::terms::{Attribute, Serial, Subject};

    fn signed() -> (RsaKey, Vec<u8>, Vec<u8>) {
        let (entropy, profile) = (Entropy::seeded("pfx"), Profile::default());
        let ca = ClientCa::new(RsaKey::generate([1; 32], 2048), &entropy, &profile).unwrap();
        let key = RsaKey::generate([2; 32], 2048);
        let certificate = EndEntity {
            serial: Serial::of(&entropy.seed("serial", 1), b""),
            subject: &Subject::new(vec![(Attribute::CommonName, "0110119153".to_owned())]),
            not_before: "2026-11-22T15:00:00Z".parse().unwrap(),
            not_after: "2030-02-23T14:59:59Z".parse().unwrap(),
        };
        let der = ca.sign(&certificate, &key, &profile).unwrap();
        (key, der, ca.certificate().to_vec())
    }

    #[test]
    fn another_reader_finds_key_certificate_and_root_in_each_profile() {
        let (key, certificate, root) = signed();
        let pin: Pin = "1234".parse().unwrap();
        for profile in [PfxProfile::TdesSha1, PfxProfile::LegacyRc2, PfxProfile::Aes256Sha256] {
            let bundle = Bundle {
                key: key.pkcs8(),
                certificate: &certificate,
                root: Some(&root),
                friendly_name: "",
                csp_name: "",
                profile,
                iterations: 2048,
            };
            let random = || Entropy::seeded("pfx").stream("salt", 1);
            let pfx = encode(&bundle, &pin, &mut random()).unwrap();
            assert_eq!(pfx, encode(&bundle, &pin, &mut random()).unwrap(), "the same salts, the same file");

            let read = KeyStore::from_pkcs12(&pfx, "1234", Pkcs12ImportPolicy::Strict).unwrap();
            let (_, chain) = read.private_key_chain().unwrap();
            assert_eq!(chain.key().as_der(), key.pkcs8());
            let ders: Vec<_> = chain.certs().iter().map(|certificate| certificate.as_der()).collect();
            assert_eq!(ders, [&certificate[..], &root[..]]);
            assert!(KeyStore::from_pkcs12(&pfx, "4321", Pkcs12ImportPolicy::Strict).is_err());
        }
    }
}
