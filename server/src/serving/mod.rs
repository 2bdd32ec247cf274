//! Serving: listeners, handshakes, connections, and faults on the wire.
//!
//! [`serve`] takes a connection, finds the world that the host name means, and writes each exchange into that world's
//! journal.

mod connection;
mod cookies;
mod exchange;
mod faults;
mod handshake;
mod http;
mod listeners;
mod places;
mod plain_http;
mod seat;
mod work;

pub(crate) use connection::Connection;
pub(crate) use exchange::{Reserved, Turn};
pub use http::Http;
pub(crate) use http::{NoHost, host};
pub(crate) use listeners::url;
pub use listeners::{Listeners, Site, accept, bind};
pub use places::Places;
pub use plain_http::serve as serve_plain_http;
pub use seat::Seat;
pub(crate) use work::Work;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{self, HeaderValue};
use axum::http::{Method, StatusCode, Version};
use axum::response::Response;
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tower::ServiceExt;

use self::connection::Cut;
use self::faults::Touched;
use crate::contents::LONGEST_BODY;
use crate::faults::Occasion;
use crate::journal::{Draft, Exchange, Kind};
use crate::limits::Limits;
use crate::listener::{Listener, ListenerKind};
use crate::metrics::Metrics;
use crate::portal::answer::{self, Trace};
use crate::portal::{PeerCertificate, finish};
use crate::shutdown::Shutdown;
use crate::store::StoreError;
use crate::world::{World, WorldError};
use crate::worlds::{VirtualHost, Worlds};

/// What connections to the portal share.
#[derive(Clone, Debug)]
pub struct Portal {
    /// The worlds that can be reached.
    pub worlds: Arc<Worlds>,
    /// Bounds on times and sizes.
    pub limits: Limits,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// The places of all its listeners.
    pub places: Places,
    /// Which listener it is.
    pub listener: Listener,
}

/// Serves one connection to its end.
pub async fn serve(portal: Portal, stream: TcpStream, peer: SocketAddr, seat: Seat, shutdown: Shutdown) {
    let (connection, cut) = Connection::new(stream, &seat);
    let accepted =
        tokio::time::timeout(portal.limits.handshake, handshake::accept(&portal, connection)).await;
    let (stream, shown) = match accepted {
        Ok(Ok(accepted)) => accepted,
        Ok(Err(failure)) => return portal.handshake_failed(failure, peer).await,
        Err(_) => {
            let failure = handshake::Failure { world: None, reason: "timed out".to_owned(), fault: None };
            return portal.handshake_failed(failure, peer).await;
        }
    };
    seat.moved();
    let (server_name, certificate) = (shown.server_name, shown.certificate);
    let context = Context { peer, cut, fault: shown.fault, seat: seat.clone(), shutdown: shutdown.clone() };
    let http = Http::new(portal.limits);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let (portal, server_name, certificate) = (portal.clone(), server_name.clone(), certificate.clone());
        let context = context.clone();
        async move {
            let seat = context.seat.clone();
            let answer = |request, _| portal.answer(request, context, server_name, certificate);
            Ok::<_, Infallible>(seat.exchange(request, answer).await)
        }
    });
    http.serve(stream, &seat, service, shutdown).await;
}

/// What the exchanges of one connection share.
#[derive(Clone, Debug)]
struct Context {
    peer: SocketAddr,
    /// Breaks it off.
    cut: Cut,
    /// The fault of its handshake.
    fault: Option<Box<str>>,
    /// Its place.
    seat: Seat,
    /// Held by what its exchanges have begun.
    shutdown: Shutdown,
}

impl Portal {
    /// The world that a name means, on this listener, as far as this process knows.
    fn world(&self, name: Option<&str>) -> Option<Arc<VirtualHost>> {
        match (&self.listener.kind, name) {
            (ListenerKind::OfWorld(only) | ListenerKind::RelyingParty(Some(only)), _) => {
                self.worlds.find(only)
            }
            (_, Some(name)) => self.worlds.by_host(name),
            (_, None) => Some(self.worlds.default_world()),
        }
    }

