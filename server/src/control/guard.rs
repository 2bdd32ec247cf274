//! Who may call control: programs of this machine, not web pages of others.
//!
//! A page in the tester's browser could reach a loopback port. So the Host must be loopback or
//! configured (against DNS rebinding), and an Origin must be control's own. A token can be set.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use super::problem::Problem;
use crate::serving::{NoHost, host};

/// The rules of entry.
#[derive(Clone, Default)]
pub struct Guard {
    /// Host names beside loopback by which control may be called.
    pub hosts: Vec<String>,
    /// A bearer token, if calls must carry one.
    pub token: Option<String>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("hosts", &self.hosts).field("token", &self.token.is_some()).finish()
    }
}

/// Lets through or refuses with a problem document.
pub(super) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.admit(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            let mut response = problem.into_response();
            if response.status() == StatusCode::UNAUTHORIZED {
                let bearer = axum::http::HeaderValue::from_static("Bearer");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
            }
            response
        }
    }
}

impl Guard {
    fn admit(&self, request: &Request) -> Result<(), Problem> {
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let forbidden = |detail| Err(Problem::new(StatusCode::FORBIDDEN, detail));
        match host(request) {
            Ok(Some(host)) if self.knows(host) => {}
            Ok(None) => return Err(Problem::new(StatusCode::BAD_REQUEST, "the request has no Host")),
            Err(NoHost::Several) => {
                let detail = "the request names its host twice: one Host, as in its target if that has one";
                return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
            }
            Ok(Some(_)) | Err(NoHost::Malformed) => {
                return forbidden("control doesn't answer to this Host; name it with --control-host");
            }
        }
        let authority = request.uri().authority().map(axum::http::uri::Authority::as_str);
        let own = authority.or_else(|| text(header::HOST.as_str()));
        // Bytes beyond ASCII are no origin of ours either.
        if request.headers().contains_key(header::ORIGIN)
            && text(header::ORIGIN.as_str()).and_then(|origin| origin.strip_prefix("http://")) != own
        {
            return forbidden("control doesn't answer to pages of other sites");
        }
        // A browser that leaves out the Origin may still say that it comes from elsewhere. Links may lead here.
        let elsewhere = text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
        if elsewhere && !request.method().is_safe() {
            return forbidden("control doesn't answer to pages of other sites");
        }
        // Health checks tell nothing and must work without secrets; the dashboard is an empty page
        // that asks for the token itself.
        let open = matches!(request.uri().path(), "/" | "/healthz" | "/readyz");
        match &self.token {
            Some(token) if !open => {
                let given = text(header::AUTHORIZATION.as_str()).and_then(|value| value.split_once(' '));
                let fits = given.is_some_and(|(scheme, given)| {
                    scheme.eq_ignore_ascii_case("bearer") && given.as_bytes().ct_eq(token.as_bytes()).into()
                });
                fits.then_some(())
                    .ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "control wants its bearer token"))
            }
            _ => Ok(()),
        }
    }

    fn knows(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}
