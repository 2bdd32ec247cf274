//! HTTP on what was accepted, within limits: for portal and control alike.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::header;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::limits::Limits;
use crate::portal::without_port;
use crate::shutdown::Shutdown;

/// HTTP/1.1 and HTTP/2 within limits.
pub struct Http {
    builder: auto::Builder<TokioExecutor>,
    /// How long a connection may be without a request.
    silence: Duration,
}

impl Http {
    /// HTTP within these limits.
    pub fn new(limits: Limits) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.headers)
            .max_buf_size(limits.header_bytes)
            .max_headers(64);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(64)
            .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
            .keep_alive_interval(limits.headers)
            .keep_alive_timeout(limits.handshake);
        Self { builder, silence: limits.headers }
    }

    /// Serves one connection to its end, or until it is time to end.
    pub async fn serve<I, S>(&self, stream: I, service: S, mut shutdown: Shutdown)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<hyper::Request<Incoming>, Response = Response, Error = Infallible>,
        S: Send + 'static,
        S::Future: Send + 'static,
    {
        let asked = AtomicBool::new(false);
        let service = service_fn(|request| {
            asked.store(true, Ordering::Relaxed);
            service.call(request)
        });
        let connection = self.builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        // Hyper's own time limits begin only when it knows which HTTP the peer speaks.
        let silent = async {
            tokio::time::sleep(self.silence).await;
            if asked.load(Ordering::Relaxed) {
                std::future::pending().await
            }
        };
        tokio::select! {
            // A connection that breaks is the peer's business.
            _ = connection.as_mut() => return,
            () = silent => return,
            () = shutdown.wait() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }
}

/// The host of a request without its port: the authority of HTTP/2, or the Host header.
pub(super) fn host(request: &Request) -> Option<&str> {
    let authority = request
        .uri()
        .authority()
        .map(axum::http::uri::Authority::as_str)
        .or_else(|| request.headers().get(header::HOST)?.to_str().ok())?;
    Some(without_port(authority))
}
