//! Worlds beside the default one.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{RawPathParams, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

use super::Control;
use super::problem::{Body, Problem, part};
use crate::profile::Profile;
use crate::text_file;
use crate::world::{WorldFile, WorldName};
use crate::worlds::{CreateError, NewWorld};

/// What the new world shall be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    /// 1 to 40 small letters, digits and inner hyphens: it becomes part of host names
    name: String,
    /// Same seed, same keys, IDs and certificates
    seed: Option<String>,
    /// Keys that differ from the default profile, by section
    #[schema(value_type = Option<Object>)]
    profile: Option<serde_json::Value>,
    /// An address for a portal of its own, such as `127.0.0.1:0`
    #[schema(value_type = Option<String>)]
    listen: Option<SocketAddr>,
    /// A saved world to go on from: its content, or the path of the file on the simulator's machine
    #[schema(value_type = Option<Object>)]
    file: Option<serde_json::Value>,
}

/// A world and how to reach it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct WorldBody {
    /// Its name
    name: String,
    /// The portal's URL for browsers and programs of this machine
    portal: String,
    /// Where its calls begin
    control: String,
}

impl WorldBody {
    fn new(control: &Control, name: &WorldName) -> Self {
        let path = if name.is_default() { "/api/v1".to_owned() } else { format!("/api/v1/worlds/{name}") };
        Self { name: name.to_string(), portal: control.listeners.url(name), control: path }
    }
}

/// All worlds.
#[utoipa::path(get, path = "/worlds", tag = "worlds", responses((status = 200, body = Vec<WorldBody>)))]
pub(super) async fn list(State(control): State<Control>) -> Json<Vec<WorldBody>> {
    let worlds = control.worlds.list();
    Json(worlds.iter().map(|host| WorldBody::new(&control, host.world.name())).collect())
}

/// Makes a world.
#[utoipa::path(post, path = "/worlds", tag = "worlds", request_body = CreateBody,
    responses((status = 201, body = WorldBody), (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(control): State<Control>,
    Body(body): Body<CreateBody>,
) -> Result<impl IntoResponse, Problem> {
    let name: WorldName = body.name.parse().map_err(CreateError::from)?;
    if body.file.is_some() && (body.seed.is_some() || body.profile.is_some()) {
        return Err(Problem::unprocessable("a file brings its own seed and profile: leave those out"));
    }
    let profile = body.profile.map(Profile::from_json).transpose();
    let profile = profile.map_err(|error| Problem::unprocessable(&format!("profile: {error}")))?;
    let file = match body.file {
        None => None,
        Some(serde_json::Value::String(path)) => Some(read(&path).await?),
        Some(content) => Some(WorldFile::from_json(content).map_err(CreateError::from)?),
    };
    for profile in profile.iter().chain(file.as_ref().map(WorldFile::profile)) {
        check_listener(&control, profile)?;
    }
    control.worlds.create(name.clone(), NewWorld { seed: body.seed, profile, file }).await?;
    if let Some(address) = body.listen
        && let Err(error) = control.listeners.open(&name, address)
    {
        control.worlds.delete(&name).await?;
        return Err(Problem::unprocessable(&format!("listen: {address}: {error}")));
    }
    let location = format!("/api/v1/worlds/{name}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(WorldBody::new(&control, &name))))
}

/// Throws a world away.
#[utoipa::path(delete, path = "/worlds/{world}", tag = "worlds", params(("world" = String, Path)),
    responses((status = 204), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete(
    State(control): State<Control>,
    parameters: RawPathParams,
) -> Result<StatusCode, Problem> {
    let name: WorldName = part(&parameters, "world")?;
    control.worlds.delete(&name).await?;
    control.listeners.close(&name);
    Ok(StatusCode::NO_CONTENT)
}

/// Whether there is a listener for `/p/ru`, if this profile wants one of its own.
pub(super) fn check_listener(control: &Control, profile: &Profile) -> Result<(), Problem> {
    if profile.splits() && !control.listeners.serves_renewals() {
        let detail = "profile: client_auth.mode is split: start the simulator with --renewal-listen";
        return Err(Problem::unprocessable(detail));
    }
    Ok(())
}

async fn read(path: &str) -> Result<WorldFile, Problem> {
    let unreadable =
        |error: &dyn std::fmt::Display| Problem::unprocessable(&format!("file: {path}: {error}"));
    let about = tokio::fs::metadata(path).await.map_err(|error| unreadable(&error))?;
    if !about.is_file() {
        // Reading a pipe might never end.
        return Err(unreadable(&"this is no file"));
    }
    let bytes = tokio::fs::read(path).await.map_err(|error| unreadable(&error))?;
    let text = text_file::decoded(&bytes).map_err(|error| unreadable(&error))?;
    let value = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    Ok(WorldFile::from_json(value).map_err(CreateError::from)?)
}
