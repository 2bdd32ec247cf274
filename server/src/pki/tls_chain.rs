//! The TLS side: root, intermediate and server certificate, shaped like the real ones.
//!
//! The root's name is the real one's, so it is marked as simulated and constrained to the
//! simulated names: whoever trusts it by mistake trusts it for nothing else.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyUsagePurpose, NameConstraints, PublicKeyData, SanType, SerialNumber,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};

use super::permitted::permitted;
use super::tls_signer::TlsSigner;
use super::{PkiError, moment, name};
use crate::entropy::Entropy;
use crate::profile::{DnMode, Profile, StringType, TlsKey};
use crate::terms::{Attribute, Serial, Subject};

/// What a marked name says in its description attribute.
pub(super) const MARK: &str = "SIMULATED by obn-ca - do not trust";

/// The names under which the real site and its CRL are known.
const REAL_NAMES: [&str; 2] = ["cert.obn.managedpki.ne.jp", "crldownload.obn.managedpki.ne.jp"];

/// Root, intermediate and server certificate with the server's key.
#[derive(Debug)]
pub struct TlsChain {
    root: CertificateDer<'static>,
    intermediate: CertificateDer<'static>,
    leaf: CertificateDer<'static>,
    leaf_key: PrivateKeyDer<'static>,
    root_key: Vec<u8>,
    /// What the server certificate is for.
    names: Vec<String>,
}

/// What is stored: the root with its key. Intermediate and server certificate are made anew at
/// each start, since names and dates may have changed; clients that trust the root won't notice.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredRoot {
    root: String,
    root_key: String,
}

impl TlsChain {
    /// Makes a chain for these host names and addresses.
    ///
    /// `kept` takes up a root that was stored, and leaves out the names that it doesn't permit: one of them would make
    /// the chain invalid for all (RFC 5280, 4.2.1.10). `real_now` dates a server certificate whose life
    /// the profile limits.
    ///
    /// # Errors
    /// [`PkiError`] if a name can't be encoded or the stored root is damaged.
    pub fn new(
        entropy: &Entropy,
        profile: &Profile,
        hostnames: &[String],
        kept: Option<&StoredRoot>,
        real_now: Timestamp,
    ) -> Result<Self, PkiError> {
        let kind = profile.tls.key;
        let generate = |label| TlsSigner::generate(kind, entropy, label);
        let validity = (profile.tls.root_not_before, profile.tls.root_not_after);
        let serial = |label| Serial::draw(&mut entropy.stream(label, 0));
        let ca = |label, subject: &Subject, constraint| -> Result<CertificateParams, PkiError> {
            let mut params = params(subject, serial(label), validity)?;
            params.is_ca = IsCa::Ca(constraint);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            params.name_constraints = Some(constraints(hostnames));
            Ok(params)
        };

        let (root, root_der) = match kept {
            Some(kept) => {
                let load = |pkcs8: Vec<u8>| TlsSigner::from_pkcs8(&pkcs8);
                let damaged = || PkiError::reading("the stored TLS root")("it is damaged");
                let key = BASE64.decode(&kept.root_key).ok().and_then(load).ok_or_else(damaged)?;
                let der = CertificateDer::from(BASE64.decode(&kept.root).map_err(|_| damaged())?);
                let fits = x509_parser::parse_x509_certificate(&der)
                    .is_ok_and(|(_, root)| *root.public_key().subject_public_key.data == *key.der_bytes());
                if !fits {
                    return Err(damaged());
                }
                (Issuer::from_ca_cert_der(&der, key).map_err(PkiError::reading("the stored TLS root"))?, der)
            }
            None => {
                let key = generate("TLS root key");
                let params = ca("TLS root serial", &root_name(profile), BasicConstraints::Unconstrained)?;
                let root = params.self_signed(&key).map_err(PkiError::making("the TLS root"))?;
                (Issuer::new(params, key), root.der().clone())
            }
        };

        let names = match kept {
            Some(_) => permitted(&root_der, hostnames)?,
            None => hostnames.to_vec(),
        };
        let intermediate_params =
            ca("TLS intermediate serial", &intermediate_name(profile), BasicConstraints::Constrained(0))?;
        let intermediate_key = generate("TLS intermediate key");
        let intermediate = intermediate_params
            .signed_by(&intermediate_key, &root)
            .map_err(PkiError::making("the TLS intermediate"))?;
        let intermediate_issuer = Issuer::new(intermediate_params, intermediate_key);

        let leaf_validity = match profile.tls.leaf_days {
            0 => validity,
            // An hour of grace for clients whose clock is behind.
            days => {
                (real_now - SignedDuration::from_hours(1), real_now + SignedDuration::from_hours(24 * days))
            }
        };
        let leaf_key = generate("TLS server key");
        let mut leaf = leaf(&names, serial("TLS server serial"), leaf_validity)?;
        if kind == TlsKey::Rsa2048 {
            // RFC 8813 forbids it for elliptic curves.
            leaf.key_usages.push(KeyUsagePurpose::KeyEncipherment);
        }
        let leaf = leaf
            .signed_by(&leaf_key, &intermediate_issuer)
            .map_err(PkiError::making("the TLS certificate"))?;

        Ok(Self {
            root: root_der,
            intermediate: intermediate.der().clone(),
            leaf: leaf.der().clone(),
            leaf_key: PrivatePkcs8KeyDer::from(leaf_key.pkcs8()).into(),
            root_key: root.key().pkcs8(),
            names,
        })
    }

