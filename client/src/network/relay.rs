//! A proxy of our own on loopback, which knows how to log in at the real one.
//!
//! The HTTP client below this crate knows Basic only, and NTLM needs several requests on one connection. So it is sent
//! here, and from here the way leads on. Only a caller that knows the relay's secret is let through: other users of the
//! machine must not get past the proxy in this user's name.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::header::PROXY_AUTHORIZATION;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use subtle::ConstantTimeEq;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::network::proxy::{Proxy, ProxyFailure};
use crate::network::tunnel;
use crate::terms::clock::Clock;

const USER: &str = "obn";

/// Runs until it is dropped.
pub(crate) struct Relay {
    url: String,
    secret: String,
    shared: Arc<Shared>,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

struct Shared {
    proxy: Proxy,
    clock: Clock,
    limit: Duration,
    /// What requests must carry.
    pass: String,
    /// Why no way could be opened the last time.
    failure: Mutex<Option<ProxyFailure>>,
}

impl Relay {
    /// Begins to listen, on a thread of its own: the client may be used from any runtime, or from several.
    pub(crate) fn start(proxy: Proxy, clock: Clock, limit: Duration) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut secret = [0; 16];
        #[expect(clippy::disallowed_methods, reason = "a secret between two ends of one process")]
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        let secret = BASE64.encode(secret);
        let pass = format!("Basic {}", BASE64.encode(format!("{USER}:{secret}")));
        let shared = Arc::new(Shared { proxy, clock, limit, pass, failure: Mutex::default() });
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = Arc::clone(&shared);
        std::thread::Builder::new().name("obn-proxy".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = serve(listener, serving) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { url, secret, shared, _stop: stop })
    }

    /// How the HTTP client gets here, and for which sites.
    pub(crate) fn as_proxy(&self) -> reqwest::Proxy {
        let (shared, url) = (Arc::clone(&self.shared), self.url.clone());
        let proxy = reqwest::Proxy::custom(move |site| shared.proxy.leads_to(site).then(|| url.clone()));
        proxy.basic_auth(USER, &self.secret)
    }

    /// Why the last way could not be opened. Told once.
    pub(crate) fn take_failure(&self) -> Option<(String, ProxyFailure)> {
        let failure = self.shared.failure().take()?;
        Some((self.shared.proxy.address(), failure))
    }
}

async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answer_all(stream, Arc::clone(&shared)));
    }
}

async fn answer_all(stream: TcpStream, shared: Arc<Shared>) {
    let answer = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, std::convert::Infallible>(shared.answer(request).await) }
    });
    // A connection that breaks off is for the HTTP client to notice.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).with_upgrades().await;
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Empty<Bytes>> {
        let pass = request.headers().get(PROXY_AUTHORIZATION).map(|value| value.as_bytes());
        // In constant time: how long it takes must not tell others how much of a guess is right.
        let is_let_in = pass.is_some_and(|pass| pass.ct_eq(self.pass.as_bytes()).into());
        if request.method() != Method::CONNECT || !is_let_in {
            return status(StatusCode::FORBIDDEN);
        }
        let Some(target) = request.uri().authority().map(ToString::to_string) else {
            return status(StatusCode::BAD_REQUEST);
        };
        let way = tokio::time::timeout(self.limit, tunnel::open(&self.proxy, &target, &self.clock)).await;
        let way = way.unwrap_or_else(|_| Err(ProxyFailure::Silent));
        match way {
            Ok(way) => {
                *self.failure() = None;
                tokio::spawn(async move {
                    let Ok(near) = hyper::upgrade::on(request).await else { return };
                    let (mut near, mut far) = (TokioIo::new(near), way);
                    // TLS on top of it notices whatever breaks.
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
                status(StatusCode::OK)
            }
            Err(failure) => {
                *self.failure() = Some(failure);
                status(StatusCode::BAD_GATEWAY)
            }
        }
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<ProxyFailure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn status(status: StatusCode) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("proxy", &self.shared.proxy).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn answer(url: &str, pass: &str) -> String {
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
        let request = format!("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nProxy-Authorization: {pass}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        String::from_utf8_lossy(&status).into_owned()
    }

    #[tokio::test]
    async fn who_does_not_know_the_secret_is_not_let_through() {
        // Nobody listens on this port, so whoever gets through gets 502.
        let proxy = Proxy::at("http://127.0.0.1:1").unwrap();
        let relay = Relay::start(proxy, Clock::system(), Duration::from_secs(60)).unwrap();
        assert_eq!(answer(&relay.url, "Basic b2JuOg==").await, "HTTP/1.1 403");
        assert!(relay.take_failure().is_none());
        assert_eq!(answer(&relay.url, &relay.shared.pass).await, "HTTP/1.1 502");
        assert!(relay.take_failure().is_some());
        assert!(!format!("{relay:?}").contains(&relay.secret));
    }
}
