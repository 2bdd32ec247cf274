//! What the certificates of the TLS side say: names, dates, hosts and uses.

use std::net::IpAddr;

use jiff::Timestamp;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType};

use super::hostnames::REAL_NAMES;
use super::{PkiError, moment, name};
use crate::profile::{DnMode, Profile, StringType};
use crate::terms::{Attribute, Subject};

/// What a marked name says in its description attribute.
pub(super) const MARK: &str = "SIMULATED by obn-ca - do not trust";

/// A server certificate for these host names and addresses.
pub(super) fn leaf(
    hostnames: &[String],
    validity: (Timestamp, Timestamp),
) -> Result<CertificateParams, PkiError> {
    let mut leaf = params(&server_name(), validity)?;
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    for host in hostnames {
        leaf.subject_alt_names.push(match host.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(host.as_str().try_into().map_err(PkiError::making("a host name"))?),
        });
    }
    Ok(leaf)
}

pub(super) fn params(
    subject: &Subject,
    validity: (Timestamp, Timestamp),
) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name::encode(subject, StringType::Printable)?;
    (params.not_before, params.not_after) = (moment(validity.0), moment(validity.1));
    Ok(params)
}

/// `C=JP, O="SECOM Trust Systems CO.,LTD.", OU=Security Communication RootCA2`: no common name. A root that takes its
/// place counts on.
pub(super) fn root_name(profile: &Profile, replaced: u32) -> Subject {
    marked(
        vec![
            (Attribute::Country, "JP".to_owned()),
            (Attribute::Organization, "SECOM Trust Systems CO.,LTD.".to_owned()),
            (
                Attribute::OrganizationalUnit,
                format!("Security Communication RootCA{}", 2 + u64::from(replaced)),
            ),
        ],
        profile,
    )
}

pub(super) fn intermediate_name(profile: &Profile) -> Subject {
    marked(
        vec![
            (Attribute::Country, "JP".to_owned()),
            (Attribute::Organization, "Cybertrust Japan Co., Ltd.".to_owned()),
            (Attribute::CommonName, "Cybertrust Japan SureServer CA G4".to_owned()),
        ],
        profile,
    )
}

fn server_name() -> Subject {
    Subject::new(vec![
        (Attribute::Country, "JP".to_owned()),
        (Attribute::Organization, "obn-ca".to_owned()),
        (Attribute::CommonName, REAL_NAMES[0].to_owned()),
    ])
}

fn marked(mut parts: Vec<(Attribute, String)>, profile: &Profile) -> Subject {
    if profile.dn.mode == DnMode::Marked {
        parts.push((Attribute::Description, MARK.to_owned()));
    }
    Subject::new(parts)
}