    /// DER of the root, for the chain that a client must trust.
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// The root as PEM.
    pub fn root_pem(&self) -> String {
        super::certificate_pem(&self.root)
    }

    /// What the server sends, and its key.
    pub fn server(&self, with_intermediate: bool) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let mut chain = vec![self.leaf.clone()];
        if with_intermediate {
            chain.push(self.intermediate.clone());
        }
        (chain, self.leaf_key.clone_key())
    }

    /// Host names and addresses that it is valid for.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What to store.
    pub fn keep(&self) -> StoredRoot {
        StoredRoot { root: BASE64.encode(&self.root), root_key: BASE64.encode(&self.root_key) }
    }
}

/// The host names and addresses of a world's server certificate. All worlds answer to the plain
/// names, on ports of their own; `label` is put in front of each for those reached by name.
pub fn hostnames(label: Option<&str>, configured: &[String]) -> Vec<String> {
    let plain: Vec<String> = REAL_NAMES
        .into_iter()
        .chain(["localhost"])
        .map(str::to_owned)
        .chain(configured.iter().map(|name| name.to_ascii_lowercase()))
        .collect();
    let is_name = |host: &&String| host.parse::<IpAddr>().is_err();
    let labelled = label.into_iter().flat_map(|label| {
        plain.iter().filter(is_name).map(move |host| format!("{label}.{host}")).collect::<Vec<_>>()
    });
    let addresses = ["127.0.0.1", "::1"].map(str::to_owned);
    let mut all: Vec<String> = labelled.chain(plain.iter().cloned()).chain(addresses).collect();
    let mut seen = std::collections::HashSet::new();
    all.retain(|host| seen.insert(host.clone()));
    all
}

/// A server certificate for these host names and addresses.
pub(super) fn leaf(
    hostnames: &[String],
    serial: Serial,
    validity: (Timestamp, Timestamp),
) -> Result<CertificateParams, PkiError> {
    let mut leaf = params(&server_name(), serial, validity)?;
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
    serial: Serial,
    validity: (Timestamp, Timestamp),
) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name::encode(subject, StringType::Printable)?;
    params.serial_number = Some(SerialNumber::from_slice(serial.octets()));
    (params.not_before, params.not_after) = (moment(validity.0), moment(validity.1));
    Ok(params)
}

/// Permits the simulated names with everything below them, and loopback. A permitted name covers
/// its subdomains, so worlds need no entry of their own.
fn constraints(hostnames: &[String]) -> NameConstraints {
    let subtree = |host: &String| match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(address.octets(), 32))
        }
        Ok(IpAddr::V6(address)) => {
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(address.octets(), 128))
        }
        Err(_) => GeneralSubtree::DnsName(host.clone()),
    };
    let covered = |host: &String| {
        hostnames
            .iter()
            .any(|other| host.strip_suffix(other.as_str()).is_some_and(|rest| rest.ends_with('.')))
    };
    NameConstraints {
        permitted_subtrees: hostnames.iter().filter(|host| !covered(host)).map(subtree).collect(),
        excluded_subtrees: Vec::new(),
    }
}

/// `C=JP, O="SECOM Trust Systems CO.,LTD.", OU=Security Communication RootCA2`: no common name.
fn root_name(profile: &Profile) -> Subject {
    marked(
        vec![
            (Attribute::Country, "JP".to_owned()),
            (Attribute::Organization, "SECOM Trust Systems CO.,LTD.".to_owned()),
            (Attribute::OrganizationalUnit, "Security Communication RootCA2".to_owned()),
        ],
        profile,
    )
}

fn intermediate_name(profile: &Profile) -> Subject {
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
