//! A world's TLS configurations: the server's certificate, and what the handshake makes of client certificates.
//!
//! Every handshake asks for a client certificate of the client CA and accepts what it is shown:
//! whether it is good is decided for each request, against the simulated clock, so that a user
//! with a bad one sees a page and not a broken connection. By the profile the handshake decides,
//! or a listener of its own asks (`client_auth.*`).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio::sync::Mutex;

use crate::authority::{Listed, shuts_out};
use crate::listener::{Listener, ListenerKind};
use crate::pki::{ClientCa, PkiError, Presented, PresentedKey, Tickets, TlsChain, TlsFault};
use crate::profile::{Alpn, ClientAuthMode, ClientAuthRefusal, TlsVersion};
use crate::terms::Serial;
use crate::world::{World, WorldError, blocking};

/// A world's TLS, for each kind of listener.
#[derive(Debug)]
pub(crate) struct Configs {
    verifiers: PerListener<Arc<dyn ClientCertVerifier>>,
    standing: Option<Arc<Standing>>,
    /// What handshakes show as long as the world has this chain.
    ready: RwLock<(Arc<TlsChain>, PerListener<Arc<ServerConfig>>)>,
}

/// One for each kind of listener.
#[derive(Clone, Debug)]
struct PerListener<T> {
    main: T,
    renewal: T,
    relying_party: T,
}

impl<T> PerListener<T> {
    fn at(&self, listener: &Listener) -> &T {
        match listener.kind {
            ListenerKind::Main | ListenerKind::OfWorld(_) => &self.main,
            ListenerKind::Renewals => &self.renewal,
            ListenerKind::RelyingParty(_) => &self.relying_party,
        }
    }

    /// Maps each, by the name of its kind.
    fn try_map<U>(
        &self,
        map: impl Fn(&'static str, &T) -> Result<U, PkiError>,
    ) -> Result<PerListener<U>, PkiError> {
        Ok(PerListener {
            main: map("main", &self.main)?,
            renewal: map("renewal", &self.renewal)?,
            relying_party: map("relying party", &self.relying_party)?,
        })
    }
}

impl Configs {
    pub(crate) fn new(world: &Arc<World>) -> Result<Self, PkiError> {
        let keys = &world.profile.client_auth;
        let standing = (keys.refusal == ClientAuthRefusal::Handshake).then(|| Standing::new(world));
        let asks = world.profile.tls.request_client_certificate && keys.mode == ClientAuthMode::Optional;
        let deferred = |mandatory| Deferred::verifier(world, standing.clone(), mandatory);
        let verifiers = PerListener {
            main: if asks { deferred(false)? } else { WebPkiClientVerifier::no_client_auth() },
            renewal: deferred(standing.is_some())?,
            // It says on a page why somebody doesn't come in, whatever the portal does.
            relying_party: Deferred::verifier(world, None, false)?,
        };
        let chain = world.tls();
        let configs = configs(world, &chain, &verifiers, standing.is_none())?;
        Ok(Self { verifiers, standing, ready: RwLock::new((chain, configs)) })
    }

    /// What to shake hands with. Where the handshake decides on certificates, it decides by what is
    /// known now.
    ///
    /// # Errors
    /// [`WorldError::Pki`] if the server's certificate has to be made anew, and can't be.
    pub(crate) async fn choose(
        &self,
        world: &World,
        listener: &Listener,
    ) -> Result<Arc<ServerConfig>, WorldError> {
        if let Some(standing) = &self.standing {
            standing.refresh().await;
        }
        let chain = world.current_tls().await?;
        {
            let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(&ready.0, &chain) {
                return Ok(Arc::clone(ready.1.at(listener)));
            }
        }
        // Sessions of the chain before can't be resumed: their clients have to look at this one.
        let configs = configs(world, &chain, &self.verifiers, self.standing.is_none())?;
        let chosen = Arc::clone(configs.at(listener));
        *self.ready.write().unwrap_or_else(PoisonError::into_inner) = (chain, configs);
        Ok(chosen)
    }

    /// The configuration for one handshake with a wrong certificate. It knows no sessions to resume,
    /// so the client looks at the certificate.
    pub(crate) async fn faulty(
        &self,
        world: &Arc<World>,
        listener: &Listener,
        fault: TlsFault,
    ) -> Result<Arc<ServerConfig>, WorldError> {
        // Its key is made when it is first needed, so only the fault that shows it asks for it.
        let client_ca = match fault {
            TlsFault::ClientCa => Some(world.client_ca().await?),
            _ => None,
        };
        let (world, verifier) = (Arc::clone(world), Arc::clone(self.verifiers.at(listener)));
        blocking(move || {
            let shown = shown(world.faulty_tls(fault, client_ca.as_deref())?)?;
            Ok(config(&world, verifier, shown, Resumption::Never)?)
        })
        .await
    }
}

fn configs(
    world: &World,
    chain: &TlsChain,
    verifiers: &PerListener<Arc<dyn ClientCertVerifier>>,
    resumes: bool,
) -> Result<PerListener<Arc<ServerConfig>>, PkiError> {
    let shown = shown(chain.server(world.profile.tls.send_intermediate))?;
    verifiers.try_map(|kind, verifier| {
        let resumption = match resumes {
            true if world.is_shared() => Resumption::Anywhere(world.tickets(kind, chain)),
            true => Resumption::Here,
            false => Resumption::Never,
        };
        config(world, Arc::clone(verifier), Arc::clone(&shown), resumption)
    })
}

/// Which processes a session can be resumed at.
enum Resumption {
    /// None: a resumed session would go past the decision.
    Never,
    /// This one.
    Here,
    /// All that have the world.
    Anywhere(Tickets),
}

/// What every handshake of a configuration shows. The key is read and checked once.
fn shown(
    (chain, key): (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>),
) -> Result<Arc<SingleCertAndKey>, PkiError> {
    let certified = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider());
    let certified = certified.map_err(PkiError::reading("the TLS key"))?;
    Ok(Arc::new(certified.into()))
}

