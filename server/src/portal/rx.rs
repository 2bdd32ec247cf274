//! `/p/rx`: 証明書失効申請情報の入力画面 (manual 3). The IDs, the mail address twice, a page to
//! confirm, and then it is up to the registration authority.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::client_certificate::MaybeAuthenticated;
use super::form;
use super::labels::Labels;
use super::paths::{RX, Step};
use super::seal;
use super::sessions;
use crate::authority::Refusal;
use crate::profile::{Layout, Paths, Wire, WireRu};
use crate::session::SessionId;
use crate::terms::{EmailAddress, ReferenceId, RequestId};
use crate::world::{World, WorldError};

const IDS: &str = "rx.ids";
const MAIL: &str = "rx.mail";
const CONFIRM: &str = "rx.confirm";

pub(super) fn routes(paths: Paths) -> Router<Arc<World>> {
    Router::new()
        .route(RX, get(show))
        .route(Step::Identify.route(paths), post(identify))
        .route(Step::Confirm.route(paths), post(confirm))
        .route(Step::Revoke.route(paths), post(apply))
}

/// What the first page established.
#[derive(Serialize, Deserialize)]
struct Meant {
    request_id: RequestId,
    /// How many applications there were for this certificate.
    seen: u32,
}

/// What the second page added.
#[derive(Serialize, Deserialize)]
struct Stated {
    meant: Meant,
    email: EmailAddress,
}

