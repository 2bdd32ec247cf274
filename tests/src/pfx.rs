//! A PFX file, opened by a library that the simulator doesn't use.

use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use x509_parser::public_key::PublicKey;

/// A key with its certificate and those above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pfx {
    /// Serial number of the certificate, as control writes it.
    pub serial: String,
    /// Certificates (DER), the key's own first.
    pub chain: Vec<Vec<u8>>,
    /// The key (PKCS #8).
    pub key: Vec<u8>,
}

impl Pfx {
    /// `None` if the password is another or the file is damaged.
    pub fn open(bytes: &[u8], password: &str) -> Option<Self> {
        let store = KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Strict).ok()?;
        let (_, chain) = store.private_key_chain()?;
        let certificates = chain.certs().iter().map(|certificate| certificate.as_der().to_vec());
        Some(Self::of(certificates.collect(), chain.key().as_der()))
    }

    /// Whether a reader that overlooks what it doesn't know can make anything of a file.
    pub fn is_readable(bytes: &[u8], password: &str) -> bool {
        KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Relaxed).is_ok()
    }

    /// Of its parts.
    pub fn of(chain: Vec<Vec<u8>>, key: &[u8]) -> Self {
        let (_, parsed) = x509_parser::parse_x509_certificate(&chain[0]).expect("a certificate");
        let serial = parsed.raw_serial().iter().map(|byte| format!("{byte:02X}")).collect();
        Self { serial, chain, key: key.to_vec() }
    }

    /// Of a CA of this name that the simulator has nothing to do with.
    pub fn foreign(issuer: &str) -> Self {
        let key = || rcgen::KeyPair::generate().expect("the system has randomness");
        let (ca_key, key) = (key(), key());
        let named = |name: &str| {
            let mut params = rcgen::CertificateParams::default();
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
            params
        };
        let ca = rcgen::Issuer::new(named(issuer), &ca_key);
        let certificate = named("0110119153").signed_by(&key, &ca).expect("a certificate");
        Self::of(vec![certificate.der().to_vec()], &key.serialize_der())
    }

    /// Whether the key is the certificate's: its modulus stands in both.
    pub fn fits(&self) -> bool {
        let (_, certificate) =
            x509_parser::parse_x509_certificate(&self.chain[0]).expect("it was read before");
        let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed() else {
            panic!("client certificates are RSA");
        };
        self.key.windows(key.modulus.len()).any(|bytes| bytes == key.modulus)
    }

    /// Certificate and key, for programs that want both in one file.
    pub fn pem(&self) -> String {
        pem::encode(&pem::Pem::new("CERTIFICATE", self.chain[0].clone()))
            + &pem::encode(&pem::Pem::new("PRIVATE KEY", self.key.clone()))
    }
}
