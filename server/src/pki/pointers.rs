//! What a public certificate says of where more is to be had (`tls.pointers`): its policies, OCSP, the issuer's certificate
//! and the revocation list. The addresses are those of the real chain; nobody answers there for ours.

use der::Encode;
use der::asn1::ObjectIdentifier;
use rcgen::{CertificateParams, CrlDistributionPoint, CustomExtension};

use super::PkiError;

const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");
const AUTHORITY_INFO_ACCESS: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 1];
/// Organization-validated (CA/Browser Forum), and the company's own.
const POLICIES: [&str; 2] = ["2.23.140.1.2.2", "1.2.392.200081.1.23.1"];

pub(super) fn of_leaf(params: &mut CertificateParams) -> Result<(), PkiError> {
    let policies = POLICIES.map(str::to_owned);
    params.custom_extensions.push(super::client_ca::policies(&policies)?);
    params.custom_extensions.push(access(&[
        (OCSP, "http://ssocsp.cybertrust.ne.jp/OcspServer"),
        (CA_ISSUERS, "http://crl.cybertrust.ne.jp/SureServer/ovcag4/ovcag4.crt"),
    ])?);
    params.crl_distribution_points = list("http://crl.cybertrust.ne.jp/SureServer/ovcag4/cdp.crl");
    Ok(())
}

pub(super) fn of_intermediate(params: &mut CertificateParams) -> Result<(), PkiError> {
    params.custom_extensions.push(access(&[(OCSP, "http://scrootca2.ocsp.secomtrust.net")])?);
    params.crl_distribution_points = list("http://repository.secomtrust.net/SC-Root2/SCRoot2CRL.crl");
    Ok(())
}

fn list(url: &str) -> Vec<CrlDistributionPoint> {
    vec![CrlDistributionPoint { uris: vec![url.to_owned()] }]
}

/// authorityInfoAccess (RFC 5280, 4.2.2.1).
fn access(places: &[(ObjectIdentifier, &str)]) -> Result<CustomExtension, PkiError> {
    let mut descriptions = Vec::new();
    for (method, url) in places {
        let mut description = method.to_der().map_err(PkiError::making("authorityInfoAccess"))?;
        // GeneralName: uniformResourceIdentifier is [6] IMPLICIT IA5String.
        description.extend(tagged(0x86, url.as_bytes()));
        descriptions.extend(tagged(0x30, &description));
    }
    Ok(CustomExtension::from_oid_content(&AUTHORITY_INFO_ACCESS, tagged(0x30, &descriptions)))
}

/// A tag, the length and the content, which has fewer than 65,536 octets.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut der = match (high, low) {
        (0, 0..=0x7f) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    der.extend_from_slice(content);
    der
}
