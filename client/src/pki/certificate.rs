//! An X.509 certificate, read once into what the rest of the client asks about.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use rustls::crypto::aws_lc_rs;
use x509_parser::oid_registry;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::pki::name::Name;
use crate::terms::clock::{Clock, date_in_japan};
use crate::terms::text::decoded;
use crate::terms::usage::UsageError;

/// The words that every issuer of this service begins with (manual 1.3). The suffix differs between sources.
pub(crate) const ISSUER_PREFIX: &str = "Online Billing NW Common Root CA";

/// The CA renews from this many days before the end.
const RENEWABLE_FROM: i64 = 90;

/// An X.509 certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: Name,
    issuer: Name,
    serial: String,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key: Vec<u8>,
    key_description: String,
    signature_description: String,
    is_ca: bool,
}

/// Where today lies in a certificate's validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Validity {
    /// It has not begun.
    NotYet,
    /// It is valid now.
    Valid,
    /// It is over.
    Expired,
}

impl Certificate {
    /// Reads a certificate in DER, with nothing after it.
    pub fn from_der(der: &[u8]) -> Result<Self, UsageError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| UsageError::NoCertificate)?;
        if !rest.is_empty() {
            return Err(UsageError::NoCertificate);
        }
        let time = |t: x509_parser::time::ASN1Time| {
            Timestamp::from_second(t.timestamp()).map_err(|_| UsageError::NoCertificate)
        };
        Ok(Self {
            der: der.to_vec(),
            subject: Name::of(parsed.subject()),
            issuer: Name::of(parsed.issuer()),
            serial: parsed.raw_serial().iter().map(|byte| format!("{byte:02X}")).collect(),
            not_before: time(parsed.validity().not_before)?,
            not_after: time(parsed.validity().not_after)?,
            public_key: parsed.public_key().raw.to_vec(),
            key_description: describe_key(&parsed),
            signature_description: describe_signature(&parsed),
            is_ca: parsed.is_ca(),
        })
    }

    /// Reads one certificate in DER or PEM.
    pub fn from_der_or_pem(bytes: &[u8]) -> Result<Self, UsageError> {
        Self::from_der(bytes).or_else(|error| Self::all_from_pem(bytes)?.into_iter().next().ok_or(error))
    }

    /// Reads every certificate of a PEM text, of which there must be one at least.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Self>, UsageError> {
        let blocks = pem::parse_many(decoded(text).as_bytes()).map_err(|_| UsageError::NoCertificate)?;
        let certificates: Vec<Self> = blocks
            .iter()
            .filter(|block| block.tag() == "CERTIFICATE")
            .map(|block| Self::from_der(block.contents()))
            .collect::<Result<_, _>>()?;
        if certificates.is_empty() { Err(UsageError::NoCertificate) } else { Ok(certificates) }
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as one PEM block, lines ending in LF.
    pub fn to_pem(&self) -> String {
        encode_pem("CERTIFICATE", &self.der)
    }

    /// Whom it names.
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The serial number in hexadecimal, two upper-case digits a byte.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The SHA-256 fingerprint as browsers show it: upper-case digits, colons between the bytes.
    pub fn fingerprint(&self) -> String {
        use sha2::Digest;
        let bytes = sha2::Sha256::digest(self.der());
        bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// The first moment of its validity.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second of its validity, which counts whole.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The first day of its validity in Japan, as the notice prints it.
    pub fn valid_from(&self) -> Date {
        date_in_japan(self.not_before)
    }

    /// The last day of its validity in Japan, as the notice prints it.
    pub fn valid_until(&self) -> Date {
        date_in_japan(self.not_after)
    }

    /// How many days of Japan's calendar are left: 0 on the last day, negative afterwards.
    pub fn days_left(&self, clock: &Clock) -> i64 {
        let span = clock.today().duration_until(self.valid_until());
        span.as_hours() / 24
    }

    /// Where the clock lies in its validity, which ends with the last second (RFC 5280 4.1.2.5: the period includes
    /// notAfter, and knows no fractions of a second).
    pub fn validity(&self, clock: &Clock) -> Validity {
        let now = clock.now();
        if now < self.not_before {
            Validity::NotYet
        } else if now.as_second() > self.not_after.as_second() {
            Validity::Expired
        } else {
            Validity::Valid
        }
    }

    /// Whether the CA would renew it now: from 90 days before its end until its end.
    pub fn is_renewable(&self, clock: &Clock) -> bool {
        self.validity(clock) == Validity::Valid && self.days_left(clock) <= RENEWABLE_FROM
    }

    /// The key's kind and size, such as `RSA 2048`.
    pub fn key_description(&self) -> &str {
        &self.key_description
    }

    /// The signature's algorithm, such as `SHA-256 with RSA`.
    pub fn signature_description(&self) -> &str {
        &self.signature_description
    }

    /// Whether subject and issuer are the same, as in a root.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether its basic constraints let it issue certificates.
    pub fn is_ca(&self) -> bool {
        self.is_ca
    }

    /// Whether the common CA issued it, by the words that the manual tells people to look for.
    pub fn is_from_common_ca(&self) -> bool {
        self.issuer.common_name().is_some_and(|name| name.starts_with(ISSUER_PREFIX))
    }

    /// Whether the signature on this certificate verifies with the key of `issuer`.
    pub fn is_signed_by(&self, issuer: &Certificate) -> bool {
        if self.issuer != issuer.subject {
            return false;
        }
        let (Ok((_, this)), Ok((_, issuer))) =
            (X509Certificate::from_der(&self.der), X509Certificate::from_der(&issuer.der))
        else {
            return false;
        };
        let key = issuer.public_key();
        let message = this.tbs_certificate.as_ref();
        // The provider names its algorithms by the inside of an AlgorithmIdentifier. Whether the parameters fit is
        // left to the algorithm, because an RSA key may come with NULL or with nothing.
        aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .all
            .iter()
            .filter(|algorithm| {
                starts_with_oid(&algorithm.signature_alg_id(), this.signature_algorithm.oid().as_bytes())
            })
            .filter(|algorithm| {
                starts_with_oid(&algorithm.public_key_alg_id(), key.algorithm.oid().as_bytes())
            })
            .any(|algorithm| {
                algorithm
                    .verify_signature(&key.subject_public_key.data, message, &this.signature_value.data)
                    .is_ok()
            })
    }

    /// The subjectPublicKeyInfo in DER.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject.to_string())
            .field("issuer", &self.issuer.to_string())
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

pub(crate) fn encode_pem(tag: &str, contents: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(tag, contents), config)
}

