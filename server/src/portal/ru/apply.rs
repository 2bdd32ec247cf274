//! 証明書更新申請: confirm the subject, Submit, and watch the status (manual 2.2, steps 3 to 5).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Opened, page_of, refused, screen, session_invalid, to_status};
use crate::authority::{Refusal, RenewalStatus, may_renew, renewal_opens};
use crate::faults::{Occasion, of_status};
use crate::portal::answer::{self, Answer};
use crate::portal::client_certificate::Authenticated;
use crate::portal::form::Form;
use crate::portal::paths::{RU, Step};
use crate::portal::seal;
use crate::portal::sessions;
use crate::profile::Wire;
use crate::session::SessionId;
use crate::world::{Visitor, World, WorldError};

const HEADING: &str = "更新を申請できません";
/// Seconds after which the page goes on from 発行済み by itself: time to see it.
const TO_READ: i64 = 3;

#[derive(Template)]
#[template(path = "ru_confirm.html")]
struct ConfirmPage<'a> {
    action: &'static str,
    wire: &'a Wire,
    hidden: Vec<(String, String)>,
    subject: Vec<(&'static str, String)>,
}

/// Shows whose certificate is to be renewed. A visitor whose application is under way is taken there.
pub(super) async fn confirm(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    headers: HeaderMap,
) -> Response {
    let session = match sessions::opened(&world, &headers) {
        Ok(session) => session,
        Err(invalid) => return session_invalid(&world, invalid),
    };
    let now = world.clock.now();
    let renewals = match world.renewals_of(&visitor).await {
        Ok(renewals) => renewals,
        Err(error) => return refused(&world, session, error, HEADING).by(&visitor).into_response(),
    };
    let pending = renewals.iter().find(|renewal| renewal.status(&world.profile, now).is_pending());
    if let Some(renewal) = pending {
        return to_status(&world, "ru.pending", &renewal.request_id).session(&world, session).into_response();
    }
    if let Err(refusal) = may_renew(visitor.record(), &renewals, &world.profile, now) {
        return no(&world, session, &visitor, refusal).into_response();
    }
    let page = page_of("apply", &visitor, None);
    let seen = u32::try_from(renewals.len()).unwrap_or(u32::MAX);
    let hidden = seal::hidden_fields(&world, session, &page, &seen);
    let page = ConfirmPage {
        action: Step::Apply.route(world.profile.wire.paths),
        wire: &world.profile.wire,
        hidden,
        subject: screen(&visitor.record().certificate.subject),
    };
    let answer = Answer::page(&world, "ru.confirm", StatusCode::OK, &page);
    answer.session(&world, session).by(&visitor).into_response()
}

/// Accepts the application. Sent twice, it is one.
pub(super) async fn submit(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let form = match Form::read(&world, request).await {
        Ok(form) => form,
        Err(plain) => return plain,
    };
    let page = page_of("apply", &visitor, None);
    let session = match form.session(&world, &headers, &page) {
        Ok(session) => session,
        Err(invalid) => return session_invalid(&world, invalid),
    };
    let Some(seen) = seal::open(&world, session, &page, form.raw(&world.profile.wire_ru.state)) else {
        return answer::out_of_order(&world);
    };
    let answer = match world.renew(&visitor, seen).await {
        Ok(renewal) => to_status(&world, "ru.accepted", &renewal.request_id).session(&world, session),
        Err(WorldError::Refused(refusal)) => no(&world, session, &visitor, refusal),
        Err(error) => answer::failed(&world, &error, RU).session(&world, session),
    };
    answer.into_response()
}

#[derive(Template)]
#[template(path = "ru_status.html")]
struct StatusPage<'a> {
    request_id: &'a str,
    reference_id: &'a str,
    status: &'a str,
    subject: Vec<(&'static str, String)>,
    refresh: Option<Refresh<'a>>,
    issued: bool,
    pending: bool,
    failed: Option<&'a str>,
    key_page: &'a str,
    again: &'a str,
}

/// `<meta http-equiv="refresh">`: after so many seconds, to this address or the same again.
struct Refresh<'a> {
    seconds: i64,
    to: Option<&'a str>,
}

/// 送信完了, with how far it is.
pub(super) async fn status(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    Opened { session, request_id }: Opened,
) -> Response {
    let renewal = match world.renewal_for(&visitor, &request_id).await {
        Ok(renewal) => renewal,
        Err(error) => return refused(&world, session, error, "更新申請を確認できません").into_response(),
    };
    let issue = &world.profile.issue;
    let fault = of_status(world.strike(&Occasion::Status(&request_id)).await);
    let status = match &fault {
        Some(fault) => fault.shown,
        None => renewal.status(&world.profile, world.clock.now()),
    };
    let key_page = Step::Key.of(&request_id, world.profile.wire.paths);
    let refresh = match status {
        RenewalStatus::Issued if issue.moves_on => Some(Refresh { seconds: TO_READ, to: Some(&key_page) }),
        _ if status.is_pending() && !issue.refresh.0.is_zero() => {
            // Browsers count whole seconds; less than one would be none.
            Some(Refresh { seconds: issue.refresh.0.as_secs().max(1), to: None })
        }
        _ => None,
    };
    let page = StatusPage {
        request_id: request_id.as_str(),
        reference_id: renewal.reference_id.reveal(),
        status: status.word(&world.profile),
        subject: screen(&visitor.record().certificate.subject),
        refresh,
        issued: status == RenewalStatus::Issued,
        pending: status.is_pending(),
        failed: (status == RenewalStatus::Failed).then_some(&world.profile.messages.renewal_failed),
        key_page: &key_page,
        again: &Step::Status.of(&request_id, world.profile.wire.paths),
    };
    let outcome = match status {
        RenewalStatus::Pending(_) => "ru.status",
        RenewalStatus::Issued => "ru.issued",
        RenewalStatus::Failed => "ru.failed",
    };
    let mut answer = Answer::page(&world, outcome, StatusCode::OK, &page).session(&world, session);
    answer.trace.fault = fault.map(|fault| fault.fault);
    answer.about(Some(request_id.clone()), Some(renewal.serial)).into_response()
}

/// A refusal, with the day on which it will be another matter.
fn no(world: &World, session: SessionId, visitor: &Visitor, refusal: Refusal) -> Answer {
    let certificate = &visitor.record().certificate;
    let opens = world.profile.clock.zone.zone().day_of(renewal_opens(certificate, &world.profile));
    let text = refusal.text(&world.profile.messages);
    let text = text.replace("{opens_on}", &opens.strftime("%Y/%m/%d").to_string());
    let answer = answer::refused(world, refusal.outcome(), HEADING, &text, RU);
    answer.session(world, session).by(visitor)
}
