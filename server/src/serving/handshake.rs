//! The TLS handshake, in the name of the world that the client asks for.

use std::fmt;
use std::sync::Arc;

use rustls::server::Acceptor;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::Portal;
use super::connection::Connection;
use crate::faults::{HandshakeFault, Occasion, of_handshake};
use crate::portal::PeerCertificate;
use crate::worlds::VirtualHost;

/// What a handshake showed.
pub(super) struct Shown {
    pub(super) server_name: Option<Arc<str>>,
    pub(super) certificate: Option<PeerCertificate>,
    /// The fault that chose the server's certificate.
    pub(super) fault: Option<Box<str>>,
}

/// A handshake that didn't succeed.
pub(super) struct Failure {
    pub(super) world: Option<Arc<VirtualHost>>,
    pub(super) reason: String,
    pub(super) fault: Option<Box<str>>,
}

/// Bytes that TLS keeps for a peer that doesn't read.
const BUFFER: usize = 16 * 1024;

/// Shakes hands in the name of the world that the client asks for.
pub(super) async fn accept(
    portal: &Portal,
    stream: Connection,
) -> Result<(TlsStream<Connection>, Shown), Failure> {
    let failure = |world: &Option<Arc<VirtualHost>>, reason: &dyn fmt::Display| Failure {
        world: world.clone(),
        reason: reason.to_string(),
        fault: None,
    };
    let start = match LazyConfigAcceptor::new(Acceptor::default(), stream).await {
        Ok(start) => start,
        Err(error) => return Err(failure(&portal.world(None), &error)),
    };
    let server_name: Option<Arc<str>> = start.client_hello().server_name().map(Into::into);
    // Where that can't be known, its requests are told.
    let _ = portal.worlds.agree_on_host(server_name.as_deref()).await;
    let world = portal.world(server_name.as_deref());
    let Some(host) = &world else {
        return Err(failure(&portal.world(None), &"a world that doesn't exist was asked for"));
    };
    let tls = &host.tls;
    let (config, fault) = match of_handshake(host.world.strike(&Occasion::Handshake).await) {
        None => (None, None),
        Some((name, HandshakeFault::NextRoot)) => match host.world.replace_root().await {
            Ok(_) => (None, Some(name)),
            Err(error) => return Err(failure(&world, &error)),
        },
        Some((name, HandshakeFault::Wrong(fault))) => {
            match tls.faulty(&host.world, &portal.listener, fault).await {
                Ok(config) => (Some(config), Some(name)),
                Err(error) => return Err(failure(&world, &error)),
            }
        }
    };
    let config = match config {
        Some(config) => config,
        None => match tls.choose(&host.world, &portal.listener).await {
            Ok(config) => config,
            Err(error) => return Err(failure(&world, &error)),
        },
    };
    let mut stream = match start.into_stream(config).await {
        Ok(stream) => stream,
        Err(error) => return Err(Failure { fault, ..failure(&world, &error) }),
    };
    stream.get_mut().1.set_buffer_limit(Some(BUFFER));
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(|certificate| PeerCertificate(certificate.as_ref().into()));
    Ok((stream, Shown { server_name, certificate, fault }))
}
