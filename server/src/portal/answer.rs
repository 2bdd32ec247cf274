//! Answers: pages, files and the plain error bodies of a web server, each with the trace that it
//! leaves in the journal.

use askama::Template;
use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::{Response as HttpResponse, StatusCode};
use axum::response::{IntoResponse, Response};

use super::charset;
use super::sessions::{Invalid, OVER};
use crate::profile::SameBrowser;
use crate::session::SessionId;
use crate::store::StoreError;
use crate::terms::{RequestId, Serial};
use crate::world::{Visitor, World, WorldError};

/// An answer with its trace.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) trace: Trace,
}

/// What an exchange leaves in the journal beside what HTTP shows.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) outcome: &'static str,
    pub(crate) session: Option<SessionId>,
    pub(crate) request_id: Option<RequestId>,
    pub(crate) serial: Option<Serial>,
    /// A fault that showed in what the page says, such as a status that is stuck.
    pub(crate) fault: Option<Box<str>>,
    /// What else there is to say of it.
    pub(crate) detail: Option<Box<str>>,
}

/// Says of an answer that its body is one copy for all readers, so that it takes no memory of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared;

impl Default for Trace {
    fn default() -> Self {
        Self { outcome: "plain", session: None, request_id: None, serial: None, fault: None, detail: None }
    }
}

impl Answer {
    /// Any response.
    pub(super) fn of(outcome: &'static str, response: Response) -> Self {
        Self { response, trace: Trace { outcome, ..Trace::default() } }
    }

    /// A page, in the encoding of the profile.
    pub(super) fn page(
        world: &World,
        outcome: &'static str,
        status: StatusCode,
        page: &impl Template,
    ) -> Self {
        let says_simulated = world.profile.says_simulated();
        let simulated: (&str, &dyn std::any::Any) = ("simulated", &says_simulated);
        let html = page
            .render_with_values(&simulated)
            .expect("templates write into memory and call nothing that fails");
        let (body, content_type) = charset::encode(world.profile.html.charset, html);
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, content_type);
        // Not `no-referrer`: with it, browsers hide the origin of a form from its own site.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                 frame-ancestors 'none'; base-uri 'none'",
            ),
        );
        Self { response, trace: Trace { outcome, ..Trace::default() } }
    }

    /// Sends the browser elsewhere.
    pub(super) fn redirect(outcome: &'static str, status: StatusCode, location: HeaderValue) -> Self {
        let mut response = HttpResponse::new(Body::empty());
        *response.status_mut() = status;
        response.headers_mut().insert(header::LOCATION, location);
        Self::of(outcome, response)
    }

    /// A file to save.
    pub(super) fn file(outcome: &'static str, name: &str, mime: &str, bytes: impl Into<Body>) -> Self {
        let mut answer = Self::resource(outcome, mime, bytes);
        answer.response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition(name));
        answer
    }

    /// Its body is one copy for all readers.
    pub(super) fn shared(mut self) -> Self {
        self.response.extensions_mut().insert(Shared);
        self
    }

    /// Something for programs, which has no name.
    pub(super) fn resource(outcome: &'static str, mime: &str, bytes: impl Into<Body>) -> Self {
        let mut response = HttpResponse::new(bytes.into());
        let mime =
            HeaderValue::from_str(mime).expect("the profile's media types are checked when it is read");
        response.headers_mut().insert(header::CONTENT_TYPE, mime);
        Self { response, trace: Trace { outcome, ..Trace::default() } }
    }

    pub(super) fn session(mut self, world: &World, id: SessionId) -> Self {
        self.set_cookie(world, &world.sessions.seal(id, world.clock.now()));
        self.trace.session = Some(id);
        self
    }

    fn set_cookie(&mut self, world: &World, value: &str) {
        let cookie =
            format!("{}={value}; Path=/p; Secure; HttpOnly; SameSite=Strict", world.profile.wire.cookie);
        let cookie = HeaderValue::from_str(&cookie).expect("a token and base64 fit a header");
        self.response.headers_mut().insert(header::SET_COOKIE, cookie);
    }

    /// Notes which certificate the visitor showed.
    pub(super) fn by(mut self, visitor: &Visitor) -> Self {
        self.trace.request_id = Some(visitor.record().notice.request_id.clone());
        self.trace.serial = Some(visitor.record().certificate.serial);
        self
    }

    pub(super) fn about(mut self, request_id: Option<RequestId>, serial: Option<Serial>) -> Self {
        self.trace.request_id = request_id;
        self.trace.serial = serial;
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.response;
        response.extensions_mut().insert(self.trace);
        response
    }
}

