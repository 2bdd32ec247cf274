//! Listening, and HTTP on what was accepted, within limits: for portal and control alike.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Bounds on what one process lets others do to it. All times are real time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once on one listener; further ones wait.
    pub connections: usize,
    /// A TLS handshake.
    pub handshake: Duration,
    /// The headers of a request, also the wait for the first on a connection and for the next on a kept one.
    pub headers: Duration,
    /// The body of a request.
    pub body: Duration,
    /// Bytes of a request's headers.
    pub header_bytes: usize,
    /// Bytes of a posted form.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(60),
            body: Duration::from_secs(10),
            header_bytes: 16 * 1024,
            body_bytes: 16 * 1024,
        }
    }
}

/// How long answers that are under way at the end are waited for, in real time.
const GRACE: Duration = Duration::from_secs(2);

/// Tells listeners and connections that it is time to end.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// A new one, with the handle that triggers it by sending `true` or by going away.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Waits until all that holds one has ended. Whoever doesn't within [`GRACE`] is cut off.
    pub async fn finished(sender: &watch::Sender<bool>) {
        let _ = tokio::time::timeout(GRACE, sender.closed()).await;
    }

    /// Waits until it is time.
    pub async fn wait(&mut self) {
        // An error means that the handle is gone, which means the same.
        let _ = self.0.wait_for(|end| *end).await;
    }
}

/// Listens on an address; `[::]` takes IPv4 as well, and IPv4 alone on a machine without IPv6.
///
/// # Errors
/// What the system says: in use, no permission, no such address.
pub fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = match Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)) {
        Err(_) if address == SocketAddr::new([0u16; 8].into(), address.port()) => {
            return bind(SocketAddr::new([0u8; 4].into(), address.port()));
        }
        socket => socket?,
    };
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1_024)?;
    TcpListener::from_std(socket.into())
}

/// Accepts connections until it is time to end, then waits for those that are still being served.
pub async fn accept<F, S>(listener: TcpListener, limits: Limits, mut shutdown: Shutdown, serve: F)
where
    F: Fn(TcpStream, SocketAddr) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
            (listener.accept().await, place)
        };
        tokio::select! {
            () = shutdown.wait() => break,
            (accepted, place) = next => match accepted {
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    let connection = serve(stream, canonical(peer));
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                // Out of descriptors, or a peer that was gone at once: give others time to go.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            // Forgets connections that are done.
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let all_done = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, all_done).await;
}

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

/// An IPv4 peer on an IPv6 socket, as IPv4.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}
