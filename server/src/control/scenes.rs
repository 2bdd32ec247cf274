//! Scenes: ready states in which a world can begin.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use obn_speech::{Words, words};
use serde::Serialize;

use super::Control;
use super::problem::Problem;
use super::worlds::check_profile;
use crate::profile::Profile;
use crate::scenes::Scene;
use crate::world::World;

/// A scene, as `POST /worlds` and `POST /reset` take it by its name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SceneBody {
    /// What to say in `scene`
    name: &'static str,
    /// What there is, in Japanese
    ja: &'static str,
    /// What there is, in English
    en: &'static str,
    /// Keys of the profile that it changes, by section
    #[schema(value_type = Object)]
    profile: serde_json::Value,
}

impl From<&Scene> for SceneBody {
    fn from(scene: &Scene) -> Self {
        Self { name: scene.name, ja: scene.ja, en: scene.en, profile: scene.changes() }
    }
}

/// The scenes: ready states such as a clinic with three terminals. Each is of today, and its clock runs from noon in Japan.
#[utoipa::path(get, path = "/scenes", tag = "worlds", responses((status = 200, body = Vec<SceneBody>)))]
pub(super) async fn all() -> Json<Vec<SceneBody>> {
    Json(Scene::all().iter().map(SceneBody::from).collect())
}

/// A profile with the keys that a scene needs, as far as this process can serve it.
pub(super) fn profile(control: &Control, scene: Scene, base: &Profile) -> Result<Profile, Problem> {
    let profile = scene.profile(base).map_err(|error| {
        let (name, Words { japanese, english }) = (scene.name, error.words());
        let told = words!(
            "scene: {name}: プロファイルと合いません: {japanese}",
            "scene: {name}: it doesn't go with the profile: {english}"
        );
        Problem::said(StatusCode::UNPROCESSABLE_ENTITY, told)
    })?;
    check_profile(control, &profile)?;
    Ok(profile)
}

/// Plays a scene in a fresh world.
pub(super) async fn play(scene: Scene, world: &Arc<World>) -> Result<(), Problem> {
    scene.play(world).await.map_err(|error| {
        let problem = Problem::from(error);
        problem.about(&format!("scene: {}", scene.name))
    })
}
