//! Who may call: pages of our own and programs of this machine, not web pages of others.
//!
//! A page in somebody's browser could reach a loopback port. So the Host must be loopback or named when the server was
//! started (against DNS rebinding), and an Origin must be our own.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The rules of entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    /// Host names beside loopback.
    pub(super) hosts: Vec<String>,
    /// Whether it is told to listen elsewhere than on loopback: then by any address, which no foreign name can stand for.
    pub(super) any_address: bool,
}

/// Lets through or refuses.
pub(super) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.admits(&request) {
        Ok(()) => next.run(request).await,
        Err((status, why)) => (status, format!("{why}\n")).into_response(),
    }
}

impl Guard {
    fn admits(&self, request: &Request) -> Result<(), (StatusCode, &'static str)> {
        const FOREIGN: (StatusCode, &str) = (StatusCode::FORBIDDEN, "no answer to pages of other sites");
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err((StatusCode::BAD_REQUEST, "a request has one Host"));
        };
        let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
        let own = authority.filter(|own| !own.as_str().contains('@') && self.knows(own.host()));
        let Some(own) = own else {
            return Err((StatusCode::FORBIDDEN, "no answer to this Host; name it with --host"));
        };
        // A target with an authority of its own names another host, or the same one again.
        if request.uri().authority().is_some_and(|other| *other != own) {
            return Err((StatusCode::BAD_REQUEST, "a request has one Host"));
        }
        // Bytes beyond ASCII are no origin of ours either.
        let origin = || text(header::ORIGIN.as_str()).and_then(|origin| origin.strip_prefix("http://"));
        if request.headers().contains_key(header::ORIGIN)
            && !origin().is_some_and(|origin| origin.eq_ignore_ascii_case(own.as_str()))
        {
            return Err(FOREIGN);
        }
        // A browser that leaves out the Origin may still say that it comes from elsewhere. Links may lead here.
        let elsewhere = text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
        if elsewhere && !request.method().is_safe() {
            return Err(FOREIGN);
        }
        Ok(())
    }

    fn knows(&self, host: &str) -> bool {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let address = bare.parse::<IpAddr>().map(|address| address.to_canonical());
        host.eq_ignore_ascii_case("localhost")
            || address.is_ok_and(|address| self.any_address || address.is_loopback())
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}