    async fn answer(
        self,
        mut request: Request,
        context: Context,
        server_name: Option<Arc<str>>,
        certificate: Option<PeerCertificate>,
    ) -> Response {
        let host = match host(&request) {
            // RFC 9112, 3.2: one that speaks HTTP/1.1 says it.
            Ok(host) if host.is_some() || request.version() != Version::HTTP_11 => {
                Ok(host.map(str::to_owned))
            }
            _ => Err(StatusCode::BAD_REQUEST),
        };
        let named = host.as_ref().ok().and_then(Option::as_deref).or(server_name.as_deref());
        let agreed = self.worlds.agree_on_host(named).await;
        let by_tls = self.world(server_name.as_deref());
        let host = match host {
            Ok(host) => host,
            Err(status) => {
                return self.misdirected(by_tls, status, asked(&request, context.peer), context).await;
            }
        };
        let virtual_host = match (&server_name, self.world(host.as_deref())) {
            // One connection must not reach two worlds by its Host (RFC 9110, 7.4).
            (Some(_), Some(by_host)) if !by_tls.as_ref().is_some_and(|it| Arc::ptr_eq(it, &by_host)) => None,
            (_, by_host) => by_host,
        };
        let Some(virtual_host) = virtual_host else {
            return self
                .misdirected(by_tls, StatusCode::MISDIRECTED_REQUEST, asked(&request, context.peer), context)
                .await;
        };
        if let Err(error) = agreed {
            return self.unanswered(&virtual_host.world, &error.into());
        }
        // HTTP/2 has it in `:authority`; what looks at a header finds it there as well.
        let authority = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        if let Some(authority) = authority {
            request.headers_mut().entry(header::HOST).or_insert(authority);
        }
        request.extensions_mut().insert(self.listener.clone());
        if let Some(certificate) = certificate {
            request.extensions_mut().insert(certificate);
        }
        let router = match self.listener.kind {
            ListenerKind::RelyingParty(_) => virtual_host.relying_party.clone(),
            _ => virtual_host.pages.clone(),
        };
        self.exchange(virtual_host, router, request, context).await
    }

    /// One exchange with a world: its answer, touched by faults, and its record in the journal, whether or not the client
    /// waits for it.
    async fn exchange(
        self,
        virtual_host: Arc<VirtualHost>,
        router: Router,
        mut request: Request,
        context: Context,
    ) -> Response {
        let Context { peer, cut, fault, seat, shutdown } = context;
        let work = Work::new(shutdown, seat, |abandoned| async move {
            let world = &virtual_host.world;
            world.addresses.note(request.uri());
            let (method, mut exchange) = (request.method().clone(), asked(&request, peer));
            request.extensions_mut().insert(self.limits);
            let renamed = cookies::Renamed::on(&self.listener, world);
            if let Some(renamed) = &renamed {
                renamed.enter(request.headers_mut());
            }

            let passing = world.contents.watch(&mut request);
            let occasion = Occasion::Request { method: method.as_str(), path: &exchange.path };
            let mut touched = Touched::new(fault, world.strike(&occasion).await);
            let mut response = match touched.instead(world, &mut request) {
                Some(response) => response,
                None => {
                    let Ok(response) = router.oneshot(request).await;
                    response
                }
            };
            let trace = response.extensions_mut().remove::<Trace>().unwrap_or_default();
            let mime = response.headers().get(header::CONTENT_TYPE).cloned();
            touched.answered(world, &method, &exchange.path, &trace, mime.as_ref()).await;
            let mut response = touched.reshape(world, response).await;
            let now = world.clock.now();
            finish(&mut response, world, now);
            if let Some(renamed) = &renamed {
                renamed.leave(response.headers_mut());
            }
            let hung_up = abandoned.is_true();
            exchange.status = if hung_up { 0 } else { touched.status(&response) };
            exchange.session = trace.session.map(|session| session.to_string().into());
            self.metrics.exchange(trace.outcome, exchange.status);
            let status = exchange.status;
            let draft = Draft {
                request_id: trace.request_id,
                serial: trace.serial,
                exchange: Some(Box::new(exchange)),
                detail: if hung_up { Some("the client had hung up".into()) } else { trace.detail },
                fault: touched.names(),
                ..Draft::new(Kind::Exchange, trace.outcome)
            };
            if let Some(passing) = passing {
                let (parts, body) = response.into_parts();
                let body = if body.size_hint().exact().is_some_and(|length| length <= LONGEST_BODY as u64) {
                    axum::body::to_bytes(body, LONGEST_BODY).await.map_err(|_| Body::empty())
                } else {
                    Err(body)
                };
                let kept = body.as_ref().ok().cloned();
                world.contents.add(passing, now, status, &parts.headers, kept);
                response = Response::from_parts(parts, body.map_or_else(|body| body, Body::from));
            }
            if let Err(error) = world.write(now, draft).await {
                // Nobody gets an answer that no record tells of, though what was asked for may have been done.
                response = self.unanswered(world, &StoreError::Unsure(error.to_string()).into());
            }
            (response, touched, virtual_host)
        });
        let (response, touched, virtual_host) = work.await;
        touched.deliver(&virtual_host.world, response, &cut).await
    }

