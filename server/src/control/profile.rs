//! The profile in force.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::problem::{Body, Problem};
use super::worlds::check_profile;
use super::{Chosen, Control};
use crate::profile::{Profile, ProfileError, describe};
use crate::world::World;

/// The keys as the last caller was told them, and of which world: another profile makes it another world, and the text
/// is long.
static LAST: Mutex<Option<(Weak<World>, Bytes)>> = Mutex::new(None);

/// The profile in force: values by section and key.
#[utoipa::path(get, path = "/profile", tag = "profile", responses((status = 200, content_type = "application/json")))]
pub(super) async fn show(Chosen(world): Chosen) -> Json<Profile> {
    Json(world.profile.clone())
}

/// Has the world go on with other values of these keys, by section; all other keys stay as they are. What was issued stays
/// as it is. Answers with the profile in force.
#[utoipa::path(patch, path = "/profile", tag = "profile", request_body = Object,
    responses((status = 200, content_type = "application/json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn change(
    State(control): State<Control>,
    Chosen(world): Chosen,
    Body(changes): Body<serde_json::Value>,
) -> Result<Json<Profile>, Problem> {
    let change = |profile: &Profile| -> Result<Profile, Problem> {
        let changed = profile.with(changes);
        let changed = changed.map_err(|error| wrong(&error))?;
        check_profile(&control, &changed)?;
        Ok(changed)
    };
    let host = control.worlds.set_profile(world.name(), change).await?;
    Ok(Json(host.world.profile.clone()))
}

/// What is wrong with a profile.
pub(super) fn wrong(error: &ProfileError) -> Problem {
    Problem::said(StatusCode::UNPROCESSABLE_ENTITY, error.words().about("profile"))
}

/// The profile in force with all that is known of each key: evidence, rival readings, comment.
#[utoipa::path(get, path = "/profile/keys", tag = "profile", responses((status = 200, content_type = "application/json")))]
pub(super) async fn keys(Chosen(world): Chosen) -> impl IntoResponse {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let json = match &*last {
        Some((of, json)) if of.as_ptr() == Arc::as_ptr(&world) => json.clone(),
        _ => {
            let json = serde_json::to_vec(&describe(&world.profile)).expect("keys have a form in JSON");
            let json = Bytes::from(json);
            *last = Some((Arc::downgrade(&world), json.clone()));
            json
        }
    };
    ([(CONTENT_TYPE, "application/json")], json)
}