fn starts_with_oid(algorithm: &[u8], oid: &[u8]) -> bool {
    algorithm.get(2..).is_some_and(|rest| rest.starts_with(oid))
        && algorithm.get(1) == Some(&(oid.len() as u8))
}

fn describe_key(certificate: &X509Certificate<'_>) -> String {
    use x509_parser::public_key::PublicKey;
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => format!("EC {}", point.key_size()),
        _ => certificate.public_key().algorithm.oid().to_id_string(),
    }
}

fn describe_signature(certificate: &X509Certificate<'_>) -> String {
    let oid = certificate.signature_algorithm.oid();
    let known = [
        (oid_registry::OID_PKCS1_SHA1WITHRSA, "SHA-1 with RSA"),
        (oid_registry::OID_PKCS1_SHA256WITHRSA, "SHA-256 with RSA"),
        (oid_registry::OID_PKCS1_SHA384WITHRSA, "SHA-384 with RSA"),
        (oid_registry::OID_PKCS1_SHA512WITHRSA, "SHA-512 with RSA"),
        (oid_registry::OID_SIG_ECDSA_WITH_SHA256, "ECDSA with SHA-256"),
        (oid_registry::OID_SIG_ECDSA_WITH_SHA384, "ECDSA with SHA-384"),
    ];
    match known.iter().find(|(known, _)| known == oid) {
        Some((_, name)) => (*name).to_owned(),
        None => oid.to_id_string(),
    }
}
