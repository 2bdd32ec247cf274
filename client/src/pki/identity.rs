//! A private key with its certificate and the chain above it.

use std::fmt;

use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use crate::pki::archive::Archive;
use crate::pki::certificate::{Certificate, encode_pem};
use crate::pki::password::Password;
use crate::terms::breach::Breach;
use crate::terms::language::Language;

/// What authenticates an institution: a key, its certificate, and the certificates above that one, the root last.
///
/// ```
/// use obn_client::{Identity, Password, PfxProfile};
///
/// let file = include_bytes!("../../../fixtures/pfx/openssl-3des.p12");
/// let identity = Identity::from_pfx(file, &Password::new("1234"))?;
/// assert_eq!(identity.certificate().subject().institution_code(), Some("0110119153"));
///
/// // The same under a new password, for Windows 8.1 as well as for today's programs.
/// let copy = identity.to_pfx(&Password::new("5678"), PfxProfile::TripleDesSha1)?;
/// assert_eq!(Identity::from_pfx(&copy, &Password::new("5678"))?, identity);
/// # Ok::<(), obn_client::IdentityError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// PKCS #8, in DER.
    key: Zeroizing<Vec<u8>>,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

/// Why a key and certificate can't be used together, or not read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The file is not PKCS #12, or damaged.
    #[error("this is not a PKCS #12 file, or it is damaged: {0}")]
    NotPfx(String),
    /// The password does not open the file, or the file was changed.
    #[error("the password does not open the file")]
    WrongPassword,
    /// The file is protected in a way that this library does not read; the algorithm.
    #[error("the file is protected in a way that is not supported: {0}")]
    Unsupported(String),
    /// The text is not PEM.
    #[error("this is not PEM text")]
    NotPem,
    /// There is no private key.
    #[error("there is no private key")]
    NoKey,
    /// There is no certificate, or none that the key belongs to.
    #[error("no certificate fits the private key")]
    KeyDoesNotFit,
    /// The key is of a kind that TLS has no use for.
    #[error("the private key is of a kind that is not supported")]
    UnusableKey,
    /// Writing the PFX failed.
    #[error("could not write PKCS #12: {0}")]
    NotWritten(String),
}

/// How a PFX file is to be encrypted. The third way that the site may have, 40-bit RC2, is read but not written: all
/// that read it read triple DES as well, and it protects nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PfxProfile {
    /// PBE with SHA-1 and 3-key triple DES, SHA-1 MAC: what Windows 8.1 can import, and everything else as well.
    #[default]
    TripleDesSha1,
    /// PBES2 with AES-256, SHA-256 MAC: from Windows 10 version 1709 on.
    Aes256Sha256,
}

impl Identity {
    /// Joins a key (PKCS #8 in PEM, not encrypted) and certificates (PEM, in any order).
    pub fn from_pem(key: &str, certificates: &str) -> Result<Self, IdentityError> {
        let blocks = pem::parse_many(key).map_err(|_| IdentityError::NotPem)?;
        let block = blocks
            .into_iter()
            .find(|block| block.tag().ends_with("PRIVATE KEY"))
            .ok_or(IdentityError::NoKey)?;
        if block.tag() != "PRIVATE KEY" {
            return Err(IdentityError::UnusableKey);
        }
        let key = Zeroizing::new(block.into_contents());
        let certificates =
            Certificate::all_from_pem(certificates.as_bytes()).map_err(|_| IdentityError::NotPem)?;
        Self::join(&[key], &certificates)
    }

    /// Opens a PFX file (PKCS #12). Any program may have written it: what most of OpenSSL, NSS, Java, Node and Python open is
    /// opened, the key's certificate is found by its public key, and the chain by who signed whom. A file whose
    /// derivation of keys takes more than ten million rounds is refused.
    pub fn from_pfx(bytes: &[u8], password: &Password) -> Result<Self, IdentityError> {
        let Contents { keys, certificates } = contents(bytes, password)?;
        Self::join(&keys, &certificates)
    }

