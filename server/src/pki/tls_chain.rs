//! The TLS side: root, intermediate and server certificate, shaped like the real ones.
//!
//! The root's name is the real one's, so it is marked as simulated and constrained to the
//! simulated names: whoever trusts it by mistake trusts it for nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, PublicKeyData,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};

use super::permitted::{constraints, permitted};
use super::tls_contents::{intermediate_name, leaf, params, root_name};
use super::tls_signer::TlsSigner;
use super::{PkiError, numbered, pointers};
use crate::entropy::Entropy;
use crate::profile::{Profile, TlsKey};
use crate::terms::Subject;

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
        let ca = |subject: &Subject, constraint| -> Result<CertificateParams, PkiError> {
            let mut params = params(subject, validity)?;
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
        let (root_key, root) = match root {
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
                (key, der)
            }
            Root::New(replaced) => {
                let key = TlsSigner::generate(kind, entropy, "TLS root key", replaced);
                let mut params = ca(&root_name(profile, replaced), BasicConstraints::Unconstrained)?;
                let root = numbered::self_signed(&mut params, &key, entropy);
                (key, root.map_err(PkiError::making("the TLS root"))?)
            }
        };

        let names = if is_kept { permitted(&root, hostnames)? } else { hostnames.to_vec() };
        let keys = &profile.tls;
        let mut intermediate = ca(&intermediate_name(profile), BasicConstraints::Constrained(0))?;
        // RFC 5280, 4.2.1.1: a must, and strict verifiers look (Python since 3.13).
        intermediate.use_authority_key_identifier_extension = true;
        if keys.pointers {
            pointers::of_intermediate(&mut intermediate)?;
        }
        let intermediate_key = generate("TLS intermediate key");
        let intermediate = numbered::signed_by(intermediate, &intermediate_key, &root, &root_key, entropy)
            .map_err(PkiError::making("the TLS intermediate"))?;

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
        let mut leaf = leaf(&names, leaf_validity)?;
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
        let leaf = numbered::signed_by(leaf, &leaf_key, &intermediate, &intermediate_key, entropy)
            .map_err(PkiError::making("the TLS certificate"))?;

        Ok(Self {
            root,
            intermediate,
            leaf,
            leaf_key: PrivatePkcs8KeyDer::from(leaf_key.pkcs8()).into(),
            root_key: root_key.pkcs8(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::{TlsFault, hostnames};

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
    fn one_issuer_gives_a_number_to_one_certificate_alone_and_gives_it_again() {
        let entropy = Entropy::seeded("tls");
        let now: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
        let hosts = [hostnames(None, &[], &[]), hostnames(None, &["ca.example.jp".to_owned()], &[])];
        let faults = [TlsFault::WrongHost, TlsFault::Expired, TlsFault::UnknownRoot];
        let made = || {
            let mut made = Vec::new();
            for text in [
                "",
                "tls.leaf_days = 100",
                "tls.leaf_days = 47",
                "tls.leaf_client_auth = false",
                "tls.pointers = true",
                "tls.key = 'rsa-2048'",
                "tls.root_not_after = '2039-01-01T00:00:00Z'",
                "dn.mode = 'faithful'",
            ] {
                let profile = profile(text);
                for (hosts, now) in hosts.iter().flat_map(|hosts| [(hosts, now), (hosts, now + DAY)]) {
                    let chain = TlsChain::new(&entropy, &profile, hosts, Root::New(0), now).unwrap();
                    let next = chain.under_next_root(&entropy, &profile, now).unwrap();
                    // A store goes on with its root, whatever the profile says by then.
                    let kept = Root::Kept(&chain.keep());
                    let kept =
                        TlsChain::new(&entropy, &self::profile("tls.pointers = true"), hosts, kept, now);
                    for chain in [chain, next, kept.unwrap()] {
                        made.extend(chain.server(true).0);
                        made.push(chain.root.clone());
                        for fault in faults {
                            made.extend(chain.faulty(fault, None, &entropy, &profile, now).unwrap().0);
                        }
                    }
                }
            }
            made
        };
        let first = made();
        let mut numbers = std::collections::HashMap::new();
        for certificate in &first {
            let (_, parsed) = x509_parser::parse_x509_certificate(certificate).unwrap();
            let number = (parsed.issuer().as_raw().to_vec(), parsed.raw_serial().to_vec());
            let other = numbers.insert(number, certificate).filter(|other| *other != certificate);
            assert_eq!(other, None, "{} {}", parsed.subject(), parsed.raw_serial_as_string());
        }
        assert!(numbers.len() > 60, "{} certificates", numbers.len());
        assert_eq!(made(), first);
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
