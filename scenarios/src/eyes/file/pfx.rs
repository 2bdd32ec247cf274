//! PFX files: which algorithms protect them, and what is inside.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, InconsistentKeys, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};

use super::bags::File;
use super::certificate::Certificate;
use super::flaw::Flaw;
use crate::eyes::browser::ClientIdentity;

/// What a PFX file holds.
#[derive(Debug)]
pub(crate) struct Identity {
    /// PKCS #8 DER of the keys.
    keys: Vec<Vec<u8>>,
    /// DER of the certificates, in the order of the file.
    certificates: Vec<Vec<u8>>,
}

impl Identity {
    /// Opens a file.
    ///
    /// # Errors
    /// Why it doesn't open, in words.
    pub(crate) fn open(bytes: &[u8], password: &str) -> Result<Self, Flaw> {
        let found = File::of(bytes)?.open(password)?;
        Ok(Self { keys: found.keys, certificates: found.certificates })
    }

    /// The certificate of the institution: the one that is no CA's.
    ///
    /// # Errors
    /// What is there instead.
    pub(crate) fn certificate(&self) -> Result<Certificate<'_>, Flaw> {
        let mut own = self.parsed()?.into_iter().filter(|certificate| !certificate.is_ca());
        match (own.next(), own.count()) {
            (Some(certificate), 0) => Ok(certificate),
            (Some(_), more) => Err(Flaw::SeveralOwn { count: more + 1 }),
            (None, _) => Err(Flaw::NoOwn { count: self.certificates.len() }),
        }
    }

    /// DER of the certificates of CAs.
    pub(crate) fn authorities(&self) -> Result<Vec<&[u8]>, Flaw> {
        let authorities = self.parsed()?.into_iter().filter(Certificate::is_ca);
        Ok(authorities.map(|certificate| certificate.der()).collect())
    }

    /// The one private key.
    ///
    /// # Errors
    /// How many there are instead.
    pub(crate) fn key(&self) -> Result<&[u8], Flaw> {
        match self.keys.as_slice() {
            [key] => Ok(key),
            keys => Err(Flaw::Keys { count: keys.len() }),
        }
    }

    /// Whether there is one key and it belongs to the certificate.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn check_key(&self) -> Result<(), Flaw> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key()?.to_vec()));
        let chain = vec![CertificateDer::from(self.certificate()?.der().to_vec())];
        match CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()) {
            Ok(_) => Ok(()),
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Err(Flaw::OtherKey),
            Err(error) => Err(Flaw::UnusableKey { error: error.to_string() }),
        }
    }

    /// Whether the issuing root is inside and has signed the certificate.
    ///
    /// # Errors
    /// What is there instead, in words.
    pub(crate) fn check_root(&self) -> Result<(), Flaw> {
        let certificate = self.certificate()?;
        let roots = self.parsed()?;
        let root = roots.iter().find(|root| root.is_own_root() && root.is_issuer_of(&certificate));
        let root = root.ok_or_else(|| {
            let others = roots.iter().filter(|other| other.is_ca()).map(Certificate::subject);
            match others.collect::<Vec<_>>().join("; ") {
                none if none.is_empty() => Flaw::NoAuthority,
                others => Flaw::OtherAuthorities { others },
            }
        })?;
        let mut store = RootCertStore::empty();
        let trusted = store.add(CertificateDer::from(root.der().to_vec()));
        trusted.map_err(|error| Flaw::UntrustedRoot { error: error.to_string() })?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider)
            .build()
            .map_err(|error| Flaw::UntrustedRoot { error: error.to_string() })?;
        // On its first second, whatever day the scenario plays on.
        let first = u64::try_from(certificate.not_before().as_second()).unwrap_or_default();
        let first = UnixTime::since_unix_epoch(std::time::Duration::from_secs(first));
        match verifier.verify_client_cert(&certificate.der().to_vec().into(), &[], first) {
            Ok(_) => Ok(()),
            // What the certificate is good for is another requirement.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. },
            )) => Ok(()),
            Err(error) => Err(Flaw::NotSigned { error: error.to_string() }),
        }
    }

    /// For TLS: the certificate alone, with its key.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn for_tls(&self) -> Result<ClientIdentity, Flaw> {
        Ok(ClientIdentity { chain: vec![self.certificate()?.der().to_vec()], key: self.key()?.to_vec() })
    }

    /// The root that issued the certificate, in DER.
    ///
    /// # Errors
    /// If it is not inside.
    pub(crate) fn root(&self) -> Result<Vec<u8>, Flaw> {
        let certificate = self.certificate()?;
        let roots = self.parsed()?;
        let root = roots.iter().find(|root| root.is_own_root() && root.is_issuer_of(&certificate));
        root.map(|root| root.der().to_vec()).ok_or(Flaw::NoIssuer)
    }

    fn parsed(&self) -> Result<Vec<Certificate<'_>>, Flaw> {
        self.certificates.iter().map(|der| Certificate::parse(der)).collect()
    }
}

