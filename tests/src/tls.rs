//! How a browser connects: whom it trusts, what it offers, what it shows.

use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};

use crate::Pfx;

/// How a browser connects.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The roots that it trusts, as PEM.
    pub roots: String,
    /// Whether it believes every certificate all the same.
    pub credulous: bool,
    /// Versions that it offers.
    pub versions: Vec<&'static SupportedProtocolVersion>,
    /// Protocols that it offers.
    pub alpn: Vec<&'static str>,
    /// The client certificate that it shows when it is asked for one.
    pub identity: Option<Pfx>,
}

impl Tls {
    /// What a browser of today does, trusting this root alone.
    pub fn trusting(root: String) -> Self {
        let versions = vec![&rustls::version::TLS12, &rustls::version::TLS13];
        Self { roots: root, credulous: false, versions, alpn: vec!["h2", "http/1.1"], identity: None }
    }

    /// Believes every certificate.
    #[must_use]
    pub fn credulous(self) -> Self {
        Self { credulous: true, ..self }
    }

    /// Offers this version of TLS alone.
    #[must_use]
    pub fn version(self, version: &'static SupportedProtocolVersion) -> Self {
        Self { versions: vec![version], ..self }
    }

    /// Offers this protocol alone.
    #[must_use]
    pub fn alpn(self, protocol: &'static str) -> Self {
        Self { alpn: vec![protocol], ..self }
    }

    /// Shows this certificate.
    #[must_use]
    pub fn showing(self, identity: &Pfx) -> Self {
        Self { identity: Some(identity.clone()), ..self }
    }

    /// The configuration that does so.
    pub fn config(&self) -> rustls::ClientConfig {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.versions)
            .expect("the provider has these versions");
        let builder = if self.credulous {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Credulous(provider)))
        } else {
            let mut roots = rustls::RootCertStore::empty();
            for root in CertificateDer::pem_slice_iter(self.roots.as_bytes()) {
                roots.add(root.expect("roots are PEM")).expect("roots are certificates");
            }
            builder.with_root_certificates(roots)
        };
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(pfx) => {
                let key = PrivatePkcs8KeyDer::from(pfx.key.clone()).into();
                let own = vec![pfx.chain[0].clone().into()];
                builder.with_client_auth_cert(own, key).expect("the key is the certificate's")
            }
        };
        config.alpn_protocols = self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}

/// Believes every certificate.
#[derive(Debug)]
struct Credulous(Arc<CryptoProvider>);

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
