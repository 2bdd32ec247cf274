//! What faults do to an exchange, on the wire.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::{self, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::{StreamExt, stream};

use super::connection::Cut;
use super::cookies::forget_session;
use crate::faults::{Answered, Effect, Occasion, Strike};
use crate::portal::answer::{self, Trace};
use crate::world::World;

/// Pause between two pieces of a body that comes slowly.
const PACE: Duration = Duration::from_millis(100);
/// How long a body is withheld at most.
const LONGEST_HOLD: Duration = Duration::from_secs(600);
/// How long the last bytes before a break have to leave this machine.
const LEAVING: Duration = Duration::from_millis(50);

/// The faults that touch one exchange.
#[derive(Debug)]
pub(super) struct Touched {
    names: Vec<Box<str>>,
    effects: Vec<Effect>,
    /// What is withheld until this fault is switched off: all after so many bytes, or after half of them.
    withheld: Option<(u64, Option<u64>)>,
}

impl Touched {
    /// Begins with what the handshake had, and with what strikes the request.
    pub(super) fn new(of_handshake: Option<Box<str>>, strikes: Vec<Strike>) -> Self {
        let names = of_handshake.into_iter().collect();
        let mut touched = Self { names, effects: Vec::new(), withheld: None };
        touched.add(strikes);
        touched
    }

    /// The answer to a request that the authority never sees; `None` if it shall see it.
    pub(super) fn instead(&mut self, world: &World, request: &mut Request) -> Option<Response> {
        for effect in &self.effects {
            match effect {
                Effect::SessionLost {} => forget_session(world, request.headers_mut()),
                // Nobody gets to see it.
                Effect::Reset { .. } => {
                    return Some(by_fault(answer::plain(StatusCode::SERVICE_UNAVAILABLE)));
                }
                _ => {
                    if let Some(response) = replacement(world, effect) {
                        return Some(by_fault(response));
                    }
                }
            }
        }
        None
    }

    /// Adds what strikes the answer.
    pub(super) async fn answered(
        &mut self,
        world: &World,
        method: &Method,
        path: &str,
        trace: &Trace,
        mime: Option<&HeaderValue>,
    ) {
        self.names.extend(trace.fault.clone());
        let mime = mime.map(HeaderValue::as_bytes);
        let answered = Answered {
            method: method.as_str(),
            path,
            outcome: trace.outcome,
            request_id: trace.request_id.as_ref(),
            serial: trace.serial,
            pfx: trace.serial.is_some() && mime == Some(world.profile.pfx.mime.as_bytes()),
        };
        let strikes = world.strike(&Occasion::Answer(&answered)).await;
        // What struck the request has done its work, unless the line is still to break.
        self.effects.retain(|effect| matches!(effect, Effect::Reset { .. }));
        self.add(strikes);
    }

    /// The answer as it goes out: another one, a part of it, or a damaged one.
    pub(super) async fn reshape(&self, world: &World, mut response: Response) -> Response {
        for effect in &self.effects {
            match effect {
                Effect::Truncate { bytes } => {
                    let (parts, body) = taken(response).await;
                    let left = bytes.map_or(body.len() / 2, length).min(body.len());
                    response = Response::from_parts(parts, Body::from(body.slice(..left)));
                }
                Effect::Corrupt { offset } => {
                    let (parts, body) = taken(response).await;
                    let mut body = Vec::from(body);
                    let place = offset.map_or(body.len() / 2, length).min(body.len().saturating_sub(1));
                    if let Some(byte) = body.get_mut(place) {
                        *byte ^= 1;
                    }
                    response = Response::from_parts(parts, Body::from(body));
                }
                Effect::ContentType { value } => {
                    if let Ok(value) = HeaderValue::from_str(value) {
                        response.headers_mut().insert(header::CONTENT_TYPE, value);
                    }
                }
                _ => {
                    if let Some(other) = replacement(world, effect) {
                        response = other;
                        response.extensions_mut().remove::<Trace>();
                    }
                }
            }
        }
        response
    }

    /// The status for the journal; 0 if no answer goes out.
    pub(super) fn status(&self, response: &Response) -> u16 {
        let length = response.body().size_hint().exact().map_or(usize::MAX, length);
        if self.break_after(length) == Some(0) { 0 } else { response.status().as_u16() }
    }

