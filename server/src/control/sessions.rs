//! Portal sessions: look at them, end them.

use axum::Json;
use axum::http::StatusCode;

use super::Chosen;
use super::problem::Problem;
use crate::session::Seen;

/// Portal sessions that are alive.
#[utoipa::path(get, path = "/sessions", tag = "sessions", responses((status = 200, body = Vec<Seen>)))]
pub(super) async fn all(Chosen(hosted): Chosen) -> Json<Vec<Seen>> {
    Json(hosted.world.sessions.seen(hosted.world.clock.now()))
}

/// Ends all portal sessions: the next step of each shows セッション無効.
#[utoipa::path(delete, path = "/sessions", tag = "sessions", responses((status = 204)))]
pub(super) async fn end(Chosen(hosted): Chosen) -> Result<StatusCode, Problem> {
    hosted.world.end_sessions().await?;
    Ok(StatusCode::NO_CONTENT)
}
