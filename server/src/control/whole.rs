//! A world as a whole: sessions, saving and loading, reset, roots, profile.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::problem::{Body, Problem};
use super::worlds::check_listener;
use super::{Chosen, Control};
use crate::portal::session::Seen;
use crate::profile::{Described, Profile, describe};
use crate::world::{CreateError, WorldFile};

/// Portal sessions that are alive.
#[utoipa::path(get, path = "/sessions", tag = "sessions", responses((status = 200, body = Vec<Seen>)))]
pub(super) async fn sessions(Chosen(hosted): Chosen) -> Json<Vec<Seen>> {
    Json(hosted.world.sessions.seen(hosted.world.clock.now()))
}

/// Ends all portal sessions: the next step of each shows セッション無効.
#[utoipa::path(delete, path = "/sessions", tag = "sessions", responses((status = 204)))]
pub(super) async fn end_sessions(Chosen(hosted): Chosen) -> Result<StatusCode, Problem> {
    hosted.world.end_sessions().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The whole world as a file, private keys included.
#[utoipa::path(get, path = "/world", tag = "world", responses((status = 200, content_type = "application/json")))]
pub(super) async fn save(Chosen(hosted): Chosen) -> Result<impl IntoResponse, Problem> {
    let disposition = format!("attachment; filename=\"{}.world.json\"", hosted.world.name());
    Ok(([(header::CONTENT_DISPOSITION, disposition)], Json(hosted.world.to_file().await?)))
}

/// Puts a saved world in the place of this one.
#[utoipa::path(put, path = "/world", tag = "world", request_body = Object,
    responses((status = 204), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn load(
    State(control): State<Control>,
    Chosen(hosted): Chosen,
    Body(file): Body<serde_json::Value>,
) -> Result<StatusCode, Problem> {
    let file = WorldFile::from_json(file).map_err(CreateError::from)?;
    check_listener(&control, file.profile())?;
    control.worlds.replace(hosted.world.name(), file).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Back to a fresh world: certificates, sessions, journal and clock begin anew. CAs stay.
#[utoipa::path(post, path = "/reset", tag = "world", responses((status = 204)))]
pub(super) async fn reset(
    State(control): State<Control>,
    Chosen(hosted): Chosen,
) -> Result<StatusCode, Problem> {
    let fresh = control.worlds.reset(hosted.world.name()).await?;
    if control.sample && fresh.world.name().is_default() {
        fresh.world.issue(crate::sample_application()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The root that clients must trust for TLS, as PEM.
#[utoipa::path(get, path = "/root.pem", tag = "certificates", responses((status = 200, content_type = "application/x-pem-file")))]
pub(super) async fn root(Chosen(hosted): Chosen) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], hosted.world.tls.root_pem())
}

/// The client CA that signs institutions' certificates, as PEM.
#[utoipa::path(get, path = "/issuer.pem", tag = "certificates", responses((status = 200, content_type = "application/x-pem-file")))]
pub(super) async fn issuer(Chosen(hosted): Chosen) -> Result<impl IntoResponse, Problem> {
    let ca = hosted.world.client_ca().await?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], crate::pki::certificate_pem(ca.certificate())))
}

/// The profile in force: values by section and key.
#[utoipa::path(get, path = "/profile", tag = "profile", responses((status = 200, content_type = "application/json")))]
pub(super) async fn profile(Chosen(hosted): Chosen) -> Json<Profile> {
    Json(hosted.world.profile.clone())
}

/// The profile in force with all that is known of each key: evidence, rival readings, comment.
#[utoipa::path(get, path = "/profile/keys", tag = "profile", responses((status = 200, content_type = "application/json")))]
pub(super) async fn profile_keys(Chosen(hosted): Chosen) -> Json<Vec<Described>> {
    Json(describe(&hosted.world.profile))
}