    /// After how many bytes of a body of this length the line breaks, if it does.
    fn break_after(&self, body: usize) -> Option<usize> {
        let breaks = self.effects.iter().filter_map(|effect| match effect {
            Effect::Reset { after_bytes } => Some(length(after_bytes.unwrap_or_default())),
            _ => None,
        });
        // The last byte stays behind in any case, so that the break is seen.
        Some(breaks.min()?.min(body.saturating_sub(1)))
    }

    /// All names for the journal.
    pub(super) fn names(&self) -> Option<Box<str>> {
        (!self.names.is_empty()).then(|| self.names.join(", ").into())
    }

    /// Sends the answer on its way: late, slowly, or not to the end.
    pub(super) async fn deliver(self, world: &Arc<World>, response: Response, cut: &Cut) -> Response {
        let mut rate = None;
        for effect in &self.effects {
            match effect {
                Effect::Delay { by } => tokio::time::sleep(by.0.unsigned_abs()).await,
                Effect::Throttle { bytes_per_second } => {
                    rate = Some(rate.map_or(*bytes_per_second, |rate: u32| rate.min(*bytes_per_second)));
                }
                _ => {}
            }
        }
        if let Some((id, after)) = self.withheld {
            let (mut parts, mut body) = taken(response).await;
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            let first = after.map_or(body.len() / 2, length).min(body.len().saturating_sub(1));
            let first = body.split_to(first);
            return Response::from_parts(parts, withheld(first, body, id, Arc::clone(world)));
        }
        if rate.is_none() && self.break_after(0).is_none() {
            return response;
        }
        let (mut parts, body) = taken(response).await;
        let break_after = self.break_after(body.len());
        if break_after == Some(0) {
            cut.cut();
            return Response::from_parts(parts, Body::empty());
        }
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        Response::from_parts(parts, slow(body, rate, break_after, cut.clone()))
    }

    fn add(&mut self, strikes: Vec<Strike>) {
        for Strike { id, name, effect } in strikes {
            self.names.push(name);
            if let Effect::Withhold { after_bytes } = effect {
                self.withheld = Some((id, after_bytes));
            }
            self.effects.push(effect);
        }
    }
}

/// The answer that takes the place of another, if the effect is one.
fn replacement(world: &World, effect: &Effect) -> Option<Response> {
    match effect {
        Effect::Maintenance {} => Some(answer::maintenance(world)),
        Effect::Status { status, text, retry_after } => {
            let status = StatusCode::from_u16(*status).ok()?;
            let mut response = match text {
                Some(text) => answer::message(world, status, text),
                None => answer::plain(status),
            };
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Some(response)
        }
        _ => None,
    }
}

/// Marks an answer that did not come from a page.
fn by_fault(mut response: Response) -> Response {
    let trace = response.extensions_mut().get_or_insert_default::<Trace>();
    if trace.outcome == "plain" {
        trace.outcome = "fault";
    }
    response
}

/// An answer in its parts. Bodies of the portal are in memory, so this doesn't fail.
async fn taken(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default())
}

/// A body whose rest comes when a fault is switched off.
fn withheld(first: Bytes, rest: Bytes, id: u64, world: Arc<World>) -> Body {
    let rest = async move {
        // Nobody holds a connection for ever.
        let _ = tokio::time::timeout(LONGEST_HOLD, world.fault_is_off(id)).await;
        Ok::<_, std::io::Error>(rest)
    };
    Body::from_stream(stream::iter([Ok(first)]).chain(stream::once(rest)))
}

/// A body in pieces, at this many bytes a second, that may break off.
fn slow(body: Bytes, rate: Option<u32>, break_after: Option<usize>, cut: Cut) -> Body {
    let piece = rate.map_or(usize::MAX, |rate| (rate as usize / 10).max(1));
    let pause = rate.map_or(Duration::ZERO, |rate| PACE.max(Duration::from_secs(1) / rate));
    let end = break_after.unwrap_or(body.len());
    Body::from_stream(stream::unfold((body.slice(..end), false), move |(mut rest, begun)| {
        let cut = cut.clone();
        async move {
            if rest.is_empty() {
                break_after?;
                tokio::time::sleep(LEAVING).await;
                cut.cut();
                return Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)), (rest, true)));
            }
            if begun {
                tokio::time::sleep(pause).await;
            }
            let next = rest.split_to(piece.min(rest.len()));
            Some((Ok::<_, std::io::Error>(next), (rest, true)))
        }
    }))
}

fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
