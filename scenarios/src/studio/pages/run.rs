//! The run under way: how far it is, each scenario with its transcript, and how to stop it.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

use super::language::Top;
use super::{guided, mark, page};
use crate::bilingual::{Bilingual, Language};
use crate::play::{Breach, Outcome, Played};
use crate::requirement::Requirements;
use crate::studio::Shared;
use crate::studio::live::{Far, Live, OfReading, Row};
use crate::studio::run_id::RunId;
use crate::sweep::Survival;

#[derive(Template)]
#[template(path = "studio/live.html")]
struct Page {
    top: Top,
    live: Option<Arc<Live>>,
    over: Option<Result<RunId, String>>,
    state: &'static str,
    far: Far,
    failed: String,
    left: String,
    results: String,
    guided: Option<String>,
    rows: Vec<OneRow>,
    readings: Vec<OneReading>,
}

/// A play in the list.
struct OneRow {
    index: usize,
    title: String,
    name: String,
    class: &'static str,
    word: &'static str,
}

/// A reading in the list.
#[derive(Serialize)]
pub(super) struct OneReading {
    class: &'static str,
    word: &'static str,
    name: String,
}

/// What came of a play, for who opens it.
#[derive(Serialize)]
struct Record {
    lines: Vec<Line>,
    transcript: String,
}

#[derive(Serialize)]
struct Line {
    text: String,
    hint: bool,
}

pub(super) async fn show(State(shared): State<Arc<Shared>>, top: Top) -> Response {
    let live = shared.live();
    let none = Far { done: 0, of: 0, failed: 0, left: None };
    let far = live.as_ref().map_or(none, |live| live.far());
    let over = live.as_ref().and_then(|live| live.over());
    let one = |(index, row): (usize, Row)| {
        let (class, word) = mark(top.l, row.played.as_deref());
        let name = top.t(row.ja.as_deref().unwrap_or(&row.name), &row.name).to_owned();
        OneRow { index, title: row.title, name, class, word }
    };
    let person = live.as_ref().and_then(|live| live.person.clone()).filter(|_| over.is_none());
    let guided = match person {
        None => None,
        Some(person) => guided::fragment(&top, &person).ok(),
    };
    let new = Page {
        state: state(top.l, live.as_deref()),
        failed: failed(top.l, far),
        left: left(top.l, far),
        results: results(over.as_ref()),
        rows: live.iter().flat_map(|live| live.rows()).enumerate().map(one).collect(),
        readings: live.iter().flat_map(|live| live.readings_after(0)).map(|it| reading(top.l, &it)).collect(),
        guided,
        far,
        over,
        live,
        top,
    };
    page(StatusCode::OK, &new)
}

/// Ends it early.
pub(super) async fn stop(State(shared): State<Arc<Shared>>) -> Response {
    if let Some(live) = shared.live() {
        live.stop();
    }
    Redirect::to("/live").into_response()
}

/// What came of one of its plays.
pub(super) async fn play(State(shared): State<Arc<Shared>>, top: Top, Path(index): Path<usize>) -> Response {
    let Some(row) = shared.live().and_then(|live| live.row(index)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match row.played {
        Some(played) => Json(record(top.l, &played, &shared.catalogue.requirements)).into_response(),
        None if row.so_far.is_empty() => StatusCode::NOT_FOUND.into_response(),
        None => Json(Record { lines: Vec::new(), transcript: lines(top.l, &row.so_far) }).into_response(),
    }
}

fn record(l: Language, played: &Played, requirements: &Requirements) -> Record {
    let mut told = Vec::new();
    let mut add = |text: String, hint: bool| told.push(Line { text, hint });
    let transcript = match &played.outcome {
        Outcome::Passed { transcript } => transcript.as_slice(),
        Outcome::Skipped { reason } => {
            add(reason.pick(l).to_owned(), false);
            &[]
        }
        Outcome::HarnessError { reason, transcript } => {
            add(reason.pick(l).to_owned(), false);
            transcript
        }
        Outcome::Failed { failures, transcript, .. } => {
            for breach in Breach::of(failures) {
                for requirement in breach.new.iter().filter_map(|id| requirements.find(id)) {
                    add(format!("{}  {}", requirement.id, l.pick(&requirement.ja, &requirement.en)), false);
                    if let Some(hint) = &requirement.hint {
                        let words = l.pick("原因と対処: ", "Cause and remedy: ");
                        add(format!("{words}{}", l.pick(&hint.ja, &hint.en)), true);
                    }
                }
                for failure in &breach.failures {
                    add(format!("{}{}", l.pick("期待: ", "Expected: "), failure.expected.pick(l)), false);
                    add(format!("{}{}", l.pick("実際: ", "Seen: "), failure.seen.pick(l)), false);
                }
            }
            transcript
        }
    };
    Record { lines: told, transcript: lines(l, transcript) }
}

fn lines(l: Language, transcript: &[Bilingual]) -> String {
    transcript.iter().map(|line| line.pick(l)).collect::<Vec<_>>().join("\n")
}

/// Whether it goes on.
pub(super) fn state(l: Language, live: Option<&Live>) -> &'static str {
    match live {
        Some(live) if live.over().is_some() => l.pick("終わりました", "It has ended"),
        Some(live) if live.is_stopping() => l.pick("止めています…", "Stopping …"),
        _ => l.pick("実施中", "Under way"),
    }
}

/// Where the results are, once they are.
pub(super) fn results(over: Option<&Result<RunId, String>>) -> String {
    over.and_then(|over| over.as_ref().ok()).map(|id| format!("/runs/{id}")).unwrap_or_default()
}

pub(super) fn failed(l: Language, far: Far) -> String {
    l.pick(format!("失敗 {}", far.failed), format!("{} failed", far.failed))
}

/// How long it will take, as far as that can be told.
pub(super) fn left(l: Language, far: Far) -> String {
    let Some(seconds) = far.left else { return String::new() };
    // Nobody counts by it.
    let seconds = seconds.div_ceil(5) * 5;
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    match minutes {
        0 => l.pick(format!("残り 約 {seconds} 秒"), format!("about {seconds} s left")),
        _ => l.pick(
            format!("残り 約 {minutes} 分 {seconds} 秒"),
            format!("about {minutes} min {seconds} s left"),
        ),
    }
}

pub(super) fn reading(l: Language, reading: &OfReading) -> OneReading {
    let (class, word) = match reading.survival {
        Survival::Survived => ("good", l.pick("動作", "survived")),
        Survival::NotSurvived => ("bad", l.pick("動作せず", "not survived")),
        Survival::Unknown => ("none", l.pick("未確認", "not checked")),
    };
    OneReading { class, word, name: l.pick(&reading.name.ja, &reading.name.en).clone() }
}
