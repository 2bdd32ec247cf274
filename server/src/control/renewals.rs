//! Renewals: watch them, hold them, move them on, let them fail.

use std::sync::Arc;

use axum::Json;
use axum::extract::RawPathParams;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::Chosen;
use super::pages::{SearchQuery, Searched, gone_on};
use super::problem::{Problem, part};
use crate::authority::{Course, Renewal, RenewalStatus};
use crate::terms::RequestId;
use crate::world::{RenewalOrder, World};

/// A renewal as the CA knows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct RenewalBody {
    /// The new リクエストID
    request_id: String,
    /// The new リファレンスID
    reference_id: String,
    /// 証明書ステータス in the site's words: 鍵生成中, 発行要求中, 発行済み, or what the profile calls a failure
    status: String,
    /// Whether it is held where it is
    held: bool,
    /// Serial number of the certificate that it was applied with
    renews: String,
    /// The institution code
    institution_code: String,
    /// Serial number of the new certificate, once it is issued
    serial: Option<String>,
    /// When it was accepted
    #[schema(value_type = String, format = DateTime)]
    accepted_at: Timestamp,
    /// When it was issued, or will be if nobody interferes
    #[schema(value_type = Option<String>, format = DateTime)]
    issued_at: Option<Timestamp>,
}

impl RenewalBody {
    fn new(renewal: &Renewal, world: &World) -> Self {
        let profile = &world.profile;
        let status = renewal.status(profile, world.clock.now());
        Self {
            request_id: renewal.request_id.to_string(),
            reference_id: renewal.reference_id.reveal().to_owned(),
            status: status.word(profile).to_owned(),
            held: matches!(renewal.course, Course::Held { .. }),
            renews: renewal.predecessor.to_string(),
            institution_code: renewal.institution_code.to_string(),
            serial: (status == RenewalStatus::Issued).then(|| renewal.serial.to_string()),
            accepted_at: renewal.accepted_at,
            issued_at: renewal.due(profile),
        }
    }
}

/// Renewals in the order of their application, page by page.
#[utoipa::path(get, path = "/renewals", tag = "renewals", params(SearchQuery),
    responses((status = 200, body = Vec<RenewalBody>), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn all(Chosen(world): Chosen, Searched(wanted): Searched) -> Result<Response, Problem> {
    let renewals = match &wanted.beginning {
        Some(beginning) => world.find_renewals(beginning, wanted.most(), wanted.order).await?,
        None => world.renewals_page(wanted.page()?).await.map_err(gone_on)?,
    };
    let name = |renewal: &Renewal| renewal.request_id.clone();
    Ok(wanted.answer(renewals, name, |renewal| RenewalBody::new(renewal, &world)))
}

/// One renewal.
#[utoipa::path(get, path = "/renewals/{request_id}", tag = "renewals", params(("request_id" = String, Path)),
    responses((status = 200, body = RenewalBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn one(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<RenewalBody>, Problem> {
    let renewal = world.renewal(&part::<RequestId>(&parameters, "request_id")?).await?;
    Ok(Json(RenewalBody::new(&renewal, &world)))
}

/// Stops a renewal in the status that it has.
#[utoipa::path(post, path = "/renewals/{request_id}/hold", tag = "renewals", params(("request_id" = String, Path)),
    responses((status = 200, body = RenewalBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn hold(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<RenewalBody>, Problem> {
    order(&world, &parameters, RenewalOrder::Hold).await
}

/// Moves a renewal on to the next status at once. One that is held stays held there.
#[utoipa::path(post, path = "/renewals/{request_id}/advance", tag = "renewals", params(("request_id" = String, Path)),
    responses((status = 200, body = RenewalBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn advance(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<RenewalBody>, Problem> {
    order(&world, &parameters, RenewalOrder::Advance).await
}

/// Lets a renewal fail.
#[utoipa::path(post, path = "/renewals/{request_id}/fail", tag = "renewals", params(("request_id" = String, Path)),
    responses((status = 200, body = RenewalBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn fail(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<RenewalBody>, Problem> {
    order(&world, &parameters, RenewalOrder::Fail).await
}

async fn order(
    world: &Arc<World>,
    parameters: &RawPathParams,
    order: RenewalOrder,
) -> Result<Json<RenewalBody>, Problem> {
    let renewal = world.order_renewal(&part::<RequestId>(parameters, "request_id")?, order).await?;
    Ok(Json(RenewalBody::new(&renewal, world)))
}
