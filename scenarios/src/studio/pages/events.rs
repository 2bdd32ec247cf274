//! A run as it goes on, for the pages that watch it (server-sent events).

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::language::Top;
use super::{mark, run};
use crate::bilingual::Language;
use crate::studio::Shared;
use crate::studio::live::{Far, Live};

/// How far a watcher has been told.
struct Watcher {
    live: Arc<Live>,
    l: Language,
    changes: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    due: VecDeque<Event>,
    plays: usize,
    /// How many lines of each play under way have been told of.
    lines: BTreeMap<usize, usize>,
    readings: usize,
    far: Option<Far>,
    step: Option<(u64, usize, bool)>,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

pub(super) async fn stream(State(shared): State<Arc<Shared>>, top: Top) -> Response {
    let Some(live) = shared.live() else { return StatusCode::NOT_FOUND.into_response() };
    // Whoever comes too much looks at the page again later.
    let Ok(place) = Arc::clone(&shared.streams).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut changes = live.watch();
    // What is there already counts as news.
    changes.mark_changed();
    let watcher = Watcher {
        live,
        l: top.l,
        changes,
        closing: shared.closing.subscribe(),
        due: VecDeque::new(),
        plays: 0,
        lines: BTreeMap::new(),
        readings: 0,
        far: None,
        step: None,
        is_over: false,
        _place: place,
    };
    let events = stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(event), watcher))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.due.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                _ = self.closing.wait_for(|closing| *closing) => return None,
            }
            self.gather();
        }
    }

    /// What has come since the last time.
    fn gather(&mut self) {
        // Looked at first, so that all that was before the end is told before it.
        let over = self.live.over();
        let l = self.l;
        for (index, row) in self.live.done_after(self.plays) {
            self.plays += 1;
            let (class, word) = mark(l, row.played.as_deref());
            self.tell("play", &json!({ "index": index, "class": class, "word": word }));
        }
        for (index, lines) in self.live.under_way() {
            if self.lines.insert(index, lines) != Some(lines) {
                self.tell("line", &json!({ "index": index }));
            }
        }
        for reading in self.live.readings_after(self.readings) {
            self.readings += 1;
            self.tell("reading", &run::reading(l, &reading));
        }
        let far = self.live.far();
        if self.far != Some(far) {
            let Far { done, of, failed, .. } = far;
            let (failed_words, left) = (run::failed(l, far), run::left(l, far));
            let told = l.pick(
                format!("{of} 件のうち {done} 件が終わりました。{failed_words}。"),
                format!("{done} of {of} done, {failed_words}."),
            );
            let is_bad = failed > 0;
            self.tell(
                "progress",
                &json!({ "done": done, "of": of, "failed": failed_words, "is_bad": is_bad, "left": left, "told": told }),
            );
            self.far = Some(far);
        }
        let step = self.live.person.as_ref().map(|person| person.step());
        if self.step != step {
            if let Some((number, _, file)) = step {
                self.tell("step", &json!({ "number": number, "file": file }));
            }
            self.step = step;
        }
        if let Some(over) = over {
            self.is_over = true;
            let mut troubles = self.live.troubles(l);
            troubles.extend(over.as_ref().err().cloned());
            let (state, url) = (run::state(l, Some(&self.live)), run::results(Some(&over)));
            self.tell("over", &json!({ "state": state, "url": url, "troubles": troubles }));
        }
    }

    fn tell(&mut self, name: &str, data: &impl Serialize) {
        let event = Event::default().event(name).json_data(data);
        self.due.push_back(event.expect("what is told has a form in JSON"));
    }
}
