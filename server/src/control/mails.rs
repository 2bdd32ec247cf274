//! The outbox: what would have been mailed.

use axum::Json;

use super::Chosen;
use super::problem::Problem;
use crate::mail::Mail;

/// The outbox, oldest mail first.
#[utoipa::path(get, path = "/mails", tag = "mails", responses((status = 200, body = Vec<Mail>)))]
pub(super) async fn all(Chosen(world): Chosen) -> Result<Json<Vec<Mail>>, Problem> {
    Ok(Json(world.mails().await?))
}
