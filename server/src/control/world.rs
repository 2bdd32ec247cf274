//! A world as one thing: saved to a file, loaded, reset.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;

use super::large::{Large, Object};
use super::problem::{Problem, or_nothing};
use super::worlds::check_profile;
use super::{Beginning, Chosen, Control, scenes};
use crate::scenes::Scene;
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

/// What the fresh world begins with. The whole body may be left out.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetBody {
    /// Name of a scene (`GET /scenes`); otherwise what the simulator was started with, if it is the default world
    #[schema(value_type = Option<String>)]
    scene: Option<Scene>,
}

/// Back to a fresh world, or to a scene: certificates, sessions, journal and clock begin anew. CAs stay, and so does the
/// profile but for the keys that a scene needs.
#[utoipa::path(post, path = "/reset", tag = "world", request_body = ResetBody,
    responses((status = 204), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reset(
    State(control): State<Control>,
    Chosen(world): Chosen,
    bytes: axum::body::Bytes,
) -> Result<StatusCode, Problem> {
    let ResetBody { scene } = or_nothing(&bytes)?;
    let name = world.name();
    let beginning = match scene {
        Some(scene) => Beginning::Scene(scene),
        None if name.is_default() => control.beginning,
        None => Beginning::Empty,
    };
    match beginning {
        Beginning::Empty => {
            control.worlds.reset(name, None).await?;
        }
        Beginning::Sample => {
            let fresh = control.worlds.reset(name, None).await?;
            fresh.world.issue(sample_application()).await?;
        }
        Beginning::Scene(scene) => {
            let profile = scenes::profile(&control, scene, &world.profile)?;
            let fresh = control.worlds.reset(name, Some(profile)).await?;
            scenes::play(scene, &fresh.world).await?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
