//! The profile in force.

use axum::Json;

use super::Chosen;
use crate::profile::{Described, Profile, describe};

/// The profile in force: values by section and key.
#[utoipa::path(get, path = "/profile", tag = "profile", responses((status = 200, content_type = "application/json")))]
pub(super) async fn show(Chosen(world): Chosen) -> Json<Profile> {
    Json(world.profile.clone())
}

/// The profile in force with all that is known of each key: evidence, rival readings, comment.
#[utoipa::path(get, path = "/profile/keys", tag = "profile", responses((status = 200, content_type = "application/json")))]
pub(super) async fn keys(Chosen(world): Chosen) -> Json<Vec<Described>> {
    Json(describe(&world.profile))
}
