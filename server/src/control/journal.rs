//! The journal over HTTP: at once, as a long poll, or live.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use futures_util::StreamExt;
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::Chosen;
use super::problem::{Problem, Query};
use crate::clock::Duration;
use crate::journal::{Entry, Kind, outcome_fits};
use crate::serving::Turn;
use crate::shutdown::Shutdown;
use crate::terms::RequestId;
use crate::world::World;

/// How long a long poll waits at most, in real time.
const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_secs(60);
/// Records that are taken out of the journal at once for a reader.
const PIECE: usize = 16;
/// Readers for whom this is done at once: with a thousand of them, others come in between.
static AT_WORK: Semaphore = Semaphore::const_new(2);

/// Which records are wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only records after this sequence number
    #[serde(default)]
    after: u64,
    /// Wait up to this real time, such as `5s`, until there is a record; after 60 s, the longest, ask again
    #[param(value_type = Option<String>)]
    wait: Option<Duration>,
    /// Only records of this kind
    kind: Option<Kind>,
    /// Only records whose outcome is this or begins with it and a dot, such as `refused`
    outcome: Option<String>,
    /// Only records about this request ID
    #[param(value_type = Option<String>)]
    request_id: Option<RequestId>,
    /// Only exchanges with this path
    path: Option<String>,
}

impl Filter {
    fn wants(&self, entry: &Entry) -> bool {
        let path = |wanted: &String| entry.exchange.as_ref().is_some_and(|e| *e.path == **wanted);
        self.kind.is_none_or(|kind| kind == entry.kind)
            && self.outcome.as_ref().is_none_or(|wanted| outcome_fits(&entry.outcome, wanted))
            && self.request_id.as_ref().is_none_or(|id| entry.request_id.as_ref() == Some(id))
            && self.path.as_ref().is_none_or(path)
    }
}

/// Records after a sequence number, oldest first; with `wait`, as soon as there are any. The wait ends without any when
/// the world is reset, replaced or thrown away.
#[utoipa::path(get, path = "/journal", tag = "journal", params(Filter),
    responses((status = 200, body = Vec<Entry>), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn after(
    Chosen(world): Chosen,
    Extension(turn): Extension<Turn>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let wait = filter.wait.map_or(Ok(std::time::Duration::ZERO), |wait| wait.0.try_into());
    let wait = wait.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "wait: there is no waiting back"))?;
    world.read_journal().await?;
    if !wait.is_zero() {
        turn.waits();
        tokio::select! {
            () = any(&world, &filter) => {}
            () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
            () = world.gone() => {}
        }
        world.read_journal().await?;
    }
    Ok(list(world, filter))
}

/// Waits until there is a record that is wanted, or no more to come.
async fn any(world: &World, filter: &Filter) {
    let mut changes = world.journal.watch();
    let mut after = filter.after;
    loop {
        // Marks what is there as seen before looking, so that nothing falls in between.
        changes.borrow_and_update();
        let (found, last) = world.journal.look(after, u64::MAX, 1, |entry| filter.wants(entry));
        if !found.is_empty() || changes.changed().await.is_err() {
            return;
        }
        // What has been looked at once needs no second look.
        after = last;
    }
}

/// What is there now as a list, which is written while it is read: of a journal, a reader who doesn't read holds no more
/// than a piece.
fn list(world: Arc<World>, filter: Filter) -> Response {
    let until = *world.journal.watch().borrow();
    let mut first = piece(&world, &filter, filter.after, until, "[");
    let body = match first.1.take() {
        None => Body::from(first.0),
        Some(after) => {
            let rest =
                stream::unfold((world, filter, Some(after)), move |(world, filter, after)| async move {
                    let after = after?;
                    let _turn = AT_WORK.acquire().await;
                    let (text, next) = piece(&world, &filter, after, until, ",");
                    Some((text, (world, filter, next)))
                });
            Body::from_stream(stream::iter([first.0]).chain(rest).map(Ok::<_, Infallible>))
        }
    };
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A piece of the list after a number, and after which number the next one begins, if this isn't the last. `before` stands
/// before its first record.
fn piece(world: &World, filter: &Filter, after: u64, until: u64, before: &str) -> (String, Option<u64>) {
    // One more than is written tells whether there are more.
    let (mut found, _) = world.journal.look(after, until, PIECE + 1, |entry| filter.wants(entry));
    let more = found.len() > PIECE;
    found.truncate(PIECE);
    let next = if more { found.last().map(|entry| entry.sequence) } else { None };
    let records =
        found.iter().map(|entry| serde_json::to_string(entry).expect("records have a form in JSON"));
    let records = records.collect::<Vec<_>>().join(",");
    // What was to follow may have left the journal since.
    let before = if records.is_empty() && before == "," { "" } else { before };
    (format!("{before}{records}{}", if more { "" } else { "]" }), next)
}

/// Records as they are written (server-sent events). `Last-Event-ID` or `after` says where to begin. The stream ends when
/// the world is reset, replaced or thrown away, or the simulator stopped.
#[utoipa::path(get, path = "/journal/stream", tag = "journal", params(Filter),
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub(super) async fn live(
    Chosen(world): Chosen,
    Extension(shutdown): Extension<Shutdown>,
    headers: axum::http::HeaderMap,
    Query(mut filter): Query<Filter>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    filter.after = last.unwrap_or(filter.after);
    let mut changes = world.journal.watch();
    // If it can't be read now, it is once that is possible.
    let _ = world.read_journal().await;
    // What is there already counts as news.
    changes.mark_changed();
    let events =
        stream::unfold((filter, changes, VecDeque::new()), move |(mut filter, mut changes, mut due)| {
            let (world, mut shutdown) = (Arc::clone(&world), shutdown.clone());
            async move {
                loop {
                    if let Some(event) = due.pop_front() {
                        return Some((Ok(event), (filter, changes, due)));
                    }
                    tokio::select! {
                        changed = changes.changed() => changed.ok()?,
                        () = world.gone() => return None,
                        () = shutdown.wait() => return None,
                    }
                    let _turn = AT_WORK.acquire().await;
                    let (entries, last) =
                        world.journal.look(filter.after, u64::MAX, PIECE, |entry| filter.wants(entry));
                    if entries.len() == PIECE {
                        // There may be more.
                        changes.mark_changed();
                    }
                    filter.after = last;
                    due.extend(entries.iter().map(event));
                }
            }
        });
    Sse::new(events).keep_alive(KeepAlive::default())
}

fn event(entry: &Entry) -> Event {
    let id = entry.sequence.to_string();
    Event::default().id(id).json_data(entry).expect("records have a form in JSON")
}
