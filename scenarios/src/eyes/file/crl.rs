//! A revocation list, asked what a scenario expects of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use x509_parser::extensions::ParsedExtension;
use x509_parser::revocation_list::CertificateRevocationList;

use super::certificate::{Certificate, hex, instant, jst};
use super::flaw::Flaw;
use super::pfx::Identity;

/// A revocation list.
#[derive(Debug)]
pub(crate) struct RevocationList<'a> {
    der: &'a [u8],
    parsed: CertificateRevocationList<'a>,
}

/// A certificate on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// As control writes it.
    pub(crate) serial: String,
    pub(crate) revoked_at: Timestamp,
    /// As RFC 5280 names it; `none` if the entry has none.
    pub(crate) reason: String,
}

impl<'a> RevocationList<'a> {
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, Flaw> {
        match x509_parser::parse_x509_crl(der) {
            Ok(([], parsed)) => Ok(Self { der, parsed }),
            Ok(_) => Err(Flaw::TrailingList),
            Err(_) => Err(Flaw::NoList),
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let entries = self.parsed.iter_revoked_certificates();
        entries
            .map(|entry| Entry {
                serial: hex(entry.raw_serial()),
                revoked_at: instant(entry.revocation_date.timestamp()),
                reason: entry.reason_code().map_or_else(|| "none".to_owned(), |(_, code)| name(code.0)),
            })
            .collect()
    }

    /// The CRL number in hexadecimal digits of equal length, so that they compare; `None` without one.
    pub(crate) fn number(&self) -> Option<String> {
        self.parsed.crl_number().map(|number| format!("{number:064X}"))
    }

    pub(crate) fn this_update(&self) -> Timestamp {
        instant(self.parsed.last_update().timestamp())
    }

    /// Whether it is in force at this moment.
    ///
    /// # Errors
    /// From when until when it is.
    pub(crate) fn check_current(&self, now: Timestamp) -> Result<(), Flaw> {
        let from = self.this_update();
        let until = self.parsed.next_update().map(|until| instant(until.timestamp()));
        match until {
            None => Err(Flaw::NoNextUpdate),
            Some(until) if from.as_second() <= now.as_second() && now < until => Ok(()),
            Some(until) => Err(Flaw::OutOfForce { from: jst(from), until: jst(until), now: jst(now) }),
        }
    }

    /// Whether it names the key of this root as its signer's.
    ///
    /// # Errors
    /// What it names instead.
    pub(crate) fn check_key_identifier(&self, root: &[u8]) -> Result<(), Flaw> {
        let wanted = Certificate::parse(root)?.key_identifier().ok_or(Flaw::RootWithoutKeyIdentifier)?;
        let named =
            self.parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(named) => named.key_identifier.as_ref(),
                _ => None,
            });
        match named {
            Some(named) if named.0 == wanted => Ok(()),
            Some(named) => Err(Flaw::OtherKeyIdentifier { named: hex(named.0) }),
            None => Err(Flaw::NoKeyIdentifier),
        }
    }

    /// Whether the root of a PFX file has signed it: asked of the library that a server would use
    /// to look a client's certificate up.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn check_signature(&self, identity: &Identity, root: Vec<u8>) -> Result<(), Flaw> {
        let certificate = identity.certificate()?;
        let mut store = RootCertStore::empty();
        let trusted = store.add(CertificateDer::from(root));
        trusted.map_err(|error| Flaw::UntrustedRoot { error: error.to_string() })?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider)
            .with_crls([CertificateRevocationListDer::from(self.der.to_vec())])
            .build()
            .map_err(|error| Flaw::UnusableList { error: error.to_string() })?;
        let first = u64::try_from(certificate.not_before().as_second()).unwrap_or_default();
        let first = UnixTime::since_unix_epoch(Duration::from_secs(first));
        match verifier.verify_client_cert(&certificate.der().to_vec().into(), &[], first) {
            // What it says of the certificate is another matter.
            Ok(_) | Err(rustls::Error::InvalidCertificate(CertificateError::Revoked)) => Ok(()),
            Err(rustls::Error::InvalidCertificate(CertificateError::UnknownRevocationStatus)) => {
                Err(Flaw::ListOfAnother)
            }
            Err(error) => Err(Flaw::Signature { error: error.to_string() }),
        }
    }
}

fn name(code: u8) -> String {
    let known = match code {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        other => return format!("reason {other}"),
    };
    known.to_owned()
}