/// `attachment` with the name in ASCII and, if it has other characters, in UTF-8 (RFC 6266).
pub(crate) fn disposition(name: &str) -> HeaderValue {
    let value = if name.is_ascii() {
        format!("attachment; filename=\"{name}\"")
    } else {
        let encoded: String = name
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect();
        format!("attachment; filename*=UTF-8''{encoded}")
    };
    HeaderValue::from_str(&value).expect("the profile's file names have no control characters")
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    heading: &'a str,
    paragraphs: &'a [&'a str],
    back: Option<&'a str>,
}

/// セッション無効 (manual 5.2.2). Where the profile says so, a browser whose session is over stays there until it is
/// closed.
pub(super) fn session_invalid(world: &World, Invalid { outcome, is_over }: Invalid) -> Answer {
    let page = MessagePage {
        heading: "セッション無効",
        paragraphs: &["セッションがタイムアウトしました。", "最初のページに戻ってください。"],
        back: None,
    };
    let status = status(world.profile.http.session_status);
    let mut answer = Answer::page(world, outcome, status, &page);
    if is_over && world.profile.session.same_browser == SameBrowser::StaysInvalid {
        answer.set_cookie(world, OVER);
    }
    answer
}

/// The same for a step that doesn't follow from the page before it: nothing is known to go on with.
pub(super) fn out_of_order(world: &World) -> Response {
    session_invalid(world, Invalid::step("session.out_of_order")).into_response()
}

/// A refusal that typing again can't change.
pub(super) fn refused(
    world: &World,
    outcome: &'static str,
    heading: &str,
    text: &str,
    first_page: &str,
) -> Answer {
    told(world, outcome, status(world.profile.http.refusal_status), heading, &[text], first_page)
}

/// A page that says something and leads back.
pub(super) fn told(
    world: &World,
    outcome: &'static str,
    status: StatusCode,
    heading: &str,
    paragraphs: &[&str],
    first_page: &str,
) -> Answer {
    Answer::page(world, outcome, status, &MessagePage { heading, paragraphs, back: Some(first_page) })
}

/// A page that says one thing, under the status in words.
pub(crate) fn message(world: &World, status: StatusCode, text: &str) -> Response {
    let heading = status.canonical_reason().unwrap_or("Error");
    let page = MessagePage { heading, paragraphs: &[text], back: None };
    Answer::page(world, "plain", status, &page).into_response()
}

/// Down for maintenance.
pub(crate) fn maintenance(world: &World) -> Response {
    let page = MessagePage {
        heading: "メンテナンス中",
        paragraphs: &[&world.profile.messages.maintenance],
        back: None,
    };
    Answer::page(world, "maintenance", StatusCode::SERVICE_UNAVAILABLE, &page).into_response()
}

/// Something failed inside. The page tells what became of it; the cause goes to the log, not to the page.
pub(super) fn failed(world: &World, error: &WorldError, first_page: &str) -> Answer {
    if matches!(error, WorldError::Gone) {
        // What a tester puts in the place of a world knows none of its sessions.
        return session_invalid(world, Invalid::step("session.unknown"));
    }
    failure(world, error, Some(first_page))
}

/// The same for a request that nobody could look at, or whose answer must not go out.
pub(crate) fn unanswered(world: &World, error: &WorldError) -> Response {
    failure(world, error, None).into_response()
}

fn failure(world: &World, error: &WorldError, first_page: Option<&str>) -> Answer {
    if !matches!(error, WorldError::Store(error) if error.is_told()) {
        tracing::error!(%error, "a request could not be answered");
    }
    let (outcome, paragraphs) = match error {
        WorldError::Store(StoreError::Unsure(_)) => (
            "failed.unsure",
            [
                "処理が完了したかどうかを確認できませんでした。",
                "時間をおいて最初のページを開き、登録されているかどうかを確認してから、必要であればやり直してください。",
            ],
        ),
        _ => (
            "failed",
            [
                "処理を完了できませんでした。入力内容は登録されていません。",
                "時間をおいて、最初のページからやり直してください。",
            ],
        ),
    };
    let page = MessagePage { heading: "システムエラー", paragraphs: &paragraphs, back: first_page };
    Answer::page(world, outcome, StatusCode::SERVICE_UNAVAILABLE, &page)
}

pub(super) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("the profile's statuses are checked when it is read")
}

/// What a plain web server says to what it doesn't know.
pub(crate) fn plain(status: StatusCode) -> Response {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>{title}</title></head>\
         <body><h1>{title}</h1></body></html>\n"
    );
    let mut response = HttpResponse::new(Body::from(html));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}