fn config(
    world: &World,
    verifier: Arc<dyn ClientCertVerifier>,
    shown: Arc<SingleCertAndKey>,
    resumption: Resumption,
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
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map_err(PkiError::making("the TLS configuration"))?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(shown);
    config.alpn_protocols = keys
        .alpn
        .iter()
        .map(|protocol| match protocol {
            Alpn::H2 => b"h2".to_vec(),
            Alpn::Http11 => b"http/1.1".to_vec(),
        })
        .collect();
    match resumption {
        Resumption::Here => {}
        Resumption::Never => {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Resumption::Anywhere(tickets) => {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.ticketer = Arc::new(tickets);
        }
    }
    Ok(Arc::new(config))
}

/// What the handshake goes by where it decides on certificates (`client_auth.refusal`): it can't
/// wait for the store, so that is asked before.
#[derive(Debug)]
struct Standing {
    world: Arc<World>,
    known: RwLock<Option<Known>>,
    /// One asks at a time, so that nobody puts something older in the place of what is known.
    asking: Mutex<()>,
}

/// What the CA has said.
#[derive(Debug)]
struct Known {
    ca: Arc<ClientCa>,
    /// Where the counter of revocations stood.
    counted: u64,
    revoked: HashMap<Serial, Listed>,
}

impl Standing {
    fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self { world: Arc::clone(world), known: RwLock::default(), asking: Mutex::default() })
    }

    async fn refresh(&self) {
        let _asking = self.asking.lock().await;
        let counted = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.as_ref().map(|known| known.counted)
        };
        let (ca, (counted, revoked)) =
            match tokio::join!(self.world.client_ca(), self.world.revoked_since(counted)) {
                (Ok(ca), Ok(Some(revoked))) => (ca, revoked),
                // Nothing is new.
                (Ok(_), Ok(None)) => return,
                // Goes by what was known last; without anything, nobody comes in.
                (Err(error), _) | (_, Err(error)) => {
                    return tracing::error!(%error, "certificates can't be checked");
                }
            };
        let revoked = revoked.into_iter().map(|listed| (listed.serial, listed)).collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Known { ca, counted, revoked });
    }

    fn check(&self, certificate: &[u8]) -> Result<(), CertificateError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let Known { ca, revoked, .. } = known.as_ref().ok_or(CertificateError::UnknownRevocationStatus)?;
        let Presented::Ours(serial) = Presented::read(certificate, ca) else {
            return Err(CertificateError::UnknownIssuer);
        };
        let (_, parsed) =
            x509_parser::parse_x509_certificate(certificate).map_err(|_| CertificateError::BadEncoding)?;
        let (now, superseded_may_enter) = (self.world.clock.now(), self.world.profile.renewal.revoke_old);
        let is_revoked =
            |listed: &Listed| shuts_out(listed.revocation, listed.not_after, superseded_may_enter, now);
        let (now, validity) = (now.as_second(), parsed.validity());
        if revoked.get(&serial).is_some_and(is_revoked) {
            Err(CertificateError::Revoked)
        } else if now > validity.not_after.timestamp() {
            Err(CertificateError::Expired)
        } else if now < validity.not_before.timestamp() {
            Err(CertificateError::NotValidYet)
        } else {
            Ok(())
        }
    }
}

/// Asks for a certificate of the client CA, and takes any whose key the client has, unless the
/// profile wants bad ones refused here. A certificate with a key of which nobody can tell, for nothing here can check its
/// signatures, comes in too: no page takes it for one of the CA's ([`Presented::read`]).
#[derive(Debug)]
struct Deferred {
    hints: Vec<DistinguishedName>,
    provider: Arc<CryptoProvider>,
    standing: Option<Arc<Standing>>,
    mandatory: bool,
}

impl Deferred {
    fn verifier(
        world: &World,
        standing: Option<Arc<Standing>>,
        mandatory: bool,
    ) -> Result<Arc<dyn ClientCertVerifier>, PkiError> {
        let hints = vec![DistinguishedName::from(world.client_ca_name()?)];
        Ok(Arc::new(Self { hints, provider: Arc::new(aws_lc_rs::default_provider()), standing, mandatory }))
    }
}

impl ClientCertVerifier for Deferred {
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if let Some(standing) = &self.standing {
            standing.check(end_entity).map_err(rustls::Error::InvalidCertificate)?;
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match PresentedKey::of(certificate) {
            Some(key) => key.verify_tls12(message, signature),
            None => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match PresentedKey::of(certificate) {
            Some(key) => key.verify_tls13(message, signature),
            None => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
