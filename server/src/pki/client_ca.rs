//! The client CA, `Online Billing NW Common Root CA - G1`: self-signed, and it signs institutions'
//! certificates directly.

use std::fmt;

use der::Encode;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber, SignatureAlgorithm,
};

use super::numbered::{self, Unsigned};
use super::{PkiError, RsaKey, moment, name, rsa_key};
use crate::entropy::Entropy;
use crate::profile::{DnMode, Profile};
use crate::terms::{Attribute, Serial, Subject};

/// What differs from one institution's certificate to the next; all else is the profile's.
#[derive(Clone, Copy, Debug)]
pub struct EndEntity<'a> {
    /// Its serial number.
    pub serial: Serial,
    /// Whom it names.
    pub subject: &'a Subject,
    /// First second of its validity, in the years 2000 to 2199.
    pub not_before: Timestamp,
    /// Last second of its validity, in the years 2000 to 2199.
    pub not_after: Timestamp,
}

/// The CA's key with its certificate.
pub struct ClientCa {
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
    key: RsaKey,
}

impl ClientCa {
    /// Makes the CA with this key.
    ///
    /// # Errors
    /// [`PkiError`] if the profile's names can't be encoded.
    pub fn new(key: RsaKey, entropy: &Entropy, profile: &Profile) -> Result<Self, PkiError> {
        let signer = signer(&key)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name::encode(&Self::subject(profile), profile.dn.string_type)?;
        params.not_before = moment(profile.ca.not_before);
        params.not_after = moment(profile.ca.not_after);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = numbered::self_signed(&mut params, &signer, entropy);
        let certificate = certificate.map_err(PkiError::making("the client CA"))?.to_vec();
        Ok(Self { issuer: Issuer::new(params, signer), certificate, key })
    }

    /// Takes up a stored CA, under the name in its certificate.
    ///
    /// # Errors
    /// [`PkiError`] if the key or the certificate is damaged.
    pub fn restore(key: RsaKey, certificate: Vec<u8>) -> Result<Self, PkiError> {
        let issuer = Issuer::from_ca_cert_der(&certificate.as_slice().into(), signer(&key)?)
            .map_err(PkiError::reading("the stored client CA"))?;
        Ok(Self { issuer, certificate, key })
    }

    /// Its name; known before its key is.
    pub fn subject(profile: &Profile) -> Subject {
        let mut parts = vec![
            (Attribute::Country, profile.ca.country.clone()),
            (Attribute::Organization, profile.ca.organization.clone()),
            (Attribute::CommonName, profile.ca.common_name.clone()),
        ];
        parts.retain(|(_, value)| !value.is_empty());
        if profile.dn.mode == DnMode::Marked {
            parts.push((Attribute::Description, super::tls_contents::MARK.to_owned()));
        }
        Subject::new(parts)
    }

    /// DER of its name, for the handshake's list of acceptable issuers.
    ///
    /// # Errors
    /// [`PkiError`] if the profile's names can't be encoded.
    pub fn subject_der(profile: &Profile) -> Result<Vec<u8>, PkiError> {
        // rcgen encodes names only inside certificates: take it out of one that nobody signed.
        let mut params = CertificateParams::default();
        params.distinguished_name = name::encode(&Self::subject(profile), profile.dn.string_type)?;
        let holder =
            params.self_signed(&Unsigned(&Nobody)).map_err(PkiError::making("the client CA's name"))?;
        subject_of(holder.der())
    }

    /// DER of its name, which may be another than the profile's if the CA was kept.
    ///
    /// # Errors
    /// [`PkiError`] if its certificate is damaged.
    pub fn name_der(&self) -> Result<Vec<u8>, PkiError> {
        subject_of(&self.certificate)
    }

    /// DER of its certificate.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its private key, for the store.
    pub fn key(&self) -> &RsaKey {
        &self.key
    }

    /// Name and key with which it signs.
    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// Signs an institution's certificate and answers with its DER.
    ///
    /// # Errors
    /// [`PkiError`] if the profile's names or object identifiers can't be encoded.
    pub fn sign(
        &self,
        certificate: &EndEntity<'_>,
        key: &impl PublicKeyData,
        profile: &Profile,
    ) -> Result<Vec<u8>, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = name::encode(certificate.subject, profile.dn.string_type)?;
        params.not_before = moment(certificate.not_before);
        params.not_after = moment(certificate.not_after);
        params.serial_number = Some(SerialNumber::from_slice(certificate.serial.octets()));
        // rcgen ties the subject key identifier to basic constraints: both or neither.
        params.is_ca = if profile.certificate.key_identifiers { IsCa::ExplicitNoCa } else { IsCa::NoCa };
        params.use_authority_key_identifier_extension = profile.certificate.key_identifiers;
        if profile.certificate.key_usage {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        }
        for text in &profile.certificate.extended_key_usage {
            let components = object_identifier(text)?.arcs().map(u64::from).collect();
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::Other(components));
        }
        if !profile.crl.url.is_empty() {
            params.crl_distribution_points =
                vec![CrlDistributionPoint { uris: vec![profile.crl.url.clone()] }];
        }
        if !profile.certificate.policies.is_empty() {
            params.custom_extensions.push(policies(&profile.certificate.policies)?);
        }
        let signed = params.signed_by(key, &self.issuer).map_err(PkiError::making("a certificate"))?;
        Ok(signed.der().to_vec())
    }
}

impl fmt::Debug for ClientCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCa(..)")
    }
}

fn subject_of(certificate: &[u8]) -> Result<Vec<u8>, PkiError> {
    let parsed = x509_parser::parse_x509_certificate(certificate);
    let (_, parsed) = parsed.map_err(PkiError::reading("the client CA's certificate"))?;
    Ok(parsed.subject().as_raw().to_vec())
}

/// Stands where a key is wanted, and nobody has one.
struct Nobody;

impl PublicKeyData for Nobody {
    fn der_bytes(&self) -> &[u8] {
        &[0]
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

fn signer(key: &RsaKey) -> Result<KeyPair, PkiError> {
    rsa_key::signer(key.pkcs8()).map_err(PkiError::reading("the client CA's key"))
}

fn object_identifier(text: &str) -> Result<ObjectIdentifier, PkiError> {
    text.parse().map_err(PkiError::making("an object identifier"))
}

/// certificatePolicies (RFC 5280, 4.2.1.4) without qualifiers.
pub(super) fn policies(oids: &[String]) -> Result<CustomExtension, PkiError> {
    let informations =
        oids.iter().map(|text| Ok(vec![object_identifier(text)?])).collect::<Result<Vec<_>, PkiError>>()?;
    let content = informations.to_der().map_err(PkiError::making("certificatePolicies"))?;
    Ok(CustomExtension::from_oid_content(&[2, 5, 29, 32], content))
}
