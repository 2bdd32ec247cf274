//! What is published over plain HTTP: the revocation list, for those who follow the distribution
//! point in a certificate to `crldownload.obn.managedpki.ne.jp`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use hyper::body::Incoming;
use tokio::net::TcpStream;

use super::line::Line;
use super::{Connection, Portal, crl, host};
use crate::listener::{Http, Shutdown};
use crate::world::World;

pub(super) fn routes(world: &Arc<World>) -> Router {
    Router::new().fallback(crl::publish).with_state(Arc::clone(world))
}

/// Serves one connection without TLS to its end. `NAME.crldownload…` is the world of that name;
/// any other name is the default world.
pub async fn serve(portal: Portal, stream: TcpStream, peer: SocketAddr, shutdown: Shutdown) {
    let (line, cut) = Line::new(stream);
    let connection = Connection { peer, cut, fault: None, shutdown: shutdown.clone() };
    let http = Http::new(portal.limits);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let (portal, connection) = (portal.clone(), connection.clone());
        async move {
            let request = request.map(Body::new);
            let Some(hosted) = portal.world(host(&request)) else {
                return Ok(portal.misdirected(None, StatusCode::NOT_FOUND, &request, connection));
            };
            let router = hosted.site.published.clone();
            Ok::<_, Infallible>(portal.exchange(hosted, router, request, connection).await)
        }
    });
    http.serve(line, service, shutdown).await;
}