    /// Opens a PFX file that may hold several identities, such as an old certificate and the one that renews it: one for
    /// each certificate that a key fits, and for each key that fits none the reason.
    pub fn all_from_pfx(
        bytes: &[u8],
        password: &Password,
    ) -> Result<Vec<Result<Self, IdentityError>>, IdentityError> {
        let Contents { keys, certificates } = contents(bytes, password)?;
        if keys.is_empty() {
            return Err(IdentityError::NoKey);
        }
        let mut all: Vec<Result<Self, IdentityError>> = Vec::new();
        for identity in keys.iter().flat_map(|key| Self::all_of_key(key, &certificates)) {
            // Some programs write everything twice.
            if identity.is_err() || !all.contains(&identity) {
                all.push(identity);
            }
        }
        Ok(all)
    }

    /// The name that a PFX file gives to its key, which importing programs show. It may tell the terminal, which the
    /// certificate does not name.
    pub fn friendly_name(pfx: &[u8], password: &Password) -> Result<Option<String>, IdentityError> {
        let archive = Archive::open(pfx, password)?;
        Ok(archive.keys.into_iter().find_map(|key| key.friendly_name).filter(|name| !name.is_empty()))
    }

    /// Writes key, certificate and chain as a PFX file.
    pub fn to_pfx(&self, password: &Password, profile: PfxProfile) -> Result<Vec<u8>, IdentityError> {
        let failed = |error: p12_keystore::error::Error| IdentityError::NotWritten(error.to_string());
        let key = PrivateKey::from_der(&self.key).map_err(failed)?;
        let certificates = std::iter::once(&self.certificate)
            .chain(&self.chain)
            .map(|certificate| p12_keystore::Certificate::from_der(certificate.der()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        let alias = self.certificate.subject().common_name().unwrap_or("obn").to_owned();
        let mut keystore = KeyStore::new();
        // One key, so any identifier will do to tie it to its certificate; this is the one that Windows writes.
        let chain = PrivateKeyChain::new([1, 0, 0, 0].as_slice(), key, certificates);
        keystore.add_entry(&alias, KeyStoreEntry::PrivateKeyChain(chain));
        let (encryption, mac) = match profile {
            PfxProfile::TripleDesSha1 => {
                (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1)
            }
            PfxProfile::Aes256Sha256 => {
                (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256)
            }
        };
        keystore
            .writer(password.expose())
            .encryption_algorithm(encryption)
            .mac_algorithm(mac)
            .write()
            .map_err(failed)
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificates above it, each signed by the next.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The private key as PKCS #8 in PEM, not encrypted: write it to files of mode 0600 only.
    pub fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(encode_pem("PRIVATE KEY", &self.key))
    }

    /// The certificate and its chain in PEM, the certificate first.
    pub fn certificates_pem(&self) -> String {
        std::iter::once(&self.certificate).chain(&self.chain).map(Certificate::to_pem).collect()
    }

    /// Checks what the manual promises of a certificate from this CA: issued by the common CA, with the issuing root
    /// beside it, every signature valid.
    pub fn verify(&self) -> Result<(), Breach> {
        if !self.certificate.is_from_common_ca() {
            return Err(Breach::WrongIssuer(self.certificate.issuer().to_string()));
        }
        if !self.chain.last().is_some_and(Certificate::is_self_issued) {
            return Err(Breach::RootMissing);
        }
        let below = std::iter::once(&self.certificate).chain(&self.chain);
        let above = self.chain.iter().chain(self.chain.last());
        if below.zip(above).all(|(certificate, issuer)| certificate.is_signed_by(issuer)) {
            Ok(())
        } else {
            Err(Breach::BadSignature)
        }
    }

    pub(crate) fn tls_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.to_vec()).into()
    }

