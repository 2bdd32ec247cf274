//! Applications for revocations, which the registration authority approves or rejects.

use axum::Json;
use axum::extract::RawPathParams;
use jiff::Timestamp;
use serde::Serialize;

use super::Chosen;
use super::problem::{Problem, part};
use crate::authority::RevocationRequest;
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
            status: match request.decision {
                None => "pending",
                Some(decision) if decision.approved => "approved",
                Some(_) => "rejected",
            },
            accepted_at: request.accepted_at,
            decided_at: request.decision.map(|decision| decision.at),
        }
    }
}

/// All applications for a revocation, oldest first.
#[utoipa::path(get, path = "/revocations", tag = "revocations", responses((status = 200, body = Vec<RevocationBody>)))]
pub(super) async fn all(Chosen(world): Chosen) -> Result<Json<Vec<RevocationBody>>, Problem> {
    Ok(Json(world.revocations().await?.iter().map(RevocationBody::from).collect()))
}

/// Approves the application for this certificate: it is revoked at once, and the mail is written.
#[utoipa::path(post, path = "/revocations/{request_id}/approve", tag = "revocations", params(("request_id" = String, Path)),
    responses((status = 200, body = RevocationBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn approve(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<RevocationBody>, Problem> {
    decide(&world, &parameters, true).await
}

/// Rejects the application for this certificate, which stays as it is. It can be applied for again.
#[utoipa::path(post, path = "/revocations/{request_id}/reject", tag = "revocations", params(("request_id" = String, Path)),
    responses((status = 200, body = RevocationBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reject(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<RevocationBody>, Problem> {
    decide(&world, &parameters, false).await
}

async fn decide(
    world: &crate::world::World,
    parameters: &RawPathParams,
    approve: bool,
) -> Result<Json<RevocationBody>, Problem> {
    let request_id: RequestId = part(parameters, "request_id")?;
    Ok(Json(RevocationBody::from(&world.decide_revocation(&request_id, approve).await?)))
}
