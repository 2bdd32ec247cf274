//! TLS of the portal: the server's certificate by world, and client certificates.
//!
//! Every handshake asks for a client certificate of the client CA and accepts what it is shown:
//! whether it is good is decided for each request, against the simulated clock, so that a user
//! with a bad one sees a page and not a broken connection.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{Acceptor, WebPkiClientVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme, SupportedProtocolVersion,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::Portal;
use super::line::Line;
use crate::control::faults::TlsFault;
use crate::pki::{ClientCa, PkiError};
use crate::profile::{Alpn, TlsVersion};
use crate::world::{Hosted, World};

/// The certificate that the client showed, unchecked but for the proof that it has the key.
#[derive(Clone)]
pub struct PeerCertificate(pub Arc<[u8]>);

impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerCertificate({} bytes)", self.0.len())
    }
}

/// What a handshake showed.
pub(super) struct Shown {
    pub(super) server_name: Option<Arc<str>>,
    pub(super) certificate: Option<PeerCertificate>,
    /// The fault that chose the server's certificate.
    pub(super) fault: Option<Box<str>>,
}

/// A handshake that didn't succeed.
pub(super) struct Failure {
    pub(super) world: Option<Arc<Hosted>>,
    pub(super) reason: String,
    pub(super) fault: Option<Box<str>>,
}

/// Shakes hands in the name of the world that the client asks for.
pub(super) async fn accept(portal: &Portal, stream: Line) -> Result<(TlsStream<Line>, Shown), Failure> {
    let failure = |world: &Option<Arc<Hosted>>, reason: &dyn fmt::Display| Failure {
        world: world.clone(),
        reason: reason.to_string(),
        fault: None,
    };
    let start = match LazyConfigAcceptor::new(Acceptor::default(), stream).await {
        Ok(start) => start,
        Err(error) => return Err(failure(&portal.world(None), &error)),
    };
    let server_name: Option<Arc<str>> = start.client_hello().server_name().map(Into::into);
    let world = portal.world(server_name.as_deref());
    let Some(hosted) = &world else {
        return Err(failure(&portal.world(None), &"a world that doesn't exist was asked for"));
    };
    let (config, fault) = match hosted.world.faults.on_handshake() {
        None => (Arc::clone(&hosted.site.tls), None),
        Some((name, fault)) => match faulty_config(&hosted.world, fault).await {
            Ok(config) => (config, Some(name)),
            Err(error) => return Err(failure(&world, &error)),
        },
    };
    let stream = match start.into_stream(config).await {
        Ok(stream) => stream,
        Err(error) => return Err(Failure { fault, ..failure(&world, &error) }),
    };
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(|certificate| PeerCertificate(certificate.as_ref().into()));
    Ok((stream, Shown { server_name, certificate, fault }))
}

/// A world's TLS configuration.
pub(super) fn config(world: &World) -> Result<Arc<ServerConfig>, PkiError> {
    let (chain, key) = world.tls.server(world.profile.tls.send_intermediate);
    config_with(world, chain, key)
}

/// The configuration for one handshake with a wrong certificate. It knows no sessions to resume,
/// so the client looks at the certificate.
async fn faulty_config(world: &Arc<World>, fault: TlsFault) -> Result<Arc<ServerConfig>, PkiError> {
    let world = Arc::clone(world);
    let made = tokio::task::spawn_blocking(move || {
        let (chain, key) = world.faulty_tls(fault)?;
        config_with(&world, chain, key)
    });
    made.await.expect("making a certificate doesn't panic and isn't cancelled")
}

fn config_with(
    world: &World,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, PkiError> {
    let keys = &world.profile.tls;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions: Vec<&'static SupportedProtocolVersion> = keys
        .versions
        .iter()
        .map(|version| match version {
            TlsVersion::V12 => &rustls::version::TLS12,
            TlsVersion::V13 => &rustls::version::TLS13,
        })
        .collect();
    let verifier = if keys.request_client_certificate {
        Arc::new(Deferred::new(world, &provider)?)
    } else {
        WebPkiClientVerifier::no_client_auth()
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .and_then(|builder| builder.with_client_cert_verifier(verifier).with_single_cert(chain, key))
        .map_err(|error| PkiError { what: "the TLS configuration", source: error.into() })?;
    config.alpn_protocols = keys
        .alpn
        .iter()
        .map(|protocol| match protocol {
            Alpn::H2 => b"h2".to_vec(),
            Alpn::Http11 => b"http/1.1".to_vec(),
        })
        .collect();
    Ok(Arc::new(config))
}

/// Asks for a certificate of the client CA, and takes any whose key the client has.
#[derive(Debug)]
struct Deferred {
    hints: Vec<DistinguishedName>,
    provider: Arc<CryptoProvider>,
}

impl Deferred {
    fn new(world: &World, provider: &Arc<CryptoProvider>) -> Result<Self, PkiError> {
        let hints = vec![DistinguishedName::from(ClientCa::subject_der(&world.profile)?)];
        Ok(Self { hints, provider: Arc::clone(provider) })
    }
}

impl ClientCertVerifier for Deferred {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
