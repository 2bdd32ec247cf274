//! 更新後証明書の取得 and 鍵の取得: the list, the password, the file (manual 2.2, steps 6 to 8; 2.2.1).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Opened, page_of, refused, session_invalid, to_status};
use crate::authority::Refusal;
use crate::portal::answer::{self, Answer};
use crate::portal::client_certificate::Authenticated;
use crate::portal::form::{self, Form};
use crate::portal::labels::Labels;
use crate::portal::paths::{RU, Step};
use crate::portal::seal;
use crate::portal::sessions;
use crate::profile::{Layout, Wire};
use crate::session::SessionId;
use crate::terms::{Pin, RequestId};
use crate::world::{Visitor, World, WorldError};

const HEADING: &str = "鍵を取得できません";

#[derive(Template)]
#[template(path = "ru_list.html")]
struct ListPage<'a> {
    rows: Vec<Row>,
    empty: &'a str,
}

struct Row {
    fetch: String,
    request_id: String,
    common_name: String,
    valid: String,
}

/// What can be fetched with the certificate that was shown.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    headers: HeaderMap,
) -> Response {
    let session = match sessions::opened(&world, &headers) {
        Ok(session) => session,
        Err(invalid) => return session_invalid(&world, invalid),
    };
    let records = match world.collectable(&visitor).await {
        Ok(records) => records,
        Err(error) => return refused(&world, session, error, HEADING).into_response(),
    };
    let day = |day: jiff::civil::Date| day.strftime("%Y/%m/%d").to_string();
    let mut rows = Vec::new();
    for record in &records {
        let request_id = &record.notice.request_id;
        let step = match world.chosen_password(&visitor, request_id).await {
            Ok(None) => Step::Key,
            Ok(Some(_)) => Step::Download,
            Err(error) => return refused(&world, session, error, HEADING).into_response(),
        };
        rows.push(Row {
            fetch: step.of(request_id, world.profile.wire.paths),
            request_id: request_id.to_string(),
            common_name: record.notice.institution_code.to_string(),
            valid: format!("{} ~ {}", day(record.notice.valid_from), day(record.notice.valid_until)),
        });
    }
    let page = ListPage { rows, empty: &world.profile.messages.no_renewed_certificates };
    Answer::page(&world, "ru.list", StatusCode::OK, &page)
        .session(&world, session)
        .by(&visitor)
        .into_response()
}

#[derive(Template)]
#[template(path = "ru_key.html")]
struct KeyPage<'a> {
    action: String,
    wire: &'a Wire,
    table: bool,
    labels: Labels,
    hidden: Vec<(String, String)>,
    error: Option<&'a str>,
}

/// 鍵の取得: asks for a password.
pub(super) async fn key(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    Opened { session, request_id }: Opened,
) -> Response {
    match world.may_collect(&visitor, &request_id).await {
        Ok(_) => ask(&world, session, &visitor, &request_id, None).into_response(),
        Err(error) => cannot(&world, session, &request_id, error).into_response(),
    }
}

/// Download Key where it brings the file at once, with the password that was chosen before.
pub(super) async fn at_once(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    Opened { session, request_id }: Opened,
) -> Response {
    match world.chosen_password(&visitor, &request_id).await {
        Ok(Some(pin)) => hand_out(&world, session, &visitor, request_id, pin).await,
        // It is not offered to whoever chose none.
        Ok(None) => answer::out_of_order(&world),
        Err(error) => cannot(&world, session, &request_id, error).into_response(),
    }
}

/// A form of a renewal's pages, sent by the one who was shown it.
struct Posted {
    form: Form,
    page: String,
    session: SessionId,
    request_id: RequestId,
}

impl Posted {
    async fn read(
        world: &World,
        step: &str,
        visitor: &Visitor,
        request_id: &str,
        request: Request,
    ) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let form = Form::read(world, request).await?;
        let Ok(request_id) = request_id.parse::<RequestId>() else {
            return Err(answer::out_of_order(world));
        };
        let page = page_of(step, visitor, Some(&request_id));
        let session = form.session(world, &headers, &page);
        let session = session.map_err(|invalid| session_invalid(world, invalid))?;
        Ok(Self { form, page, session, request_id })
    }
}

