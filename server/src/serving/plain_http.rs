//! What is published over plain HTTP: the revocation list, for those who follow the distribution
//! point in a certificate to `crldownload.obn.managedpki.ne.jp`.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::Body;
use axum::http::StatusCode;
use hyper::body::Incoming;
use tokio::net::TcpStream;

use super::connection::Connection;
use super::http::{Http, host};
use super::{Context, Portal};
use crate::shutdown::Shutdown;

/// Serves one connection without TLS to its end. `NAME.crldownload…` is the world of that name;
/// any other name is the default world.
pub async fn serve(portal: Portal, stream: TcpStream, peer: SocketAddr, shutdown: Shutdown) {
    let (stream, cut) = Connection::new(stream);
    let context = Context { peer, cut, fault: None, shutdown: shutdown.clone() };
    let http = Http::new(portal.limits);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let (portal, context) = (portal.clone(), context.clone());
        async move {
            let request = request.map(Body::new);
            let Some(virtual_host) = portal.world(host(&request)) else {
                return Ok(portal.misdirected(None, StatusCode::NOT_FOUND, &request, context));
            };
            let router = virtual_host.plain_http.clone();
            Ok::<_, Infallible>(portal.exchange(virtual_host, router, request, context).await)
        }
    });
    http.serve(stream, service, shutdown).await;
}
