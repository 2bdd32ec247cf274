//! Server certificates as they should not be, for faults of TLS.

use jiff::{SignedDuration, Timestamp};
use rcgen::CertificateParams;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use x509_parser::extensions::GeneralName;

use super::tls_contents::{MARK, leaf, params};
use super::tls_signer::TlsSigner;
use super::{ClientCa, PkiError, TlsChain, numbered};
use crate::entropy::Entropy;
use crate::profile::Profile;
use crate::terms::{Attribute, Subject};

/// Below a permitted name, so that nothing is wrong with it but the name.
const WRONG_HOST: &str = "wrong-host.cert.obn.managedpki.ne.jp";

/// What is wrong with a TLS certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsFault {
    /// It is made out to another host.
    WrongHost,
    /// It ended yesterday, by real time.
    Expired,
    /// It comes from a root that nobody trusts.
    UnknownRoot,
    /// It comes from the client CA, whose root lies in every PFX file and vouches for no server.
    ClientCa,
    /// The intermediate certificate is missing.
    NoIntermediate,
}

type Shown = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl TlsChain {
    /// What a server with this fault shows, and its key. `client_ca` is there for [`TlsFault::ClientCa`].
    ///
    /// # Errors
    /// [`PkiError`] if a name can't be encoded.
    pub fn faulty(
        &self,
        fault: TlsFault,
        client_ca: Option<&ClientCa>,
        entropy: &Entropy,
        profile: &Profile,
        real_now: Timestamp,
    ) -> Result<Shown, PkiError> {
        let (chain, key) = self.server(true);
        if fault == TlsFault::NoIntermediate {
            return Ok((chain.into_iter().take(1).collect(), key));
        }
        let generate = |label| TlsSigner::generate(profile.tls.key, entropy, label, 0);
        let whole_life = (profile.tls.root_not_before, profile.tls.root_not_after);
        let (hosts, validity) = match fault {
            TlsFault::WrongHost => (vec![WRONG_HOST.to_owned()], whole_life),
            TlsFault::Expired => {
                let day = SignedDuration::from_hours(24);
                (hosts(&chain[0])?, (real_now - day * 90, real_now - day))
            }
            TlsFault::UnknownRoot | TlsFault::ClientCa | TlsFault::NoIntermediate => {
                (hosts(&chain[0])?, whole_life)
            }
        };
        let key = generate("TLS fault key");
        let params = leaf(&hosts, validity)?;
        let (certificate, above) = match (fault, client_ca) {
            (_, Some(ca)) => {
                let above = CertificateDer::from(ca.certificate().to_vec());
                (numbered::signed_by(params, &key, &above, ca.issuer().key(), entropy), above)
            }
            (TlsFault::UnknownRoot, None) => {
                let ca_key = generate("TLS unknown root key");
                let above = numbered::self_signed(&mut unknown_root(whole_life)?, &ca_key, entropy)
                    .map_err(PkiError::making("the unknown root"))?;
                (numbered::signed_by(params, &key, &above, &ca_key, entropy), above)
            }
            _ => {
                // The same key as at the start, since the world's secret is the same.
                let (above, ca_key) = (chain[1].clone(), generate("TLS intermediate key"));
                (numbered::signed_by(params, &key, &above, &ca_key, entropy), above)
            }
        };
        let certificate = certificate.map_err(PkiError::making("a wrong TLS certificate"))?;
        Ok((vec![certificate, above], PrivatePkcs8KeyDer::from(key.pkcs8()).into()))
    }
}

/// The host names and addresses that a server certificate is made out to.
fn hosts(leaf: &CertificateDer<'_>) -> Result<Vec<String>, PkiError> {
    let (_, leaf) =
        x509_parser::parse_x509_certificate(leaf).map_err(PkiError::reading("the TLS certificate"))?;
    let names = leaf.subject_alternative_name().map_err(PkiError::reading("the TLS certificate"))?;
    let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(std::net::IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(*octets).map(std::net::IpAddr::from))
                .ok()
                .map(|address| address.to_string())
        }
        _ => None,
    };
    Ok(names.iter().filter_map(text).collect())
}

fn unknown_root(validity: (Timestamp, Timestamp)) -> Result<CertificateParams, PkiError> {
    let name = Subject::new(vec![
        (Attribute::Country, "JP".to_owned()),
        (Attribute::Organization, "obn-ca".to_owned()),
        (Attribute::CommonName, "Unknown Root".to_owned()),
        (Attribute::Description, MARK.to_owned()),
    ]);
    let mut params = params(&name, validity)?;
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    Ok(params)
}
