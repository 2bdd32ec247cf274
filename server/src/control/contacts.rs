//! The applicant's mail address of a certificate.

use axum::extract::RawPathParams;
use axum::http::StatusCode;
use serde::Deserialize;

use super::Chosen;
use super::problem::{Body, Problem, part};
use crate::terms::{EmailAddress, RequestId};

/// Whom to write to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactBody {
    /// A mail address
    email: String,
}

/// Notes the applicant's address, to which the CA writes before the certificate ends (`mail.expiry_days`).
#[utoipa::path(put, path = "/notices/{request_id}/contact", tag = "notices", params(("request_id" = String, Path)),
    request_body = ContactBody,
    responses((status = 204), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set(
    Chosen(world): Chosen,
    parameters: RawPathParams,
    Body(body): Body<ContactBody>,
) -> Result<StatusCode, Problem> {
    let email: EmailAddress =
        body.email.parse().map_err(|_| Problem::unprocessable("email: must be a mail address"))?;
    world.set_contact(&part::<RequestId>(&parameters, "request_id")?, email).await?;
    Ok(StatusCode::NO_CONTENT)
}
