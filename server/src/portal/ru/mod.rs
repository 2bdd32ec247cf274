//! `/p/ru`: 更新申請画面 (manual 2.2, 2.2.1), for visitors with a certificate of the client CA.
//!
//! The first page offers 証明書更新申請 ([`apply`]) and 更新後証明書の取得 ([`collect`]). It begins
//! a session; all others go on with it.

mod apply;
mod collect;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::answer::{self, Answer};
use super::client_certificate::Authenticated;
use super::paths::{RU, Step};
use super::sessions::{self, Invalid};
use crate::profile::Paths;
use crate::session::SessionId;
use crate::terms::{RequestId, Subject};
use crate::world::{Visitor, World, WorldError};

pub(super) fn routes(paths: Paths) -> Router<Arc<World>> {
    Router::new()
        .route(RU, get(menu))
        .route(Step::Apply.route(paths), get(apply::confirm).post(apply::submit))
        .route(Step::Status.route(paths), get(apply::status))
        .route(Step::List.route(paths), get(collect::list))
        .route(Step::Key.route(paths), get(collect::key).post(collect::chosen))
        .route(Step::Download.route(paths), get(collect::at_once).post(collect::download))
}

#[derive(Template)]
#[template(path = "ru_menu.html")]
struct MenuPage {
    apply: &'static str,
    list: &'static str,
}

async fn menu(
    State(world): State<Arc<World>>,
    Authenticated(visitor): Authenticated,
    headers: HeaderMap,
) -> Answer {
    let session = match sessions::opened_or_new(&world, &headers) {
        Ok(session) => session,
        Err(invalid) => return answer::session_invalid(&world, invalid),
    };
    let paths = world.profile.wire.paths;
    let page = MenuPage { apply: Step::Apply.route(paths), list: Step::List.route(paths) };
    Answer::page(&world, "ru.menu", StatusCode::OK, &page).session(&world, session).by(&visitor)
}

/// The subject as the pages show it: the most specific attribute first.
fn screen(subject: &Subject) -> Vec<(&'static str, String)> {
    let rows = subject.attributes().iter().rev();
    rows.map(|(attribute, value)| (attribute.screen_name(), value.clone())).collect()
}

/// Ties a form to a page of the certificate that was shown, so that it can't be sent with another.
fn page_of(page: &str, visitor: &Visitor, request_id: Option<&RequestId>) -> String {
    let serial = visitor.record().certificate.serial;
    match request_id {
        Some(request_id) => format!("ru.{page} {serial} {request_id}"),
        None => format!("ru.{page} {serial}"),
    }
}

/// The session, and the renewal that the path names. What is no request ID is the ID of nothing.
struct Opened {
    session: SessionId,
    request_id: RequestId,
}

impl FromRequestParts<Arc<World>> for Opened {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Response> {
        let named = Path::<String>::from_request_parts(parts, world).await;
        let Path(named) = named.map_err(IntoResponse::into_response)?;
        let session =
            sessions::opened(world, &parts.headers).map_err(|invalid| session_invalid(world, invalid))?;
        let Ok(request_id) = named.parse() else {
            let unknown = WorldError::Refused(crate::authority::Refusal::UnknownRenewal);
            return Err(refused(world, session, unknown, "更新申請を確認できません").into_response());
        };
        Ok(Self { session, request_id })
    }
}

fn refused(world: &World, session: SessionId, error: WorldError, heading: &str) -> Answer {
    match error {
        WorldError::Refused(refusal) => {
            let text = refusal.text(&world.profile.messages);
            answer::refused(world, refusal.outcome(), heading, text, RU).session(world, session)
        }
        error => answer::failed(world, &error, RU).session(world, session),
    }
}

fn session_invalid(world: &World, invalid: Invalid) -> Response {
    answer::session_invalid(world, invalid).into_response()
}

/// To the page that shows how far a renewal is.
fn to_status(world: &World, outcome: &'static str, request_id: &RequestId) -> Answer {
    let location = Step::Status.of(request_id, world.profile.wire.paths);
    let location = HeaderValue::from_str(&location).expect("request IDs are digits");
    Answer::redirect(outcome, StatusCode::SEE_OTHER, location).about(Some(request_id.clone()), None)
}
