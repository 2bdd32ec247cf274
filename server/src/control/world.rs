//! A world as one thing: saved to a file, loaded, reset.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::large::{Large, Object};
use super::problem::Problem;
use super::worlds::check_profile;
use super::{Chosen, Control};
use crate::world::{WorldFile, sample_application};

/// The whole world as a file, private keys included.
#[utoipa::path(get, path = "/world", tag = "world", responses((status = 200, content_type = "application/json")))]
pub(super) async fn save(Chosen(world): Chosen) -> Result<impl IntoResponse, Problem> {
    let disposition = format!("attachment; filename=\"{}.world.json\"", world.name());
    Ok(([(header::CONTENT_DISPOSITION, disposition)], Json(world.to_file().await?)))
}

/// Puts a saved world in the place of this one.
#[utoipa::path(put, path = "/world", tag = "world", request_body = Object,
    responses((status = 204), (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn load(
    State(control): State<Control>,
    Chosen(world): Chosen,
    Large(Object(file)): Large<Object<WorldFile>>,
) -> Result<StatusCode, Problem> {
    check_profile(&control, file.profile())?;
    control.worlds.replace(world.name(), file).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Back to a fresh world: certificates, sessions, journal and clock begin anew. CAs stay.
#[utoipa::path(post, path = "/reset", tag = "world", responses((status = 204)))]
pub(super) async fn reset(
    State(control): State<Control>,
    Chosen(world): Chosen,
) -> Result<StatusCode, Problem> {
    let fresh = control.worlds.reset(world.name()).await?;
    if control.sample && fresh.world.name().is_default() {
        fresh.world.issue(sample_application()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
