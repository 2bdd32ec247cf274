//! The client certificate that some pages want. It is checked for every request, so that a resumed
//! TLS session and a clock that moves change nothing (manual 1.6, 2.2).

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::answer::{self, Answer};
use super::host_of;
use super::paths::{RU, RX};
use crate::authority::Refusal;
use crate::listener::{Listener, ListenerKind};
use crate::world::{Visitor, World, WorldError};

/// The certificate that the client showed, unchecked but for the proof that it has the key.
#[derive(Clone)]
pub(crate) struct PeerCertificate(pub(crate) Arc<[u8]>);

impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerCertificate({} bytes)", self.0.len())
    }
}

/// The visitor with a good certificate. Everybody else gets the page that they deserve.
pub(super) struct Authenticated(pub(super) Visitor);

impl FromRequestParts<Arc<World>> for Authenticated {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Response> {
        authenticate(world, parts, RU).await.map(Self)
    }
}

/// As [`Authenticated`] where `client_auth.rx` wants it; otherwise nobody is asked.
pub(super) struct MaybeAuthenticated(pub(super) Option<Visitor>);

impl FromRequestParts<Arc<World>> for MaybeAuthenticated {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Response> {
        match world.profile.client_auth.rx {
            true => authenticate(world, parts, RX).await.map(|visitor| Self(Some(visitor))),
            false => Ok(Self(None)),
        }
    }
}

async fn authenticate(world: &World, parts: &Parts, first_page: &str) -> Result<Visitor, Response> {
    let listener = parts.extensions.get::<Listener>().cloned().unwrap_or_default();
    if world.profile.splits() && listener.kind != ListenerKind::Renewals {
        return Err(to_listener_for_renewals(parts, &listener, first_page));
    }
    let shown = parts.extensions.get::<PeerCertificate>();
    match world.visitor(shown.map(|certificate| &*certificate.0)).await {
        Ok(visitor) => Ok(visitor),
        Err(WorldError::Refused(refusal)) => Err(turned_away(world, refusal, first_page).into_response()),
        Err(error) => Err(answer::failed(world, &error, first_page).into_response()),
    }
}

/// The page for a certificate that isn't accepted.
fn turned_away(world: &World, refusal: Refusal, first_page: &str) -> Answer {
    let keys = &world.profile.client_auth;
    let status = match refusal {
        Refusal::NoClientCertificate => keys.missing_status,
        Refusal::ClientCertificateExpired | Refusal::ClientCertificateNotYetValid => keys.expired_status,
        Refusal::ClientCertificateRevoked => keys.revoked_status,
        _ => keys.foreign_status,
    };
    let text = refusal.text(&world.profile.messages);
    let status = answer::status(status);
    answer::told(world, refusal.outcome(), status, "証明書を確認できません", &[text], first_page)
}

/// To the listener that asks for certificates, under the name by which this one was reached.
fn to_listener_for_renewals(parts: &Parts, listener: &Listener, first_page: &str) -> Response {
    let Some(port) = listener.renewal_port else {
        tracing::error!("client_auth.mode is split, and there is no listener for it (--renewal-listen)");
        return answer::plain(StatusCode::SERVICE_UNAVAILABLE);
    };
    let authority = parts.uri.authority().map(axum::http::uri::Authority::as_str);
    let authority = authority.or_else(|| parts.headers.get(header::HOST)?.to_str().ok());
    let host = match (authority.and_then(host_of).unwrap_or("localhost"), &listener.kind) {
        // On a world's own port any name will do; on the other one the name has to say which world.
        (host, ListenerKind::OfWorld(world)) => {
            let host = if host.parse::<std::net::IpAddr>().is_ok() { "localhost" } else { host };
            format!("{world}.{host}")
        }
        (host, _) if host.contains(':') => format!("[{host}]"),
        (host, _) => host.to_owned(),
    };
    let location = match port {
        443 => format!("https://{host}{first_page}"),
        port => format!("https://{host}:{port}{first_page}"),
    };
    match HeaderValue::from_str(&location) {
        Ok(location) => Answer::redirect("door.next", StatusCode::FOUND, location).into_response(),
        Err(_) => answer::plain(StatusCode::BAD_REQUEST),
    }
}