#[derive(Template)]
#[template(path = "rx_ids.html")]
struct IdsPage<'a> {
    action: &'static str,
    wire: &'a Wire,
    table: bool,
    labels: Labels,
    hidden: Vec<(String, String)>,
    typed: [&'a str; 2],
    errors: [Option<&'a str>; 2],
    summary: Option<&'a str>,
    focus: &'static str,
}

#[derive(Template)]
#[template(path = "rx_mail.html")]
struct MailPage<'a> {
    action: &'static str,
    wire: &'a Wire,
    wire_ru: &'a WireRu,
    table: bool,
    labels: Labels,
    hidden: Vec<(String, String)>,
    request_id: &'a str,
    typed: [&'a str; 2],
    errors: [Option<&'a str>; 2],
    focus: &'static str,
}

#[derive(Template)]
#[template(path = "rx_confirm.html")]
struct ConfirmPage<'a> {
    action: &'static str,
    wire: &'a Wire,
    hidden: Vec<(String, String)>,
    request_id: &'a str,
    email: &'a str,
}

async fn show(State(world): State<Arc<World>>, _: MaybeAuthenticated, headers: HeaderMap) -> Answer {
    match sessions::opened_or_new(&world, &headers) {
        Ok(session) => ids(&world, session, "rx.form", [""; 2], [None; 2], None),
        Err(invalid) => answer::session_invalid(&world, invalid),
    }
}

/// 次へ: finds the certificate that the IDs mean.
async fn identify(
    State(world): State<Arc<World>>,
    entered: MaybeAuthenticated,
    request: Request,
) -> Response {
    let (session, form) = match form::of_session(&world, request, IDS).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let (wire, messages) = (&world.profile.wire, &world.profile.messages);
    let typed = [form.text(&wire.request_id, &world), form.text(&wire.reference_id, &world)];
    let shown = typed.each_ref().map(String::as_str);
    let request_id = form::parse::<RequestId>(&typed[0], &messages.request_id_format, &world);
    let reference_id = form::parse::<ReferenceId>(&typed[1], &messages.reference_id_format, &world);
    let (request_id, reference_id) = match (request_id, reference_id) {
        (Ok(request_id), Ok(reference_id)) => (request_id, reference_id),
        (request_id, reference_id) => {
            let errors = [request_id.err(), reference_id.err()];
            return ids(&world, session, "rx.invalid", shown, errors, None).into_response();
        }
    };
    let meant = world.may_request_revocation(&request_id, &reference_id, entered.0.as_ref()).await;
    let answer = match meant {
        Ok(seen) => {
            mail(&world, session, &Meant { request_id: request_id.clone(), seen }, [""; 2], [None; 2])
        }
        Err(WorldError::Refused(refusal)) if refusal.can_be_corrected() => {
            ids(&world, session, refusal.outcome(), shown, [None; 2], Some(refusal.text(messages)))
        }
        Err(error) => cannot(&world, session, error),
    };
    answer.about(Some(request_id), None).into_response()
}

/// 申請 on the second page: reads the address and shows what was typed.
async fn confirm(State(world): State<Arc<World>>, _: MaybeAuthenticated, request: Request) -> Response {
    let (session, form) = match form::of_session(&world, request, MAIL).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let Some(meant) = seal::open::<Meant>(&world, session, MAIL, form.raw(&world.profile.wire_ru.state))
    else {
        return answer::out_of_order(&world);
    };
    let (names, messages) = (&world.profile.wire_ru, &world.profile.messages);
    let typed = [form.line(&names.email, &world), form.line(&names.email_confirmation, &world)];
    let concerned = Some(meant.request_id.clone());
    let answer = match form::address_twice(typed, messages) {
        Err(errors) => mail(&world, session, &meant, typed, errors),
        Ok(email) => {
            let stated = Stated { meant, email };
            let page = ConfirmPage {
                action: Step::Revoke.route(world.profile.wire.paths),
                wire: &world.profile.wire,
                hidden: seal::hidden_fields(&world, session, CONFIRM, &stated),
                request_id: stated.meant.request_id.as_str(),
                email: stated.email.as_str(),
            };
            Answer::page(&world, "rx.confirm", StatusCode::OK, &page).session(&world, session)
        }
    };
    answer.about(concerned, None).into_response()
}

/// 申請 on the third page. Sent twice, it is one application.
async fn apply(State(world): State<Arc<World>>, entered: MaybeAuthenticated, request: Request) -> Response {
    let (session, form) = match form::of_session(&world, request, CONFIRM).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let stated = seal::open(&world, session, CONFIRM, form.raw(&world.profile.wire_ru.state));
    let Some(Stated { meant, email }) = stated else {
        return answer::out_of_order(&world);
    };
    let requested = world.request_revocation(&meant.request_id, meant.seen, email, entered.0.as_ref()).await;
    let answer = match requested {
        Ok(request) => {
            let messages = &world.profile.messages;
            let next = messages.revocation_accepted_next.replace("{email}", request.email.as_str());
            let texts = [messages.revocation_accepted.as_str(), &next];
            answer::told(&world, "rx.accepted", StatusCode::OK, "証明書失効申請の受付完了", &texts, RX)
                .session(&world, session)
        }
        Err(error) => cannot(&world, session, error),
    };
    answer.about(Some(meant.request_id), None).into_response()
}

fn ids(
    world: &World,
    session: SessionId,
    outcome: &'static str,
    typed: [&str; 2],
    errors: [Option<&str>; 2],
    summary: Option<&str>,
) -> Answer {
    let page = IdsPage {
        action: Step::Identify.route(world.profile.wire.paths),
        wire: &world.profile.wire,
        table: world.profile.html.layout == Layout::Table,
        labels: Labels(world.profile.html.labels),
        hidden: form::hidden_fields(world, session, IDS),
        typed,
        errors,
        summary,
        focus: form::focus(&[("request_id", errors[0]), ("reference_id", errors[1])]),
    };
    let refused = summary.is_some() || errors.iter().any(Option::is_some);
    Answer::page(world, outcome, status(world, refused), &page).session(world, session)
}

fn mail(
    world: &World,
    session: SessionId,
    meant: &Meant,
    typed: [&str; 2],
    errors: [Option<&str>; 2],
) -> Answer {
    let page = MailPage {
        action: Step::Confirm.route(world.profile.wire.paths),
        wire: &world.profile.wire,
        wire_ru: &world.profile.wire_ru,
        table: world.profile.html.layout == Layout::Table,
        labels: Labels(world.profile.html.labels),
        hidden: seal::hidden_fields(world, session, MAIL, meant),
        request_id: meant.request_id.as_str(),
        typed,
        errors,
        focus: form::focus(&[("email", errors[0]), ("email_confirmation", errors[1])]),
    };
    let refused = errors.iter().any(Option::is_some);
    let outcome = if refused { "rx.invalid" } else { "rx.mail" };
    Answer::page(world, outcome, status(world, refused), &page).session(world, session)
}

fn cannot(world: &World, session: SessionId, error: WorldError) -> Answer {
    match error {
        WorldError::Refused(refusal) => {
            let status = match refusal {
                Refusal::OtherClientCertificate => world.profile.client_auth.foreign_status,
                _ => world.profile.http.refusal_status,
            };
            let text = refusal.text(&world.profile.messages);
            let (outcome, status) = (refusal.outcome(), answer::status(status));
            answer::told(world, outcome, status, "失効を申請できません", &[text], RX).session(world, session)
        }
        error => answer::failed(world, &error, RX).session(world, session),
    }
}

fn status(world: &World, refused: bool) -> StatusCode {
    if refused { answer::status(world.profile.http.refusal_status) } else { StatusCode::OK }
}