/// Opens a PFX file as the harness does with what a program under test made, and answers with the serial numbers (hexadecimal,
/// capital letters) of the certificates in it that are no CA's.
///
/// # Errors
/// What is found instead of certificates with a private key, in words.
pub fn examine_pfx(bytes: &[u8], password: &str) -> Result<Vec<String>, String> {
    let examine = || {
        let identity = Identity::open(bytes, password)?;
        if identity.keys.is_empty() {
            return Err(Flaw::NoKey);
        }
        let own = identity.parsed()?.into_iter().filter(|certificate| !certificate.is_ca());
        Ok(own.map(|certificate| certificate.serial()).collect())
    };
    examine().map_err(|flaw: Flaw| flaw.to_string())
}

/// How a PFX file is made, beside what it holds.
#[derive(Debug, Default)]
pub(crate) struct Make {
    /// What encrypts its parts, as OIDs.
    pub(crate) encryption: Vec<String>,
    /// The hash of its MAC, as OID.
    pub(crate) mac: Option<String>,
    /// How often each part, and the MAC, goes over the password.
    pub(crate) rounds: Vec<u64>,
    /// What keys and certificates are called.
    pub(crate) friendly_names: Vec<String>,
    /// Microsoft's name of what keeps the key.
    pub(crate) csp_names: Vec<String>,
}

impl Make {
    /// Opens a file and looks at how it is made, as well as at what it holds.
    ///
    /// # Errors
    /// Why it doesn't open, in words.
    pub(crate) fn of(bytes: &[u8], password: &str) -> Result<(Self, Identity), Flaw> {
        let file = File::of(bytes)?;
        let found = file.open(password)?;
        let make = Self {
            encryption: found.encryption,
            mac: file.mac(),
            rounds: found.rounds.into_iter().chain(file.mac_rounds()).collect(),
            friendly_names: found.friendly_names,
            csp_names: found.csp_names,
        };
        Ok((make, Identity { keys: found.keys, certificates: found.certificates }))
    }
}

/// The algorithms of a PFX file, as OIDs. They can be read without the password.
#[derive(Debug, Default)]
pub(crate) struct Algorithms {
    encryption: BTreeSet<String>,
    mac: Option<String>,
}

const PBE_SHA1_3DES: &str = "1.2.840.113549.1.12.1.3";
const PBE_SHA1_RC2_40: &str = "1.2.840.113549.1.12.1.6";
const SHA1: &str = "1.3.14.3.2.26";

impl Algorithms {
    /// Reads them.
    ///
    /// # Errors
    /// If the bytes are no PFX file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let file = File::of(bytes)?;
        Ok(Self { encryption: file.look()?.encryption.into_iter().collect(), mac: file.mac() })
    }

    /// Windows 8.1 knows no PBES2 and no MAC but SHA-1, and calls such files wrongly protected.
    pub(crate) fn check_windows_8_1(&self) -> Result<(), Flaw> {
        let old = self.encryption.iter().all(|oid| oid == PBE_SHA1_3DES || oid == PBE_SHA1_RC2_40);
        if old && self.mac.as_deref() == Some(SHA1) { Ok(()) } else { Err(self.named()) }
    }

    /// OpenSSL 3 opens RC2 only with its legacy provider.
    pub(crate) fn check_openssl_3(&self) -> Result<(), Flaw> {
        if self.encryption.contains(PBE_SHA1_RC2_40) { Err(self.named()) } else { Ok(()) }
    }

    /// What they are.
    fn named(&self) -> Flaw {
        let name = |oid: &str| match oid {
            PBE_SHA1_3DES => "PBE-SHA1-3DES".to_owned(),
            PBE_SHA1_RC2_40 => "PBE-SHA1-RC2-40".to_owned(),
            "1.2.840.113549.1.5.13" => "PBES2".to_owned(),
            SHA1 => "SHA-1".to_owned(),
            "2.16.840.1.101.3.4.2.1" => "SHA-256".to_owned(),
            other => other.to_owned(),
        };
        let encryption: Vec<_> = self.encryption.iter().map(|oid| name(oid)).collect();
        let mac = self.mac.as_deref().map_or("-".to_owned(), name);
        Flaw::Algorithms { encryption: encryption.join(" + "), mac }
    }
}
