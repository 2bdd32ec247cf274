//! `/p/rcd`: 証明書の取得画面 (manual 1.1). The user types the IDs of the notice and a password of
//! four digits, twice, and gets the PFX file.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::answer::{self, Answer};
use super::filled;
use super::form::{self, Form};
use super::labels::Labels;
use super::paths::{RCD, Step};
use super::sessions;
use crate::authority::{Record, Refusal};
use crate::profile::{Layout, Paths, Wire};
use crate::session::SessionId;
use crate::terms::{Pin, ReferenceId, RequestId};
use crate::world::{World, WorldError};

const PAGE: &str = "rcd";

pub(super) fn routes(paths: Paths) -> Router<Arc<World>> {
    Router::new().route(RCD, get(show)).route(Step::Fetch.route(paths), post(submit))
}

#[derive(Template)]
#[template(path = "rcd.html")]
struct Page<'a> {
    action: &'static str,
    wire: &'a Wire,
    table: bool,
    labels: Labels,
    hidden: Vec<(String, String)>,
    typed: Typed,
    errors: Errors<'a>,
}

impl Page<'_> {
    /// The field to type into next: after IDs that are there already, the password.
    fn focus(&self) -> &'static str {
        match self.errors.focus() {
            "request_id" if self.errors.is_empty() && !self.typed.request_id.is_empty() => "password",
            field => field,
        }
    }
}

/// What comes back into the form; passwords never do.
#[derive(Default)]
struct Typed {
    request_id: String,
    reference_id: String,
}

impl From<&Record> for Typed {
    fn from(record: &Record) -> Self {
        let notice = &record.notice;
        Self {
            request_id: notice.request_id.to_string(),
            reference_id: notice.reference_id.reveal().to_owned(),
        }
    }
}

/// The messages beside the fields, and one for the form as a whole.
#[derive(Default)]
struct Errors<'a> {
    form: Option<&'a str>,
    request_id: Option<&'a str>,
    reference_id: Option<&'a str>,
    password: Option<&'a str>,
    password_confirmation: Option<&'a str>,
}

impl Errors<'_> {
    fn is_empty(&self) -> bool {
        self.form.is_none() && self.request_id.is_none()
    }

    fn focus(&self) -> &'static str {
        form::focus(&[
            ("request_id", self.request_id),
            ("reference_id", self.reference_id),
            ("password", self.password),
            ("password_confirmation", self.password_confirmation),
        ])
    }
}

/// A form in which every field reads well.
struct Download {
    request_id: RequestId,
    reference_id: ReferenceId,
    pin: Pin,
}

async fn show(State(world): State<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer {
    let session = match sessions::opened_or_new(&world, &headers) {
        Ok(session) => session,
        Err(invalid) => return answer::session_invalid(&world, invalid),
    };
    let typed = match filled::record(&world, query.as_deref()).await {
        Ok(record) => record.as_ref().map(Typed::from).unwrap_or_default(),
        Err(error) => return answer::failed(&world, &error, RCD).session(&world, session),
    };
    page(&world, session, "rcd.form", StatusCode::OK, typed, Errors::default())
}

async fn submit(State(world): State<Arc<World>>, request: Request) -> Response {
    let headers = request.headers().clone();
    let form = match Form::read(&world, request).await {
        Ok(form) => form,
        Err(plain) => return plain,
    };
    let session = match form.session(&world, &headers, PAGE) {
        Ok(session) => session,
        Err(invalid) => return answer::session_invalid(&world, invalid).into_response(),
    };
    download(&world, session, &form).await.into_response()
}

async fn download(world: &World, session: SessionId, form: &Form) -> Answer {
    let wire = &world.profile.wire;
    let typed = Typed {
        request_id: form.text(&wire.request_id, world),
        reference_id: form.text(&wire.reference_id, world),
    };
    let refusal_status = answer::status(world.profile.http.refusal_status);
    let Download { request_id, reference_id, pin } = match parse(form, &typed, world) {
        Ok(download) => download,
        Err(errors) => return page(world, session, "rcd.invalid", refusal_status, typed, errors),
    };
    let concerned = Some(request_id.clone());
    let answer = match world.download(&request_id, &reference_id, pin).await {
        Ok(file) => Answer::file("rcd.file", &file.name, &world.profile.pfx.mime, file.bytes)
            .session(world, session)
            .about(None, Some(file.serial)),
        Err(WorldError::Refused(refusal)) if refusal.can_be_corrected() => {
            let text = Some(refusal.text(&world.profile.messages));
            let errors = match refusal {
                Refusal::PasswordDiffers => Errors { password: text, ..Errors::default() },
                _ => Errors { form: text, ..Errors::default() },
            };
            page(world, session, refusal.outcome(), refusal_status, typed, errors)
        }
        Err(WorldError::Refused(refusal)) => {
            let text = refusal.text(&world.profile.messages);
            answer::refused(world, refusal.outcome(), "証明書を取得できません", text, RCD)
                .session(world, session)
        }
        Err(error) => answer::failed(world, &error, RCD).session(world, session),
    };
    let serial = answer.trace.serial;
    answer.about(concerned, serial)
}

fn page(
    world: &World,
    session: SessionId,
    outcome: &'static str,
    status: StatusCode,
    typed: Typed,
    errors: Errors<'_>,
) -> Answer {
    let page = Page {
        action: Step::Fetch.route(world.profile.wire.paths),
        wire: &world.profile.wire,
        table: world.profile.html.layout == Layout::Table,
        labels: Labels(world.profile.html.labels),
        hidden: form::hidden_fields(world, session, PAGE),
        typed,
        errors,
    };
    Answer::page(world, outcome, status, &page).session(world, session)
}

fn parse<'a>(form: &Form, typed: &Typed, world: &'a World) -> Result<Download, Errors<'a>> {
    let (wire, messages) = (&world.profile.wire, &world.profile.messages);
    let password = form.text(&wire.password, world);
    let confirmation = form.text(&wire.password_confirmation, world);

    let request_id = form::parse(&typed.request_id, &messages.request_id_format, world);
    let reference_id = form::parse(&typed.reference_id, &messages.reference_id_format, world);
    let pin = form::parse::<Pin>(&password, &messages.password_format, world);
    let confirmed = match &pin {
        Ok(_) if confirmation.is_empty() => Err(messages.required.as_str()),
        Ok(_) if confirmation != password => Err(messages.password_mismatch.as_str()),
        _ => Ok(()),
    };
    match (request_id, reference_id, pin, confirmed) {
        (Ok(request_id), Ok(reference_id), Ok(pin), Ok(())) => Ok(Download { request_id, reference_id, pin }),
        (request_id, reference_id, pin, confirmed) => Err(Errors {
            form: None,
            request_id: request_id.err(),
            reference_id: reference_id.err(),
            password: pin.err(),
            password_confirmation: confirmed.err(),
        }),
    }
}
