//! The pages, and what they call: a file each.

mod assets;
mod compare;
mod events;
mod guided;
mod language;
mod results;
mod run;
mod start;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use self::language::Top;
use super::Shared;
use super::guard::{self, Guard};
use crate::bilingual::Language;
use crate::play::{Outcome, Played};
use crate::report::{Verdict, visible};

/// A form with a root certificate in it; files have a bound of their own.
const LONGEST_FORM: usize = 256 * 1024;

/// Only our own script and style, and nobody shows our pages within theirs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// All of it, behind its guard.
pub(super) fn router(shared: Arc<Shared>, guard: Guard) -> Router {
    Router::new()
        .route("/", get(start::show))
        .route("/runs", get(results::list).post(start::begin))
        .route("/runs/{id}", get(results::show))
        .route("/runs/{id}/again", post(results::again))
        .route("/runs/{id}/on", post(results::on))
        .route("/runs/{id}/{file}", get(results::file))
        .route("/compare", get(compare::show))
        .route("/live", get(run::show))
        .route("/live/events", get(events::stream))
        .route("/live/plays/{index}", get(run::play))
        .route("/live/stop", post(run::stop))
        .route("/live/guided", get(guided::show))
        .route("/live/answer", post(guided::answer))
        .route("/live/file", post(guided::take_file).layer(DefaultBodyLimit::max(guided::LONGEST_FILE)))
        .route("/live/given/{number}/{name}", get(guided::given))
        .route("/studio.css", get(assets::style))
        .route("/studio.js", get(assets::script))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn(language::choose))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::check))
        .layer(middleware::from_fn(protect))
        .with_state(shared)
}

/// What a browser must know of every answer: not to keep it, for passwords are among them; not to guess at it.
async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut say = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    say(header::CONTENT_SECURITY_POLICY, POLICY);
    say(header::CACHE_CONTROL, "no-store");
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(header::X_FRAME_OPTIONS, "DENY");
    say(header::REFERRER_POLICY, "same-origin");
    say(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    response
}

/// A page; what others wrote can't act on it.
fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(visible(&text).into_owned())).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[derive(Template)]
#[template(path = "studio/message.html")]
struct Message {
    top: Top,
    title: &'static str,
}

/// A page that says one thing.
fn message(status: StatusCode, top: Top, ja: &'static str, en: &'static str) -> Response {
    let title = top.t(ja, en);
    page(status, &Message { top, title })
}

async fn nothing(State(_): State<Arc<Shared>>, top: Top) -> Response {
    message(StatusCode::NOT_FOUND, top, "このページはありません", "There is no such page")
}

/// How a play stands: the class of its mark, and the word on it.
fn mark(l: Language, played: Option<&Played>) -> (&'static str, &'static str) {
    match played.map(|played| &played.outcome) {
        None => ("waiting", l.pick("待機", "waiting")),
        Some(Outcome::Passed { .. }) => ("good", l.pick("合格", "passed")),
        Some(Outcome::Failed { .. }) => ("bad", l.pick("失敗", "failed")),
        Some(Outcome::Skipped { .. }) => ("gaps", l.pick("未実施", "skipped")),
        Some(Outcome::HarnessError { .. }) => ("bad", l.pick("ハーネスの異常", "harness error")),
    }
}

fn verdict_words(l: Language, verdict: Verdict, is_sweep: bool) -> &'static str {
    match (verdict, is_sweep) {
        (Verdict::Passed, false) => l.pick("適合", "Conformant"),
        (Verdict::PassedWithGaps, false) => l.pick("確認した範囲で適合", "Conformant as far as checked"),
        (Verdict::Failed, false) => l.pick("不適合", "Not conformant"),
        (Verdict::Passed, true) => l.pick("推測に依存しない", "Depends on no guess"),
        (Verdict::PassedWithGaps, true) => {
            l.pick("確認した範囲で推測に依存しない", "Depends on no guess, as far as checked")
        }
        (Verdict::Failed, true) => l.pick("推測に依存", "Depends on a guess"),
        (Verdict::Unknown, _) => l.pick("判定不能", "No verdict"),
    }
}
