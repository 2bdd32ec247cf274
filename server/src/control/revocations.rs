//! Applications for revocations, which the registration authority approves or rejects.

use std::str::FromStr;

use axum::Json;
use axum::extract::RawPathParams;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::Chosen;
use super::pages::{PageQuery, Wanted, gone_on};
use super::problem::{Problem, part};
use crate::authority::{Decision, RevocationRequest};
use crate::terms::RequestId;

/// An application for a revocation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct RevocationBody {
    /// Request ID of the certificate
    request_id: String,
    /// Its serial number
    serial: String,
    /// Counts the applications for one certificate, from 1; only the last can still be open
    sequence: u32,
    /// Where the mail goes
    email: String,
    /// `pending`, `approved` or `rejected`
    status: &'static str,
    /// When it was accepted
    #[schema(value_type = String, format = DateTime)]
    accepted_at: Timestamp,
    /// When it was decided
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
}

impl From<&RevocationRequest> for RevocationBody {
    fn from(request: &RevocationRequest) -> Self {
        Self {
            request_id: request.request_id.to_string(),
            serial: request.serial.to_string(),
            sequence: request.sequence,
            email: request.email.to_string(),
            status: match request.decision.map(|decided| decided.decision) {
                None => "pending",
                Some(Decision::Approve) => "approved",
                Some(Decision::Reject) => "rejected",
            },
            accepted_at: request.accepted_at,
            decided_at: request.decision.map(|decided| decided.at),
        }
    }
}

/// What names an application for a revocation in `after`: `REQUEST_ID.SEQUENCE`.
struct Place(RequestId, u32);

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (id, sequence) = text.split_once('.').ok_or(())?;
        Ok(Self(id.parse().map_err(|_| ())?, sequence.parse().map_err(|_| ())?))
    }
}

/// Applications for a revocation in the order in which they were made, page by page; `after` is `REQUEST_ID.SEQUENCE`.
#[utoipa::path(get, path = "/revocations", tag = "revocations", params(PageQuery),
    responses((status = 200, body = Vec<RevocationBody>), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn all(Chosen(world): Chosen, wanted: Wanted) -> Result<Response, Problem> {
    let page = wanted.page::<Place>()?;
    let page = page.after(page.after.as_ref().map(|Place(id, sequence)| (id.clone(), *sequence)));
    let requests = world.revocations_page(page).await.map_err(gone_on)?;
    let name = |request: &RevocationRequest| format!("{}.{}", request.request_id, request.sequence);
    Ok(wanted.answer(requests, name, |request| RevocationBody::from(request)))
}

/// Approves the application for this certificate: it is revoked at once, and the mail is written.
#[utoipa::path(post, path = "/revocations/{request_id}/approve", tag = "revocations", params(("request_id" = String, Path)),
    responses((status = 200, body = RevocationBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn approve(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<RevocationBody>, Problem> {
    decide(&world, &parameters, Decision::Approve).await
}

/// Rejects the application for this certificate, which stays as it is. It can be applied for again.
#[utoipa::path(post, path = "/revocations/{request_id}/reject", tag = "revocations", params(("request_id" = String, Path)),
    responses((status = 200, body = RevocationBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reject(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<RevocationBody>, Problem> {
    decide(&world, &parameters, Decision::Reject).await
}

async fn decide(
    world: &crate::world::World,
    parameters: &RawPathParams,
    decision: Decision,
) -> Result<Json<RevocationBody>, Problem> {
    let request_id: RequestId = part(parameters, "request_id")?;
    Ok(Json(RevocationBody::from(&world.decide_revocation(&request_id, decision).await?)))
}
