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
use super::pointers;
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
    /// What it was asked to be for.
    hostnames: Vec<String>,
    /// How many roots there were before this one.
    replaced: u32,
    /// When a site takes a new server certificate: a third of its life before its end.
    renew_at: Option<Timestamp>,
}

/// The root of a chain.
#[derive(Clone, Copy)]
pub enum Root<'a> {
    /// Made anew, after so many others.
    New(u32),
    /// One that was stored.
    Kept(&'a StoredRoot),
}

/// What is stored: the root with its key. Intermediate and server certificate are made anew at
/// each start, since names and dates may have changed; clients that trust the root won't notice.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRoot {
    root: String,
    root_key: String,
    /// How many there were before it.
    #[serde(default, skip_serializing_if = "is_zero")]
    replaced: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl TlsChain {
    /// Makes a chain for these host names and addresses.
    ///
    /// Of a root that was stored, names are left out that it doesn't permit: one of them would make the chain invalid for
    /// all (RFC 5280, 4.2.1.10). `real_now` dates a server certificate whose life the profile limits.
    ///
    /// # Errors
    /// [`PkiError`] if a name can't be encoded or the stored root is damaged.
    pub fn new(
        entropy: &Entropy,
        profile: &Profile,
        hostnames: &[String],
        root: Root<'_>,
        real_now: Timestamp,
    ) -> Result<Self, PkiError> {
        let kind = profile.tls.key;
        let generate = |label| TlsSigner::generate(kind, entropy, label, 0);
        let validity = (profile.tls.root_not_before, profile.tls.root_not_after);
        let ca = |serial, subject: &Subject, constraint| -> Result<CertificateParams, PkiError> {
            let mut params = params(subject, serial, validity)?;
            params.is_ca = IsCa::Ca(constraint);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            params.name_constraints = Some(constraints(hostnames));
            Ok(params)
        };

        let replaced = match root {
            Root::New(replaced) => replaced,
            Root::Kept(kept) => kept.replaced,
        };
        let is_kept = matches!(root, Root::Kept(_));
        let (root, root_der) = match root {
            Root::Kept(kept) => {
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
            Root::New(replaced) => {
                let key = TlsSigner::generate(kind, entropy, "TLS root key", replaced);
                let serial = Serial::draw(&mut entropy.stream("TLS root serial", replaced.into()));
                let params = ca(serial, &root_name(profile, replaced), BasicConstraints::Unconstrained)?;
                let root = params.self_signed(&key).map_err(PkiError::making("the TLS root"))?;
                (Issuer::new(params, key), root.der().clone())
            }
        };

        let names = if is_kept { permitted(&root_der, hostnames)? } else { hostnames.to_vec() };
        let keys = &profile.tls;
        let label = format!("TLS intermediate serial {replaced} {}", keys.pointers);
        let number = serial(entropy, &label, kind, hostnames, validity);
        let mut intermediate_params =
            ca(number, &intermediate_name(profile), BasicConstraints::Constrained(0))?;
        // RFC 5280, 4.2.1.1: a must, and strict verifiers look (Python since 3.13).
        intermediate_params.use_authority_key_identifier_extension = true;
        if keys.pointers {
            pointers::of_intermediate(&mut intermediate_params)?;
        }
        let intermediate_key = generate("TLS intermediate key");
        let intermediate = intermediate_params
            .signed_by(&intermediate_key, &root)
            .map_err(PkiError::making("the TLS intermediate"))?;
        let intermediate_issuer = Issuer::new(intermediate_params, intermediate_key);

        let (leaf_validity, renew_at) = match keys.leaf_days {
            0 => (validity, None),
            days => {
                let life = SignedDuration::from_hours(24 * days);
                // An hour of grace for clients whose clock is behind. The whole is as long as is said, both seconds counted.
                let from = real_now - SignedDuration::from_hours(1);
                ((from, from + life - SignedDuration::from_secs(1)), Some(from + life * 2 / 3))
            }
        };
        let leaf_key = generate("TLS server key");
        let label = format!("TLS server serial {} {}", keys.leaf_client_auth, keys.pointers);
        let number = serial(entropy, &label, kind, &names, leaf_validity);
        let mut leaf = leaf(&names, number, leaf_validity)?;
        if !keys.leaf_client_auth {
            leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        }
        if keys.pointers {
            pointers::of_leaf(&mut leaf)?;
        }
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
            hostnames: hostnames.to_vec(),
            replaced,
            renew_at,
        })
    }

    /// The chain of a site that has moved to another root. What was asked for stays the same.
    ///
    /// # Errors
    /// [`PkiError`] if a name can't be encoded.
    pub fn under_next_root(
        &self,
        entropy: &Entropy,
        profile: &Profile,
        real_now: Timestamp,
    ) -> Result<Self, PkiError> {
        Self::new(entropy, profile, &self.hostnames, Root::New(self.replaced + 1), real_now)
    }

    /// The chain with a new server certificate, under the same root.
    ///
    /// # Errors
    /// [`PkiError`] if a name can't be encoded.
    pub fn with_new_leaf(
        &self,
        entropy: &Entropy,
        profile: &Profile,
        real_now: Timestamp,
    ) -> Result<Self, PkiError> {
        Self::new(entropy, profile, &self.hostnames, Root::Kept(&self.keep()), real_now)
    }

    /// Whether a site would take a new server certificate by now.
    pub fn leaf_is_due(&self, real_now: Timestamp) -> bool {
        self.renew_at.is_some_and(|renew_at| real_now >= renew_at)
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

    /// The names that it was asked to be for.
    pub fn hostnames(&self) -> &[String] {
        &self.hostnames
    }

    /// What to store.
    pub fn keep(&self) -> StoredRoot {
        let (root, root_key) = (BASE64.encode(&self.root), BASE64.encode(&self.root_key));
        StoredRoot { root, root_key, replaced: self.replaced }
    }
}

