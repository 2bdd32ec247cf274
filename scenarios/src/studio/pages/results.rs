//! Results: all runs of the folder, one of them with its report, and what failed played again.

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use super::language::Top;
use super::{message, page, start, verdict_words};
use crate::report::html::{jst, verdict_class};
use crate::studio::Shared;
use crate::studio::archive::{Form, Summary};
use crate::studio::chosen::Part;
use crate::studio::run_id::RunId;

/// A run in a line, in somebody's language.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) at: String,
    pub(super) class: &'static str,
    verdict: &'static str,
    pub(super) numbers: String,
    target: String,
    is_sweep: bool,
    has_failed: bool,
}

#[derive(Template)]
#[template(path = "studio/runs.html")]
struct List {
    top: Top,
    runs: Vec<Line>,
    comparable: Vec<Line>,
    old: String,
    new: String,
}

#[derive(Template)]
#[template(path = "studio/run.html")]
struct One {
    top: Top,
    run: Line,
    /// The run before it that it can be compared with.
    previous: String,
    can_repeat: bool,
    /// Plays that were left out when it was stopped.
    left: usize,
}

pub(super) async fn list(State(shared): State<Arc<Shared>>, top: Top) -> Response {
    let summaries = runs(&shared).await;
    let comparable = comparable(&top, &summaries);
    let id = |index: usize| comparable.get(index).map(|line| line.id.clone()).unwrap_or_default();
    let (old, new) = (id(1), id(0));
    let runs = summaries.iter().map(|summary| Line::of(&top, summary)).collect();
    page(StatusCode::OK, &List { top, runs, comparable, old, new })
}

pub(super) async fn show(State(shared): State<Arc<Shared>>, top: Top, Path(id): Path<String>) -> Response {
    let summaries = runs(&shared).await;
    let Some(summary) = id.parse::<RunId>().ok().and_then(|id| shared.archive.summary(&id)) else {
        return no_run(top);
    };
    let before = |other: &&Summary| !other.is_sweep && other.id < summary.id;
    let previous = summaries.iter().find(before).filter(|_| !summary.is_sweep);
    let run = Line::of(&top, &summary);
    let (archive, id) = (Arc::clone(&shared), summary.id.clone());
    let left = move || archive.archive.earlier(&id).map(|earlier| earlier.left());
    let left = tokio::task::spawn_blocking(left).await.unwrap_or_default().unwrap_or_default();
    let new = One {
        left,
        previous: previous.map(|previous| previous.id.to_string()).unwrap_or_default(),
        can_repeat: run.has_failed && !run.is_sweep,
        run,
        top,
    };
    page(StatusCode::OK, &new)
}

/// Plays again what failed in a run.
pub(super) async fn again(State(shared): State<Arc<Shared>>, top: Top, Path(id): Path<String>) -> Response {
    part(&shared, top, &id, Part::Failed)
}

/// Goes on with what a run left out when it was stopped.
pub(super) async fn on(State(shared): State<Arc<Shared>>, top: Top, Path(id): Path<String>) -> Response {
    part(&shared, top, &id, Part::Left)
}

fn part(shared: &Arc<Shared>, top: Top, id: &str, part: fn(RunId) -> Part) -> Response {
    let chosen = id.parse::<RunId>().ok().and_then(|id| Some(shared.archive.chosen_of(&id)?.only(part(id))));
    match chosen {
        Some(chosen) => start::begun(shared, top, chosen),
        None => no_run(top),
    }
}

/// A report, in one of its forms.
pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    Path((id, file)): Path<(String, String)>,
) -> Response {
    let asked = id.parse::<RunId>().ok().zip(Form::of_file(&file));
    let read = move || asked.and_then(|(id, form)| Some((form, shared.archive.report(&id, form)?)));
    let Ok(Some((form, text))) = tokio::task::spawn_blocking(read).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = ([(header::CONTENT_TYPE, form.file().1)], text).into_response();
    if form == Form::Html {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
        response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    response
}

/// A report stands in our page, with its own style and the script of its template, and no other.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    const TEMPLATE: &str = include_str!("../../../templates/base.html");
    let script = TEMPLATE.split_once("<script>").and_then(|(_, rest)| rest.split_once("</script>"));
    let digest = BASE64.encode(Sha256::digest(script.map_or("", |(script, _)| script)));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; form-action 'none'; \
         frame-ancestors 'self'; base-uri 'none'"
    );
    HeaderValue::from_str(&policy).expect("base64 fits a header")
});

/// All runs, by somebody who may wait for the disk.
pub(super) async fn runs(shared: &Arc<Shared>) -> Vec<Summary> {
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || shared.archive.runs()).await.unwrap_or_default()
}

/// Those that can be compared with each other.
pub(super) fn comparable(top: &Top, summaries: &[Summary]) -> Vec<Line> {
    summaries.iter().filter(|summary| !summary.is_sweep).map(|summary| Line::of(top, summary)).collect()
}

fn no_run(top: Top) -> Response {
    message(StatusCode::NOT_FOUND, top, "この検査の記録はありません", "There is no such run")
}

impl Line {
    fn of(top: &Top, summary: &Summary) -> Self {
        let l = top.l;
        let it = &summary.numbers;
        let words = match summary.is_sweep {
            true => vec![
                (it.survived, l.pick("動作", "survived"), true),
                (it.not_survived, l.pick("動作せず", "not survived"), true),
                (it.unknown, l.pick("未確認", "not checked"), false),
            ],
            false => vec![
                (it.passed, l.pick("合格", "passed"), true),
                (it.failed, l.pick("失敗", "failed"), true),
                (it.expected_failures, l.pick("既知の失敗", "expected"), false),
                (it.skipped, l.pick("未実施", "skipped"), false),
                (it.harness_errors, l.pick("ハーネスの異常", "harness errors"), false),
            ],
        };
        let words = words.into_iter().filter(|(count, _, always)| *always || *count > 0);
        let words: Vec<_> = words
            .map(|(count, what, _)| l.pick(format!("{what} {count}"), format!("{count} {what}")))
            .collect();
        Self {
            id: summary.id.to_string(),
            at: summary.at.map(jst).unwrap_or_else(|| summary.id.to_string()),
            class: verdict_class(summary.verdict),
            verdict: verdict_words(l, summary.verdict, summary.is_sweep),
            numbers: words.join(l.pick(" ・ ", ", ")),
            target: summary.target.pick(l).to_owned(),
            is_sweep: summary.is_sweep,
            has_failed: it.failed + it.harness_errors > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_of_reports_has_one_script_without_blanks_to_fill() {
        let template = include_str!("../../../templates/base.html");
        assert_eq!(template.matches("<script").count(), 1);
        let script = template.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
        assert!(!script.contains("{{") && !script.contains("{%"), "{script}");
    }
}
