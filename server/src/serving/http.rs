//! HTTP on what was accepted, within limits: for portal and control alike.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::header;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};

use super::seat::{Quiet, Seat};
use crate::limits::Limits;
use crate::portal::host_of;
use crate::shutdown::Shutdown;

/// Exchanges at once on a connection. Browsers need few; each takes memory before its answer is read.
const STREAMS: u32 = 16;
/// Bytes that a connection of HTTP/2 may have on its way that nobody has read yet, in each direction. What a stream may
/// send before it is read, RFC 9113 (6.9.2) fixes for the connection.
const WINDOW: u32 = 65_535;
const SEND_BUFFER: usize = 16 * 1024;

/// HTTP/1.1 and HTTP/2 within limits.
pub struct Http {
    builder: auto::Builder<TokioExecutor>,
    limits: Limits,
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
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(limits.headers)
            .keep_alive_timeout(limits.handshake);
        Self { builder, limits }
    }

    /// Serves the connection that has this seat to its end, or until it is time to end.
    pub async fn serve<I, S>(&self, stream: I, seat: &Seat, service: S, mut shutdown: Shutdown)
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
        tokio::select! {
            // A connection that breaks is the peer's business.
            _ = connection.as_mut() => return,
            quiet = seat.quiet(&self.limits) => {
                // Who has never asked gets no farewell: HTTP doesn't know yet which one.
                if quiet == Quiet::Stalled || !asked.load(Ordering::Relaxed) {
                    return;
                }
                connection.as_mut().graceful_shutdown();
            }
            () = shutdown.wait() => connection.as_mut().graceful_shutdown(),
        }
        let _ = tokio::time::timeout(self.limits.stall, connection).await;
    }
}

/// The host that a request is for, without its port: the authority of its target, or its Host header.
///
/// # Errors
/// What it names is no host, or not one alone (RFC 9112, 3.2; RFC 9113, 8.3.1).
pub(crate) fn host<B>(request: &axum::http::Request<B>) -> Result<Option<&str>, NoHost> {
    let mut fields = request.headers().get_all(header::HOST).iter();
    let field = fields.next().map(|field| field.to_str().map_err(|_| NoHost::Malformed)).transpose()?;
    if fields.next().is_some() {
        return Err(NoHost::Several);
    }
    let target = request.uri().authority().map(axum::http::uri::Authority::as_str);
    if let (Some(target), Some(field)) = (target, field)
        && !target.eq_ignore_ascii_case(field)
    {
        return Err(NoHost::Several);
    }
    target.or(field).map(|authority| host_of(authority).ok_or(NoHost::Malformed)).transpose()
}

/// Why a request doesn't say which host it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoHost {
    /// It names more than one.
    Several,
    /// What it names is none.
    Malformed,
}