    /// The root stays at home: the server has it, or does not trust it.
    pub(crate) fn tls_chain(&self) -> Vec<CertificateDer<'static>> {
        std::iter::once(&self.certificate)
            .chain(self.chain.iter().filter(|certificate| !certificate.is_self_issued()))
            .map(|certificate| CertificateDer::from(certificate.der().to_vec()))
            .collect()
    }

    /// Of several the common CA's is the one that is meant, wherever it stands in the file.
    fn join(keys: &[Zeroizing<Vec<u8>>], certificates: &[Certificate]) -> Result<Self, IdentityError> {
        let mut chosen = Err(IdentityError::NoKey);
        for identity in keys.iter().flat_map(|key| Self::all_of_key(key, certificates)) {
            match (&chosen, &identity) {
                (_, Ok(found)) if found.certificate.is_from_common_ca() => return identity,
                // What fits no certificate says more than what is of no use at all.
                (Ok(_), _) | (Err(IdentityError::KeyDoesNotFit), Err(_)) => {}
                _ => chosen = identity,
            }
        }
        chosen
    }

    /// The key with each certificate that it fits, or why there is none.
    fn all_of_key(
        key: &Zeroizing<Vec<u8>>,
        certificates: &[Certificate],
    ) -> Vec<Result<Self, IdentityError>> {
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.as_slice()));
        let signer = any_supported_type(&private).ok();
        let Some(public) = signer.as_ref().and_then(|signer| signer.public_key()) else {
            return vec![Err(IdentityError::UnusableKey)];
        };
        let fitting = certificates.iter().filter(|certificate| certificate.public_key() == public.as_ref());
        let identities = fitting.map(|certificate| {
            let chain = chain_above(certificate, certificates);
            Ok(Self { key: key.clone(), certificate: certificate.clone(), chain })
        });
        let identities: Vec<_> = identities.collect();
        if identities.is_empty() { vec![Err(IdentityError::KeyDoesNotFit)] } else { identities }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl IdentityError {
    /// The message for a person.
    pub fn explain(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::NotPfx(_) => "PKCS #12(PFX)ファイルではないか、破損しています".into(),
            Self::WrongPassword => "パスワードが違うため、ファイルを開けません".into(),
            Self::Unsupported(what) => format!("ファイルの保護方式に対応していません: {what}"),
            Self::NotPem => "PEM 形式ではありません".into(),
            Self::NoKey => "秘密鍵がありません".into(),
            Self::KeyDoesNotFit => "秘密鍵に対応する証明書がありません".into(),
            Self::UnusableKey => "秘密鍵の種類に対応していません".into(),
            Self::NotWritten(_) => "PKCS #12(PFX)ファイルを作成できません".into(),
        }
    }
}

/// The certificates above `leaf`, up to a self-issued one or to where the file has none that signed.
///
/// A certificate with the right name but another key is taken if there is no better one, so that
/// [`Identity::verify`] can tell a bad signature from a missing root.
fn chain_above(leaf: &Certificate, all: &[Certificate]) -> Vec<Certificate> {
    let mut chain: Vec<Certificate> = Vec::new();
    let mut below = leaf;
    while !below.is_self_issued() {
        let named =
            |candidate: &&Certificate| candidate.subject() == below.issuer() && !chain.contains(candidate);
        let signed = all.iter().filter(named).find(|candidate| below.is_signed_by(candidate));
        let Some(issuer) = signed.or_else(|| all.iter().find(named)) else { break };
        chain.push(issuer.clone());
        below = issuer;
    }
    chain
}

/// What a PFX file holds.
struct Contents {
    /// PKCS #8, in DER.
    keys: Vec<Zeroizing<Vec<u8>>>,
    certificates: Vec<Certificate>,
}

/// Opens a PFX file.
fn contents(bytes: &[u8], password: &Password) -> Result<Contents, IdentityError> {
    let archive = Archive::open(bytes, password)?;
    let keys = archive.keys.into_iter().map(|key| key.pkcs8).collect();
    let certificates = archive
        .certificates
        .iter()
        .map(|der| Certificate::from_der(der))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| IdentityError::NotPfx(error.to_string()))?;
    Ok(Contents { keys, certificates })
}
