//! Certificates for the tests: the common CA, the clients' and the servers'.

use obn_client::{Identity, Password, PfxProfile};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use time::OffsetDateTime;

pub(crate) const COMMON_CA: &str = "Online Billing NW Common Root CA - G1";
pub(crate) const INSTITUTION: &str = "0110119153";

/// A CA with its own root.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn named(common_name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = ca_params(common_name);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(crate) fn common_ca() -> Self {
        Self::named(COMMON_CA)
    }

    /// An intermediate CA below this one.
    pub(crate) fn intermediate(&self, common_name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = ca_params(common_name);
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server certificate with its key, both in PEM.
    pub(crate) fn server(&self, host: &str, valid: (OffsetDateTime, OffsetDateTime)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = valid.0;
        params.not_after = valid.1;
        params.use_authority_key_identifier_extension = true;
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// A client certificate as the common CA issues it, valid from one day to another.
    pub(crate) fn identity(&self, institution: &str, from: (i32, u8, u8), until: (i32, u8, u8)) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(institution);
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(until.0, until.1, until.2) + time::Duration::seconds(53_999);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Identity::from_pem(&key.serialize_pem(), &format!("{certificate}{}", self.pem)).unwrap()
    }

    /// The same as a PFX file.
    pub(crate) fn pfx(&self, password: &str) -> Vec<u8> {
        let identity = self.identity(INSTITUTION, (2026, 1, 20), (2029, 4, 19));
        identity.to_pfx(&Password::new(password), PfxProfile::TripleDesSha1).unwrap()
    }
}

/// Valid now, whenever that is: the tests' clocks say 2026-11-23.
pub(crate) fn good_years() -> (OffsetDateTime, OffsetDateTime) {
    (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1))
}

fn ca_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = good_years();
    params
}

/// rcgen's name is a map, in which a second OU would replace the first unless it goes by another key.
fn subject(institution: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "JP");
    name.push(DnType::OrganizationName, "ReceiptOnline");
    name.push(DnType::OrganizationalUnitName, "hokkaido");
    name.push(DnType::CustomDnType(vec![2, 5, 4, 11]), "medical");
    name.push(DnType::CommonName, institution);
    name
}
