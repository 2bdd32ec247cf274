//! The journal over HTTP: at once, as a long poll, or live.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::{Extension, Json};
use futures_util::stream::{self, Stream};
use serde::Deserialize;

use super::Chosen;
use super::problem::{Problem, Query};
use crate::clock::Duration;
use crate::journal::{Entry, Kind, outcome_fits};
use crate::shutdown::Shutdown;
use crate::terms::RequestId;

/// Which records are wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only records after this sequence number
    #[serde(default)]
    after: u64,
    /// Wait up to this real time, such as `5s` (60 s at most), until there is a record
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
    Query(filter): Query<Filter>,
) -> Result<Json<Vec<Entry>>, Problem> {
    let wait = filter.wait.map_or(Ok(std::time::Duration::ZERO), |wait| wait.0.try_into());
    let wait = wait.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "wait: there is no waiting back"))?;
    let journal = &world.journal;
    let mut changes = journal.watch();
    let found = || -> Vec<Entry> {
        journal.after(filter.after).into_iter().filter(|entry| filter.wants(entry)).collect()
    };
    let wait = wait.min(std::time::Duration::from_secs(60));
    let awaited = tokio::time::timeout(wait, async {
        loop {
            // Marks what is there as seen before looking, so that nothing falls in between.
            changes.borrow_and_update();
            let entries = found();
            if !entries.is_empty() || changes.changed().await.is_err() {
                return entries;
            }
        }
    });
    let awaited = async { awaited.await.unwrap_or_else(|_| found()) };
    Ok(Json(tokio::select! {
        entries = awaited => entries,
        () = world.gone() => found(),
    }))
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
    // What is there already counts as news.
    changes.mark_changed();
    let events =
        stream::unfold((filter, changes, VecDeque::new()), move |(mut filter, mut changes, mut due)| {
            let (world, mut shutdown) = (Arc::clone(&world), shutdown.clone());
            async move {
                loop {
                    if let Some(entry) = due.pop_front() {
                        return Some((Ok(event(&entry)), (filter, changes, due)));
                    }
                    tokio::select! {
                        changed = changes.changed() => changed.ok()?,
                        () = world.gone() => return None,
                        () = shutdown.wait() => return None,
                    }
                    let entries = world.journal.after(filter.after);
                    filter.after = entries.last().map_or(filter.after, |entry| entry.sequence);
                    due.extend(entries.into_iter().filter(|entry| filter.wants(entry)));
                }
            }
        });
    Sse::new(events).keep_alive(KeepAlive::default())
}

fn event(entry: &Entry) -> Event {
    let id = entry.sequence.to_string();
    Event::default().id(id).json_data(entry).expect("records have a form in JSON")
}