    /// The answer when the store can't be reached.
    fn unanswered(&self, world: &World, error: &WorldError) -> Response {
        let mut response = answer::unanswered(world, error);
        finish(&mut response, world, world.clock.now());
        self.metrics.exchange("failed", response.status().as_u16());
        response
    }

    /// The answer to a request for a world that isn't to be had on this connection. It stands in the journal of the world
    /// that the handshake meant, or of the default one.
    async fn misdirected(
        &self,
        by_tls: Option<Arc<VirtualHost>>,
        status: StatusCode,
        exchange: Exchange,
        context: Context,
    ) -> Response {
        let mut response = answer::plain(status);
        let (outcome, status) = ("misdirected", status.as_u16());
        self.metrics.exchange(outcome, status);
        if let Some(virtual_host) = by_tls.or_else(|| self.world(None)) {
            let (world, exchange) = (&virtual_host.world, Exchange { status, ..exchange });
            let now = world.clock.now();
            finish(&mut response, world, now);
            let exchange = Some(Box::new(exchange));
            let draft = Draft { exchange, fault: context.fault, ..Draft::new(Kind::Exchange, outcome) };
            // It says no all the same.
            let _ = world.write(now, draft).await;
        }
        response
    }

    async fn handshake_failed(&self, failure: handshake::Failure, peer: SocketAddr) {
        self.metrics.handshake_failed();
        tracing::debug!(%peer, reason = failure.reason, "TLS handshake failed");
        if let Some(virtual_host) = failure.world {
            let draft = Draft {
                detail: Some(format!("{peer}: {}", failure.reason).into()),
                fault: failure.fault,
                ..Draft::new(Kind::Handshake, "tls.failed")
            };
            let _ = virtual_host.world.write(virtual_host.world.clock.now(), draft).await;
        }
    }
}

/// What of an exchange is known before its answer.
fn asked(request: &Request, peer: SocketAddr) -> Exchange {
    Exchange {
        peer,
        protocol: protocol(request.version()),
        method: word(request.method()),
        path: request.uri().path().chars().take(200).collect::<String>().into(),
        status: 0,
        session: None,
    }
}

fn protocol(version: Version) -> std::borrow::Cow<'static, str> {
    match version {
        Version::HTTP_11 => "HTTP/1.1".into(),
        Version::HTTP_2 => "HTTP/2.0".into(),
        other => format!("{other:?}").into(),
    }
}

fn word(method: &Method) -> std::borrow::Cow<'static, str> {
    match method.as_str() {
        "GET" => "GET".into(),
        "POST" => "POST".into(),
        "HEAD" => "HEAD".into(),
        other => other.chars().take(20).collect::<String>().into(),
    }
}
