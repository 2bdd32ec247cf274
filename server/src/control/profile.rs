//! The profile in force.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::Json;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::Chosen;
use crate::profile::{Profile, describe};
use crate::world::World;

/// The keys as the last caller was told them, and of which world: a world's profile never changes, and the text is long.
static LAST: Mutex<Option<(Weak<World>, Bytes)>> = Mutex::new(None);

/// The profile in force: values by section and key.
#[utoipa::path(get, path = "/profile", tag = "profile", responses((status = 200, content_type = "application/json")))]
pub(super) async fn show(Chosen(world): Chosen) -> Json<Profile> {
    Json(world.profile.clone())
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
