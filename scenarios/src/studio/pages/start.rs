//! The first page: what is judged, how much of it, and how.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::language::Top;
use super::{message, page};
use crate::play::{Head, Level};
use crate::requirement::{chapter_title, word};
use crate::studio::chosen::{Chosen, Kind};
use crate::studio::{NotBegun, Shared};

#[derive(Template)]
#[template(path = "studio/start.html")]
struct Page {
    top: Top,
    chosen: Chosen,
    /// By name, as they are run.
    commands: Vec<(String, String)>,
    /// Value, name, whether it is chosen.
    levels: Vec<(String, &'static str, bool)>,
    chapters: Vec<(u8, String, bool)>,
    lists: Vec<List>,
    busy: bool,
    wrong: Option<String>,
    folder: String,
}

/// Scenarios to choose from.
struct List {
    kind: &'static str,
    scenarios: Vec<OneOf>,
}

struct OneOf {
    id: String,
    name: String,
    is_chosen: bool,
}

pub(super) async fn show(State(shared): State<Arc<Shared>>, top: Top) -> Response {
    let chosen = shared.archive.chosen();
    first_page(&shared, top, StatusCode::OK, chosen, None)
}

/// Begins what the form says.
pub(super) async fn begin(State(shared): State<Arc<Shared>>, top: Top, body: Bytes) -> Response {
    match Chosen::of_form(&body) {
        Ok(chosen) => begun(&shared, top, chosen),
        Err(error) => {
            let chosen = shared.archive.chosen();
            let told = error.words().speak(top.l).to_owned();
            first_page(&shared, top, StatusCode::UNPROCESSABLE_ENTITY, chosen, Some(told))
        }
    }
}

/// Leads to the run, if it has begun.
pub(super) fn begun(shared: &Arc<Shared>, top: Top, chosen: Chosen) -> Response {
    match shared.begin(chosen.clone()) {
        Ok(()) => Redirect::to("/live").into_response(),
        Err(NotBegun::Busy) => message(
            StatusCode::CONFLICT,
            top,
            "ほかの検査を実施しています。終わるのを待つか、止めてください。",
            "Another run is under way. Wait until it ends, or stop it.",
        ),
        Err(NotBegun::Wrong(error)) => {
            let told = error.words().speak(top.l).to_owned();
            first_page(shared, top, StatusCode::UNPROCESSABLE_ENTITY, chosen, Some(told))
        }
    }
}

fn first_page(
    shared: &Shared,
    top: Top,
    status: StatusCode,
    mut chosen: Chosen,
    wrong: Option<String>,
) -> Response {
    let commands = shared.commands();
    let wrong = wrong.or_else(|| commands.as_ref().err().map(ToString::to_string));
    let commands: Vec<_> =
        commands.unwrap_or_default().into_iter().map(|(name, command)| (name, command.join(" "))).collect();
    if chosen.kind == Kind::Command && commands.is_empty() {
        chosen.kind = Kind::Person;
    }
    let levels = [
        (Level::Core, "基本", "Core"),
        (Level::Resilience, "障害への強さ", "Resilience"),
        (Level::Security, "セキュリティ", "Security"),
        (Level::Lifecycle, "ライフサイクル", "Lifecycle"),
    ];
    let levels =
        levels.map(|(level, ja, en)| (word(&level), top.l.pick(ja, en), chosen.level.contains(&level)));
    let chapters = (0..=5).map(|number| {
        let title = chapter_title(number);
        (number, title.pick(top.l).to_owned(), chosen.chapter.contains(&number))
    });
    let one = |head: &Head| OneOf {
        id: head.id.clone(),
        name: top.t(head.ja.as_deref().unwrap_or(&head.name), &head.name).to_owned(),
        is_chosen: chosen.scenario.contains(&head.id),
    };
    let catalogue = &shared.catalogue;
    let lists = vec![
        List {
            kind: "client",
            scenarios: catalogue.client_scenarios.iter().map(|scenario| one(&scenario.head)).collect(),
        },
        List {
            kind: "portal",
            scenarios: catalogue.scenarios.iter().map(|scenario| one(&scenario.head)).collect(),
        },
    ];
    let new = Page {
        commands,
        levels: levels.to_vec(),
        chapters: chapters.collect(),
        lists,
        busy: shared.live().is_some_and(|live| live.over().is_none()),
        wrong,
        folder: shared.archive.folder().display().to_string(),
        chosen,
        top,
    };
    page(status, &new)
}

impl Page {
    fn is_kind(&self, kind: &str) -> bool {
        word(&self.chosen.kind) == kind
    }

    fn port(&self) -> String {
        self.number(&self.chosen.port)
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn number(&self, number: &Option<impl ToString>) -> String {
        number.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl List {
    fn is_chosen(&self) -> bool {
        self.scenarios.iter().any(|scenario| scenario.is_chosen)
    }
}
