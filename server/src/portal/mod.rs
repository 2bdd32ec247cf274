//! The imitated site: exactly what the real host serves, one file a page.

pub(crate) mod answer;
mod cert;
mod charset;
mod client_certificate;
mod crl;
pub(crate) mod filled;
mod form;
mod host;
mod installer;
mod labels;
mod paths;
mod rcd;
mod rcr;
mod ru;
mod rx;
mod s;
mod seal;
mod sessions;
mod start;

pub(crate) use client_certificate::PeerCertificate;
pub(crate) use host::host_of;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use axum::{Router, middleware};

use crate::world::World;

/// The pages of a world.
pub(crate) fn pages(world: &Arc<World>) -> Router {
    let paths = world.profile.wire.paths;
    let pages = Router::new()
        .route("/", start::routes())
        .route("/p/cert", cert::routes())
        .route("/p/cert/{file}", cert::file_routes())
        .route("/p/s", s::routes())
        .merge(rcr::routes(paths))
        .merge(rcd::routes(paths))
        .merge(ru::routes(paths))
        .merge(rx::routes(paths))
        // The revocation list, at the path of the profile.
        .fallback(crl::publish)
        .method_not_allowed_fallback(|| async { answer::plain(StatusCode::METHOD_NOT_ALLOWED) });
    let pages = match world.profile.maintenance.windows.is_empty() {
        true => pages,
        false => pages.layer(middleware::from_fn_with_state(Arc::clone(world), maintenance)),
    };
    pages.with_state(Arc::clone(world))
}

/// What there is of a world over plain HTTP: the revocation list.
pub(crate) fn plain_http(world: &Arc<World>) -> Router {
    Router::new().fallback(crl::publish).with_state(Arc::clone(world))
}

/// The maintenance page in the times of `maintenance.windows`.
async fn maintenance(
    axum::extract::State(world): axum::extract::State<Arc<World>>,
    request: Request,
    next: middleware::Next,
) -> Response {
    let moment = world.profile.clock.zone.zone().datetime(world.clock.now());
    match world.profile.maintenance.windows.iter().any(|window| window.contains(moment)) {
        true => answer::maintenance(&world),
        false => next.run(request).await,
    }
}

/// The headers that every answer carries.
pub(crate) fn finish(response: &mut Response, world: &World, now: jiff::Timestamp) {
    let headers = response.headers_mut();
    if let Some(date) = http_date(now) {
        headers.insert(header::DATE, date);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if !world.profile.http.server.is_empty()
        && let Ok(server) = HeaderValue::from_str(&world.profile.http.server)
    {
        headers.insert(header::SERVER, server);
    }
    if world.profile.tls.hsts_seconds > 0 {
        let value = format!("max-age={}", world.profile.tls.hsts_seconds);
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
        }
    }
}

/// `Mon, 23 Nov 2026 09:00:00 GMT` (RFC 9110, 5.6.7).
fn http_date(now: jiff::Timestamp) -> Option<HeaderValue> {
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?;
    HeaderValue::from_str(&date).ok()
}
