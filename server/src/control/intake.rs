//! What control takes in at once, and how much of its answers it has in memory: so that many callers together are no more
//! than a few.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::large::MEBIBYTES;
use super::problem::Problem;
use crate::limits::Limits;
use crate::serving::{Reserved, Turn};

/// Bytes of a body, but for a world.
const CALL: usize = 64 * 1024;
/// Bytes of a body that brings a world, some 10 kB a certificate.
const WORLD: usize = MEBIBYTES << 20;
/// Bytes of it that are read before it is its turn.
const BEGINNING: usize = 16 * 1024;
/// Then so many must come in the time that a body has.
const STEP: usize = 8 * 1024 * 1024;
/// Lists that are made at once, so that other calls come in between.
const LISTS: usize = 2;
/// Worlds that are saved at once: each is in memory until it has gone out.
const SAVED: usize = 2;
/// When to ask again.
const RETRY: Duration = Duration::from_secs(5);
/// What may answer from a place to spare.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];
/// The last parts of paths whose answers grow with what a world holds, or are large by themselves.
const LONG: [&str; 15] = [
    "applications",
    "notices",
    "certificates",
    "renewals",
    "revocations",
    "mails",
    "sessions",
    "faults",
    "worlds",
    "profile",
    "keys",
    "catalogue",
    "scenes",
    "openapi.json",
    "metrics",
];

/// What is taken in and made at once.
#[derive(Debug)]
pub(super) struct Intake {
    limits: Limits,
    lists: Arc<Semaphore>,
    saved: Arc<Semaphore>,
    /// Worlds that come in, one after the other.
    loaded: Arc<Semaphore>,
}

impl Intake {
    pub(super) fn new(limits: Limits) -> Self {
        let semaphore = |places| Arc::new(Semaphore::new(places));
        Self { limits, lists: semaphore(LISTS), saved: semaphore(SAVED), loaded: semaphore(1) }
    }
}

/// Reads the body of a call, whole, then makes its answer, each when it is its turn.
pub(super) async fn take_in(State(intake): State<Arc<Intake>>, request: Request, next: Next) -> Response {
    intake.call(request, next).await.unwrap_or_else(|problem| *problem)
}

impl Intake {
    async fn call(&self, request: Request, next: Next) -> Result<Response, Box<Response>> {
        let path = request.uri().path();
        if HEALTH.contains(&path) {
            return Ok(next.run(request).await);
        }
        if request.extensions().get::<Turn>().is_some_and(Turn::is_spare) {
            return Err(busy("all connections of control are at work"));
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            let (saved, long) = (last == "world", LONG.contains(&last));
            let turn = match (saved, long) {
                (true, _) => Some(self.turn(&self.saved, "other worlds are being saved").await?),
                (_, true) => Some(self.turn(&self.lists, "other lists are being made").await?),
                _ => None,
            };
            let mut response = next.run(request.map(|_| Body::empty())).await;
            match turn.map(Arc::new) {
                Some(turn) if saved => _ = response.extensions_mut().insert(Reserved::UntilSent(turn)),
                Some(turn) => _ = response.extensions_mut().insert(Reserved::UntilReady(turn)),
                None => {}
            }
            return Ok(response);
        }
        let limit = if matches!(last, "world" | "worlds") { WORLD } else { CALL };
        let (parts, body) = request.into_parts();
        check_type(&parts.headers, &body)?;
        let (bytes, _loaded) = self.read(body, limit).await?;
        Ok(next.run(Request::from_parts(parts, Body::from(bytes))).await)
    }

    /// A body up to a limit. A long one waits until it is its turn, before more of it is read.
    async fn read(
        &self,
        mut body: Body,
        limit: usize,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Box<Response>> {
        let too_large = || refusal(StatusCode::PAYLOAD_TOO_LARGE, &format!("the body is over {limit} bytes"));
        if body.size_hint().lower() > limit as u64 {
            return Err(too_large());
        }
        let (mut loaded, mut goal) = (None, if limit > CALL { BEGINNING } else { limit });
        let mut bytes =
            Vec::with_capacity(goal.min(usize::try_from(body.size_hint().lower()).unwrap_or(goal)));
        loop {
            let read = tokio::time::timeout(self.limits.body, fill(&mut body, &mut bytes, goal)).await;
            let slow = |_| {
                let detail =
                    format!("the body came too slowly: {:?} for it, or for 8 MiB of it", self.limits.body);
                refusal(StatusCode::REQUEST_TIMEOUT, &detail)
            };
            let ended =
                read.map_err(slow)?.map_err(|error| refusal(StatusCode::BAD_REQUEST, &error.to_string()))?;
            if bytes.len() > limit {
                return Err(too_large());
            }
            if ended {
                return Ok((bytes.into(), loaded));
            }
            if loaded.is_none() {
                loaded = Some(self.turn(&self.loaded, "another world is being loaded").await?);
            }
            goal = bytes.len() + STEP;
        }
    }

    /// One's turn, if it comes in time.
    async fn turn(&self, places: &Arc<Semaphore>, why: &str) -> Result<OwnedSemaphorePermit, Box<Response>> {
        let turn = tokio::time::timeout(self.limits.body, Arc::clone(places).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(|| busy(why))
    }
}

/// Reads until there are more bytes than this, or no more to come; answers whether that is so.
async fn fill(body: &mut Body, bytes: &mut Vec<u8>, goal: usize) -> Result<bool, axum::Error> {
    while bytes.len() <= goal {
        let Some(frame) = body.frame().await else { return Ok(true) };
        if let Ok(data) = frame?.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(false)
}

/// A body that isn't said to be JSON could come from a form on a page of others, which needs nobody's leave.
fn check_type(headers: &HeaderMap, body: &Body) -> Result<(), Box<Response>> {
    let kind = headers.get(header::CONTENT_TYPE);
    let json = kind.is_some_and(|kind| {
        let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("application/json")
    });
    let nothing = kind.is_none() && body.is_end_stream();
    if json || nothing {
        return Ok(());
    }
    let detail = "control takes JSON alone: send the header Content-Type: application/json";
    Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

fn busy(why: &str) -> Box<Response> {
    let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, &format!("{why}: ask again in a moment"));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY.as_secs()));
    response
}

fn refusal(status: StatusCode, detail: &str) -> Box<Response> {
    Box::new(Problem::new(status, detail).into_response())
}
