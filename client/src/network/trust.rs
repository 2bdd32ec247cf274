//! Which servers are believed: those whose chain ends in the given root, and no others.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
};

use crate::pki::certificate::Certificate;
use crate::pki::credential::Credential;
use crate::pki::identity::IdentityError;
use crate::terms::clock::Clock;
use crate::terms::usage::UsageError;
use crate::terms::witness::Handshake;

/// The roots that the caller trusts, and intermediates for servers that forget to send theirs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    pub(crate) roots: Vec<Certificate>,
    pub(crate) intermediates: Vec<Certificate>,
}

impl Trust {
    /// The judge of servers.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoRoot`] without a root, [`UsageError::NoCertificate`] if one of them can't be one.
    pub(crate) fn verifier(&self, seen: &Handshakes) -> Result<ChainVerifier, UsageError> {
        if self.roots.is_empty() {
            return Err(UsageError::NoRoot);
        }
        let mut store = RootCertStore::empty();
        for root in &self.roots {
            store.add(CertificateDer::from(root.der())).map_err(|_| UsageError::NoCertificate)?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider())
            .build()
            .map_err(|_| UsageError::NoCertificate)?;
        let intermediates = self.intermediates.iter().map(|c| CertificateDer::from(c.der()).into_owned());
        Ok(ChainVerifier { inner: verifier, intermediates: intermediates.collect(), seen: seen.clone() })
    }
}

/// The TLS configuration that believes whom `verifier` believes, and shows `credential` to servers that ask.
///
/// # Errors
///
/// [`IdentityError::UnusableKey`] if TLS has no use for the key.
pub(crate) fn tls(
    verifier: ChainVerifier,
    clock: &Clock,
    credential: Option<&Credential>,
    seen: &Handshakes,
) -> Result<ClientConfig, IdentityError> {
    let versions: &[_] = match credential {
        Some(credential) if !credential.does_for_tls_1_3() => &[&rustls::version::TLS12],
        _ => &[&rustls::version::TLS13, &rustls::version::TLS12],
    };
    let builder = ClientConfig::builder_with_details(provider(), Arc::new(clock.clone()))
        .with_protocol_versions(versions)
        .expect("the provider has suites for both versions")
        .dangerous() // rustls' word for any verifier of one's own; this one only adds to webpki's
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match credential {
        Some(credential) => builder.with_client_cert_resolver(credential.resolver()?),
        None => builder.with_no_client_auth(),
    };
    let inner = Arc::clone(&config.client_auth_cert_resolver);
    config.client_auth_cert_resolver = Arc::new(Asked { inner, seen: seen.clone() });
    // A browser that shows a client certificate falls back to HTTP/1.1 as well (RFC 8740).
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The server sent its own certificate only; the name is that of the issuer it left out.
#[derive(Debug)]
pub(crate) struct MissingIntermediate(pub(crate) String);

impl fmt::Display for MissingIntermediate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing intermediate certificate \"{}\"", self.0)
    }
}

impl std::error::Error for MissingIntermediate {}

/// What the last handshake showed, for whoever records it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handshakes(Arc<Mutex<Handshake>>);

impl Handshakes {
    /// That of a host; nothing if the last was another's.
    pub(crate) fn of(&self, host: &str) -> Option<Handshake> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (last.host == host).then(|| last.clone())
    }

    fn shown(&self, name: &ServerName<'_>, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.host = name.to_str().into_owned();
        last.certificates =
            std::iter::once(leaf).chain(others).map(|certificate| certificate.to_vec()).collect();
    }

    fn is_of(&self, protocol: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).protocol = Some(protocol);
    }

    fn asks(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).asked_for_certificate = true;
    }
}

/// Notes that a server asks for a client certificate.
#[derive(Debug)]
struct Asked {
    inner: Arc<dyn ResolvesClientCert>,
    seen: Handshakes,
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.seen.asks();
        self.inner.resolve(hints, schemes)
    }

    fn has_certs(&self) -> bool {
        self.inner.has_certs()
    }
}

/// The verifier of webpki, with the extra intermediates, and telling a forgotten intermediate from an unknown root.
#[derive(Debug)]
pub(crate) struct ChainVerifier {
    inner: Arc<WebPkiServerVerifier>,
    intermediates: Vec<CertificateDer<'static>>,
    seen: Handshakes,
}

impl ServerCertVerifier for ChainVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.seen.shown(server_name, end_entity, intermediates);
        let all: Vec<_> = intermediates.iter().chain(&self.intermediates).cloned().collect();
        let verdict = self.inner.verify_server_cert(end_entity, &all, server_name, ocsp_response, now);
        if let Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) = &verdict
            && intermediates.is_empty()
            && let Ok(leaf) = Certificate::from_der(end_entity)
            && !leaf.is_self_issued()
        {
            let missing = MissingIntermediate(leaf.issuer().to_string());
            return Err(CertificateError::Other(OtherError(Arc::new(missing))).into());
        }
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.seen.is_of("TLS 1.2");
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.seen.is_of("TLS 1.3");
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
