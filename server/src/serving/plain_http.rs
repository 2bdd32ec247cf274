//! What is published over plain HTTP: the revocation list, for those who follow the distribution
//! point in a certificate to `crldownload.obn.managedpki.ne.jp`.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use hyper::body::Incoming;
use tokio::net::TcpStream;

use super::connection::Connection;
use super::http::{Http, host};
use super::{Context, Portal, Seat, asked};
use crate::shutdown::Shutdown;

/// Serves one connection without TLS to its end. `NAME.crldownload…` is the world of that name;
/// any other name is the default world.
pub async fn serve(portal: Portal, stream: TcpStream, peer: SocketAddr, seat: Seat, shutdown: Shutdown) {
    let (stream, cut) = Connection::new(stream, &seat);
    let context = Context { peer, cut, fault: None, seat: seat.clone(), shutdown: shutdown.clone() };
    let http = Http::new(portal.limits);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let (portal, context) = (portal.clone(), context.clone());
        async move {
            let seat = context.seat.clone();
            Ok::<_, Infallible>(seat.exchange(request, |request, _| answer(portal, request, context)).await)
        }
    });
    http.serve(stream, &seat, service, shutdown).await;
}

async fn answer(portal: Portal, request: Request, context: Context) -> Response {
    let agreed;
    let virtual_host = match host(&request) {
        Ok(host) => {
            agreed = portal.worlds.agree_on_host(host).await;
            portal.world(host)
        }
        Err(_) => {
            return portal
                .misdirected(None, StatusCode::BAD_REQUEST, asked(&request, context.peer), context)
                .await;
        }
    };
    let Some(virtual_host) = virtual_host else {
        return portal.misdirected(None, StatusCode::NOT_FOUND, asked(&request, context.peer), context).await;
    };
    if let Err(error) = agreed {
        return portal.unanswered(&virtual_host.world, &error.into());
    }
    let router = virtual_host.plain_http.clone();
    portal.exchange(virtual_host, router, request, context).await
}
