//! Portal sessions: look at them, end them.

use axum::Json;
use axum::http::StatusCode;

use super::Chosen;
use super::problem::Problem;
use crate::session::ActiveSession;

/// Portal sessions that are alive.
#[utoipa::path(get, path = "/sessions", tag = "sessions", responses((status = 200, body = Vec<ActiveSession>)))]
pub(super) async fn all(Chosen(world): Chosen) -> Result<Json<Vec<ActiveSession>>, Problem> {
    Ok(Json(world.active_sessions().await?))
}

/// Ends all portal sessions: the next step of each shows セッション無効.
#[utoipa::path(delete, path = "/sessions", tag = "sessions", responses((status = 204)))]
pub(super) async fn end(Chosen(world): Chosen) -> Result<StatusCode, Problem> {
    world.end_sessions().await?;
    Ok(StatusCode::NO_CONTENT)
}
