//! Certificates that clients present: whose they are.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use jiff::Timestamp;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::{ClientCa, PresentedKey};
use crate::terms::{Attribute, Serial};

/// What a presented certificate turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// The client CA signed it, under this number.
    Ours(Serial),
    /// Somebody else's, or no certificate at all.
    Foreign,
}

impl Presented {
    /// Looks at issuer and signature, and whether the handshake has proved that the client has the key. Dates and
    /// revocation are the authority's business.
    pub fn read(certificate: &[u8], ca: &ClientCa) -> Self {
        Self::ours(certificate, ca).map_or(Self::Foreign, Self::Ours)
    }

    fn ours(certificate: &[u8], ca: &ClientCa) -> Option<Serial> {
        PresentedKey::of(certificate)?;
        let (rest, presented) = x509_parser::parse_x509_certificate(certificate).ok()?;
        let (_, root) = x509_parser::parse_x509_certificate(ca.certificate()).ok()?;
        let rsa_sha256 = x509_parser::oid_registry::OID_PKCS1_SHA256WITHRSA;
        if !rest.is_empty()
            || presented.issuer().as_raw() != root.subject().as_raw()
            || presented.signature_algorithm.algorithm != rsa_sha256
        {
            return None;
        }
        let key = &root.public_key().subject_public_key.data;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.as_ref())
            .verify(presented.tbs_certificate.as_ref(), &presented.signature_value.data)
            .ok()?;
        let number = presented.raw_serial().iter().map(|octet| format!("{octet:02X}")).collect::<String>();
        number.parse().ok()
    }
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Common name of the subject: the institution code.
    pub common_name: String,
    /// The subject (RFC 4514).
    pub subject: String,
    /// Common name of the issuer.
    pub issuer: String,
    /// First second of validity.
    pub not_before: Timestamp,
    /// Last second of validity.
    pub not_after: Timestamp,
}

impl Held {
    /// Reads a certificate, whoever it is from. `None` if it is none.
    pub fn read(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
        let common_name = |name: &X509Name<'_>| {
            name.iter_common_name().next().and_then(|part| part.as_str().ok()).unwrap_or_default().to_owned()
        };
        let moment = |time: ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        let validity = certificate.validity();
        Some(Self {
            common_name: common_name(certificate.subject()),
            subject: written(certificate.subject()),
            issuer: common_name(certificate.issuer()),
            not_before: moment(validity.not_before)?,
            not_after: moment(validity.not_after)?,
        })
    }
}

/// The most specific attribute first; types without a usual name by their numbers.
fn written(name: &X509Name<'_>) -> String {
    let short = |part: &AttributeTypeAndValue<'_>| {
        let known = Attribute::ALL.into_iter().find(|known| known.oid() == part.attr_type().to_id_string());
        known.map_or_else(|| part.attr_type().to_id_string(), |known| known.short_name().to_owned())
    };
    let parts: Vec<_> = name.iter_attributes().collect();
    let parts = parts
        .into_iter()
        .rev()
        .map(|part| format!("{}={}", short(part), crate::terms::escape(part.as_str().unwrap_or_default())));
    parts.collect::<Vec<_>>().join(",")
}

/// Whether a certificate has this serial number and these dates, to the second.
pub fn is_certificate_of(
    certificate: &[u8],
    serial: Serial,
    not_before: Timestamp,
    not_after: Timestamp,
) -> bool {
    x509_parser::parse_x509_certificate(certificate).is_ok_and(|(_, certificate)| {
        let validity = certificate.validity();
        let dates = (validity.not_before.timestamp(), validity.not_after.timestamp());
        *certificate.raw_serial() == *serial.octets()
            && dates == (not_before.as_second(), not_after.as_second())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;
    use crate::pki::{EndEntity, RsaKey};
    use crate::profile::Profile;
    use crate::terms::{Attribute, Subject};

    #[test]
    fn only_what_the_ca_signed_is_ours() {
        let profile = Profile::default();
        let ca = |seed: u8| {
            ClientCa::new(RsaKey::generate([seed; 32], 2048), &Entropy::seeded("ca"), &profile).unwrap()
        };
        let (ours, impostor) = (ca(1), ca(2));
        let certificate = EndEntity {
            serial: Serial::of(&[1; 32], b""),
            subject: &Subject::new(vec![(Attribute::CommonName, "0110119153".to_owned())]),
            not_before: "2026-11-22T15:00:00Z".parse().unwrap(),
            not_after: "2030-02-23T14:59:59Z".parse().unwrap(),
        };
        let key = RsaKey::generate([3; 32], 2048);
        let good = ours.sign(&certificate, &key, &profile).unwrap();
        assert_eq!(Presented::read(&good, &ours), Presented::Ours(certificate.serial));
        // The same issuer name and serial number with another key.
        let forged = impostor.sign(&certificate, &key, &profile).unwrap();
        assert_eq!(Presented::read(&forged, &ours), Presented::Foreign);
        assert_eq!(Presented::read(b"nonsense", &ours), Presented::Foreign);
        let mut damaged = good.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        assert_eq!(Presented::read(&damaged, &ours), Presented::Foreign);
        assert_eq!(Presented::read(&[good, vec![0]].concat(), &ours), Presented::Foreign);
    }
}
