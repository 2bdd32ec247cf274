//! Certificates that another CA issued: what a terminal may hold beside the right one.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::error::Error;
use crate::eyes::browser::ClientIdentity;

/// A certificate for the manual's institution, issued by a CA of this name with a key of its own.
///
/// # Errors
/// If it can't be made.
pub(crate) fn foreign_identity(issuer: &str) -> Result<ClientIdentity, Error> {
    make(issuer).map_err(|error| Error::broken("no certificate of another CA", error))
}

fn make(issuer: &str) -> Result<ClientIdentity, rcgen::Error> {
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::default();
    ca.distinguished_name.push(DnType::CountryName, "JP");
    ca.distinguished_name.push(DnType::OrganizationName, "ReceiptOnline");
    ca.distinguished_name.push(DnType::CommonName, issuer);
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate()?;
    let mut own = CertificateParams::default();
    own.distinguished_name.push(DnType::CountryName, "JP");
    own.distinguished_name.push(DnType::OrganizationName, "ReceiptOnline");
    own.distinguished_name.push(DnType::CommonName, "0110119153");
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = own.signed_by(&key, &Issuer::new(ca, ca_key))?;
    Ok(ClientIdentity { chain: vec![certificate.der().to_vec()], key: key.serialize_der() })
}

/// Roots of the kind that machines bring along, in PEM: of other companies, and none of a site here.
///
/// # Errors
/// None that is known.
pub(crate) fn public_roots() -> Result<String, Error> {
    let made = |name: &str| -> Result<String, rcgen::Error> {
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CountryName, "JP");
        root.distinguished_name.push(DnType::CommonName, name);
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Ok(root.self_signed(&KeyPair::generate()?)?.pem())
    };
    let roots: Result<String, rcgen::Error> =
        ["Some Public Root CA", "Another Public Root CA"].into_iter().map(made).collect();
    roots.map_err(|error| Error::broken("no public roots", error))
}