#[derive(Template)]
#[template(path = "ru_download.html")]
struct DownloadPage<'a> {
    action: String,
    wire: &'a Wire,
    hidden: Vec<(String, String)>,
}

/// The password is chosen: offers the download.
pub(super) async fn chosen(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    Path(request_id): Path<String>,
    request: Request,
) -> Response {
    let Posted { form, session, request_id, .. } =
        match Posted::read(&world, "key", &visitor, &request_id, request).await {
            Ok(posted) => posted,
            Err(answer) => return answer,
        };
    if let Err(error) = world.may_collect(&visitor, &request_id).await {
        return cannot(&world, session, &request_id, error).into_response();
    }
    let messages = &world.profile.messages;
    let password = form.text(&world.profile.wire.password, &world);
    let kept = match form::parse::<Pin>(&password, &messages.password_format, &world) {
        Ok(pin) => world.choose_password(&request_id, &pin).await,
        Err(text) => return ask(&world, session, &visitor, &request_id, Some(text)).into_response(),
    };
    if let Err(error) = kept {
        return cannot(&world, session, &request_id, error).into_response();
    }
    let page = page_of("download", &visitor, Some(&request_id));
    let hidden = seal::hidden_fields(&world, session, &page, &password);
    let action = Step::Download.of(&request_id, world.profile.wire.paths);
    let page = DownloadPage { action, wire: &world.profile.wire, hidden };
    let answer = Answer::page(&world, "ru.ready", StatusCode::OK, &page).session(&world, session);
    answer.about(Some(request_id.clone()), None).into_response()
}

/// The file, with the password that was chosen on the page before.
pub(super) async fn download(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    Path(request_id): Path<String>,
    request: Request,
) -> Response {
    let Posted { form, page, session, request_id } =
        match Posted::read(&world, "download", &visitor, &request_id, request).await {
            Ok(posted) => posted,
            Err(answer) => return answer,
        };
    let password: Option<String> = seal::open(&world, session, &page, form.raw(&world.profile.wire_ru.state));
    let Some(pin) = password.and_then(|password| password.parse().ok()) else {
        return answer::out_of_order(&world);
    };
    hand_out(&world, session, &visitor, request_id, pin).await
}

async fn hand_out(
    world: &World,
    session: SessionId,
    visitor: &Visitor,
    request_id: RequestId,
    pin: Pin,
) -> Response {
    match world.collect(visitor, &request_id, pin).await {
        Ok(file) => Answer::file("ru.file", &file.name, &world.profile.pfx.mime, file.bytes)
            .session(world, session)
            .about(Some(request_id), Some(file.serial))
            .into_response(),
        Err(error) => cannot(world, session, &request_id, error).into_response(),
    }
}

fn ask(
    world: &World,
    session: SessionId,
    visitor: &Visitor,
    request_id: &RequestId,
    error: Option<&str>,
) -> Answer {
    let page = KeyPage {
        action: Step::Key.of(request_id, world.profile.wire.paths),
        wire: &world.profile.wire,
        table: world.profile.html.layout == Layout::Table,
        labels: Labels(world.profile.html.labels),
        hidden: form::hidden_fields(world, session, &page_of("key", visitor, Some(request_id))),
        error,
    };
    let (outcome, status) = match error {
        None => ("ru.key", StatusCode::OK),
        Some(_) => ("ru.invalid", answer::status(world.profile.http.refusal_status)),
    };
    let answer = Answer::page(world, outcome, status, &page).session(world, session);
    answer.about(Some(request_id.clone()), None)
}

/// Too early: back to the status. Otherwise the page that says why.
fn cannot(world: &World, session: SessionId, request_id: &RequestId, error: WorldError) -> Answer {
    let answer = match error {
        WorldError::Refused(Refusal::NotYetIssued | Refusal::RenewalFailed) => {
            to_status(world, "ru.not_yet", request_id).session(world, session)
        }
        WorldError::Refused(refusal) => {
            let text = refusal.text(&world.profile.messages);
            answer::refused(world, refusal.outcome(), HEADING, text, RU).session(world, session)
        }
        error => answer::failed(world, &error, RU).session(world, session),
    };
    let serial = answer.trace.serial;
    answer.about(Some(request_id.clone()), serial)
}
