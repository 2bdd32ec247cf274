//! What may be told of TLS.

use base64::Engine;
use serde_json::Map;

use crate::recording::har::{Security, unbase64};
use crate::recording::redact::address::Service;
use crate::recording::redact::dropped::{Dropped, Tally};

/// What may be told of TLS: the protocol, and certificates that name public hosts and authorities alone.
pub(super) fn rewrite_security(security: &Security, service: &Service<'_>, tally: &mut Tally) -> Security {
    let is_open = |text: &str| service.is_known(text) || is_authority(text);
    let short = |text: &Option<String>| text.clone().filter(|text| text.len() <= 40);
    let chain: Option<Vec<String>> = security
        .certificates
        .iter()
        .map(|certificate| {
            let der = unbase64(certificate)?;
            let names = Names::of(&der)?;
            let is_issued = names.issuer.iter().all(|name| is_open(name));
            // Whom a public authority certifies for the service's host is the service.
            let is_service = names.hosts.iter().any(|host| service.is_known(host));
            let is_named = names.subject.iter().chain(&names.hosts).all(|name| is_open(name));
            (is_issued && (is_named || is_service))
                .then(|| base64::engine::general_purpose::STANDARD.encode(&der))
        })
        .collect();
    if chain.is_none() {
        tally.add(Dropped::ServerCertificate);
    }
    Security {
        protocol: short(&security.protocol),
        subject_name: security.subject_name.clone().filter(|name| is_open(name)),
        issuer: security.issuer.clone().filter(|name| is_open(name)),
        valid_from: security.valid_from,
        valid_to: security.valid_to,
        cipher: short(&security.cipher),
        alpn: short(&security.alpn),
        certificates: chain.unwrap_or_default(),
        client_certificate_asked: security.client_certificate_asked,
        other: Map::new(),
    }
}

/// Whether a name is that of an authority whose certificates are public.
pub(super) fn is_authority(name: &str) -> bool {
    const AUTHORITIES: [&str; 6] = [
        "Cybertrust Japan",
        "SECOM Trust",
        "Security Communication",
        "Online Billing NW",
        "ReceiptOnline",
        "Health Insurance Claims Review",
    ];
    // What our own simulator marks its names with.
    let is_marked = name.ends_with("obn-ca") || name.starts_with("SIMULATED by obn-ca");
    name.len() <= 2 || is_marked || AUTHORITIES.iter().any(|known| name.starts_with(known))
}

/// What a certificate names.
struct Names {
    subject: Vec<String>,
    issuer: Vec<String>,
    /// Alternative names.
    hosts: Vec<String>,
}

impl Names {
    fn of(der: &[u8]) -> Option<Self> {
        use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Name};
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let texts = |name: &X509Name<'_>| -> Vec<String> {
            name.iter_attributes().map(|part| part.as_str().unwrap_or("not a text").to_owned()).collect()
        };
        let mut hosts = Vec::new();
        if let Ok(Some(names)) = certificate.subject_alternative_name() {
            hosts.extend(names.value.general_names.iter().map(|name| match name {
                GeneralName::DNSName(name) => name.trim_start_matches("*.").to_owned(),
                GeneralName::IPAddress([127, ..]) => "localhost".to_owned(),
                GeneralName::IPAddress([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) => {
                    "localhost".to_owned()
                }
                other => format!("{other:?}"),
            }));
        }
        Some(Self { subject: texts(certificate.subject()), issuer: texts(certificate.issuer()), hosts })
    }
}
