//! Applications for certificates: what the registration authority and the internet portal's inquiry do with them.

use axum::Json;
use axum::extract::RawPathParams;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Chosen;
use super::pages::{PageQuery, Wanted};
use super::problem::{Body, Problem, or_nothing, part};
use super::revocations::RevocationBody;
use crate::authority::{Applicant, Application, ApplicationCourse, ApplicationDecision, ApplicationStatus};
use crate::terms::{ApplicationNumber, RequestId};
use crate::world::World;

/// An application for certificates, made at /p/rcr.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ApplicationBody {
    /// 申請番号
    number: String,
    /// Which of the two forms: 医療機関等 or 医療保険者等
    applicant: Applicant,
    /// 医療機関コード (10 digits), 保険者番号 (8 digits) or 受付番号
    institution_code: String,
    /// 名称
    name: String,
    /// 部署名
    department: String,
    /// 電話番号
    telephone: String,
    /// メールアドレス
    email: String,
    /// 端末名称等
    terminal_name: String,
    /// 発行枚数
    certificates: u32,
    /// How far it is
    status: ApplicationStatus,
    /// When it was accepted
    #[schema(value_type = String, format = DateTime)]
    accepted_at: Timestamp,
    /// When it was refused, cancelled, or approved and issued
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// Why it was refused, if somebody said so
    reason: Option<String>,
    /// When its notices arrive, or arrived: from then on the applicant knows their IDs
    #[schema(value_type = Option<String>, format = DateTime)]
    arrives_at: Option<Timestamp>,
    /// Request IDs of its notices, once they are issued
    request_ids: Vec<String>,
}

impl ApplicationBody {
    fn of(application: &Application, world: &World) -> Self {
        let form = &application.form;
        let (decided_at, reason) = match &application.course {
            ApplicationCourse::Received | ApplicationCourse::UnderReview { .. } => (None, None),
            ApplicationCourse::Refused { at, reason } => {
                (Some(*at), reason.as_ref().map(ToString::to_string))
            }
            ApplicationCourse::Cancelled { at }
            | ApplicationCourse::Posted { at, .. }
            | ApplicationCourse::Delivered { posted_at: at, .. } => (Some(*at), None),
        };
        Self {
            number: application.number.to_string(),
            applicant: form.applicant,
            institution_code: form.holder.to_string(),
            name: form.name.to_string(),
            department: form.department.to_string(),
            telephone: form.telephone.to_string(),
            email: form.email.to_string(),
            terminal_name: form.terminal_name.to_string(),
            certificates: form.certificates,
            status: application.status(),
            accepted_at: application.accepted_at,
            decided_at,
            reason,
            arrives_at: application.arrives_at(&world.profile),
            request_ids: application.request_ids().iter().map(ToString::to_string).collect(),
        }
    }
}

/// Why an application is refused.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefusalBody {
    /// In words, 1 to 64 characters
    reason: Option<String>,
}

/// Which of an application's certificates.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InquiryBody {
    /// Request ID of its notice
    request_id: String,
}

/// Applications for certificates in the order in which they were made, page by page.
#[utoipa::path(get, path = "/applications", tag = "applications", params(PageQuery),
    responses((status = 200, body = Vec<ApplicationBody>), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn all(Chosen(world): Chosen, wanted: Wanted) -> Result<Response, Problem> {
    let applications = world.applications_page(wanted.page()?).await?;
    Ok(wanted.answer(applications, |it| it.number.clone(), |it| ApplicationBody::of(it, &world)))
}

/// One application.
#[utoipa::path(get, path = "/applications/{number}", tag = "applications", params(("number" = String, Path)),
    responses((status = 200, body = ApplicationBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn one(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<ApplicationBody>, Problem> {
    let application = world.application(&number(&parameters)?).await?;
    Ok(Json(ApplicationBody::of(&application, &world)))
}

/// Approves an application: its certificates are issued at once, and the notices go into the post.
#[utoipa::path(post, path = "/applications/{number}/approve", tag = "applications", params(("number" = String, Path)),
    responses((status = 200, body = ApplicationBody), (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn approve(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<ApplicationBody>, Problem> {
    decide(&world, &parameters, ApplicationDecision::Approve).await
}

/// Refuses an application.
#[utoipa::path(post, path = "/applications/{number}/refuse", tag = "applications", params(("number" = String, Path)), request_body = Option<RefusalBody>,
    responses((status = 200, body = ApplicationBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn refuse(
    Chosen(world): Chosen,
    parameters: RawPathParams,
    bytes: axum::body::Bytes,
) -> Result<Json<ApplicationBody>, Problem> {
    let reason = or_nothing::<RefusalBody>(&bytes)?.reason.map(|reason| reason.parse()).transpose();
    let reason = reason.map_err(|error| Problem::unprocessable(&format!("reason: {error}")))?;
    decide(&world, &parameters, ApplicationDecision::Refuse(reason)).await
}

/// キャンセル by the inquiry of the internet portal: the applicant takes an application back that is not decided yet.
#[utoipa::path(post, path = "/applications/{number}/cancel", tag = "applications", params(("number" = String, Path)),
    responses((status = 200, body = ApplicationBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn cancel(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<ApplicationBody>, Problem> {
    decide(&world, &parameters, ApplicationDecision::Cancel).await
}

/// 失効申請 by the inquiry of the internet portal: as if applied for at /p/rx with the application's mail address.
#[utoipa::path(post, path = "/applications/{number}/revocation", tag = "applications", params(("number" = String, Path)), request_body = InquiryBody,
    responses((status = 201, body = RevocationBody), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn revocation(
    Chosen(world): Chosen,
    parameters: RawPathParams,
    Body(body): Body<InquiryBody>,
) -> Result<impl IntoResponse, Problem> {
    let request_id: RequestId =
        body.request_id.parse().map_err(|error| Problem::unprocessable(&format!("request_id: {error}")))?;
    let request = world.request_revocation_by_inquiry(&number(&parameters)?, &request_id).await?;
    Ok((StatusCode::CREATED, Json(RevocationBody::from(&request))))
}

async fn decide(
    world: &std::sync::Arc<World>,
    parameters: &RawPathParams,
    decision: ApplicationDecision,
) -> Result<Json<ApplicationBody>, Problem> {
    let application = world.decide_application(&number(parameters)?, decision).await?;
    Ok(Json(ApplicationBody::of(&application, world)))
}

fn number(parameters: &RawPathParams) -> Result<ApplicationNumber, Problem> {
    part(parameters, "number")
}