/// The host names and addresses of a world's server certificate. All worlds answer to the plain
/// names, on ports of their own; `label` is put in front of each for those reached by name. `relying` are the sites that
/// the certificate is for.
pub fn hostnames(label: Option<&str>, configured: &[String], relying: &[String]) -> Vec<String> {
    let plain: Vec<String> = REAL_NAMES
        .into_iter()
        .chain(["localhost"])
        .map(str::to_owned)
        .chain(configured.iter().map(|name| name.to_ascii_lowercase()))
        .chain(relying.iter().cloned())
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

/// The serial number of a certificate that is made anew at each start. It follows from what differs: NSS refuses two
/// certificates with one issuer and one number.
pub(super) fn serial(
    entropy: &Entropy,
    label: &str,
    kind: TlsKey,
    hostnames: &[String],
    (from, until): (Timestamp, Timestamp),
) -> Serial {
    let name = format!("{label} {kind:?} {from} {until} {}", hostnames.join(" "));
    Serial::draw(&mut entropy.stream(&name, 0))
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

/// `C=JP, O="SECOM Trust Systems CO.,LTD.", OU=Security Communication RootCA2`: no common name. A root that takes its
/// place counts on.
fn root_name(profile: &Profile, replaced: u32) -> Subject {
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

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn profile(text: &str) -> Profile {
        Profile::from_toml(text).unwrap()
    }

    fn chain(profile: &Profile, now: Timestamp) -> TlsChain {
        TlsChain::new(&Entropy::seeded("tls"), profile, &hostnames(None, &[], &[]), Root::New(0), now)
            .unwrap()
    }

    /// Serial number and validity in seconds of the server certificate.
    fn leaf_of(chain: &TlsChain) -> (String, i64, i64) {
        let (_, leaf) = x509_parser::parse_x509_certificate(&chain.leaf).unwrap();
        let validity = leaf.validity();
        (leaf.raw_serial_as_string(), validity.not_before.timestamp(), validity.not_after.timestamp())
    }

    #[test]
    fn a_server_certificate_of_some_days_is_renewed_before_its_end_under_another_number() {
        let now: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
        let profile = profile("tls.leaf_days = 47");
        let first = chain(&profile, now);
        let (number, from, until) = leaf_of(&first);
        // RFC 5280, 4.1.2.5: both ends count.
        assert_eq!(until + 1 - from, 47 * 86_400);
        assert!(!first.leaf_is_due(now + DAY * 31));
        let later = now + DAY * 32;
        assert!(first.leaf_is_due(later) && later.as_second() < until);
        let second = first.with_new_leaf(&Entropy::seeded("tls"), &profile, later).unwrap();
        assert_eq!(first.root(), second.root());
        assert_ne!(leaf_of(&second).0, number);
        assert!(leaf_of(&second).2 > until && !second.leaf_is_due(later));
    }

    #[test]
    fn certificates_that_differ_have_different_numbers() {
        let now: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
        let mut seen = std::collections::HashMap::new();
        for text in [
            "",
            "tls.leaf_days = 100",
            "tls.leaf_client_auth = false",
            "tls.pointers = true",
            "tls.key = 'rsa-2048'",
        ] {
            let (profile, again) = (profile(text), profile(text));
            let one = chain(&profile, now);
            assert_eq!(one.leaf, chain(&again, now).leaf, "{text}: the same content, the same certificate");
            if text.contains("leaf_days") {
                let a_second_later = chain(&profile, now + SignedDuration::from_secs(1));
                assert_ne!(leaf_of(&one).0, leaf_of(&a_second_later).0, "each start has its own");
            }
            assert_eq!(seen.insert(leaf_of(&one).0, text), None, "{text}");
        }
    }

    #[test]
    fn the_next_root_has_another_name_and_key_and_permits_the_same() {
        let now: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
        let (profile, entropy) = (Profile::default(), Entropy::seeded("tls"));
        let first = chain(&profile, now);
        let second = first.under_next_root(&entropy, &profile, now).unwrap();
        assert_eq!(first.names(), second.names());
        let key = |chain: &TlsChain| {
            let (_, root) = x509_parser::parse_x509_certificate(chain.root()).unwrap();
            (root.subject().to_string(), root.public_key().raw.to_vec())
        };
        let ((before, old), (after, new)) = (key(&first), key(&second));
        assert!(before.contains("RootCA2") && after.contains("RootCA3"), "{before} {after}");
        assert_ne!(old, new);
        // What is stored of it is taken up again, and is followed by the one after.
        let kept =
            TlsChain::new(&entropy, &profile, &hostnames(None, &[], &[]), Root::Kept(&second.keep()), now);
        let kept = kept.unwrap();
        assert_eq!(kept.root(), second.root());
        let third = kept.under_next_root(&entropy, &profile, now).unwrap();
        assert!(key(&third).0.contains("RootCA4"));
    }
}
