//! Worlds beside the default one.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{RawPathParams, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::large::{self, Large, MEBIBYTES, Object};
use super::problem::{Problem, part};
use super::profile::wrong;
use super::{Control, scenes};
use crate::files::FilesError;
use crate::profile::Profile;
use crate::scenes::Scene;
use crate::serving::Site;
use crate::text_file;
use crate::world::{WorldFile, WorldName, blocking};
use crate::worlds::{CreateError, NewWorld};

/// What the new world shall be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    /// 1 to 40 small letters, digits and inner hyphens: it becomes part of host names
    name: String,
    /// Same seed, same keys, IDs and certificates
    seed: Option<String>,
    /// Keys that differ from the default profile, by section
    #[schema(value_type = Option<Object>)]
    profile: Option<Object<Profile>>,
    /// An address for a portal of its own, such as `127.0.0.1:0`
    #[schema(value_type = Option<String>)]
    listen: Option<SocketAddr>,
    /// An address for a relying party of its own, the sites that the certificate is for
    #[schema(value_type = Option<String>)]
    relying_party: Option<SocketAddr>,
    /// A saved world to go on from: its content, or the name of a file in the folder of `--files`
    #[schema(value_type = Option<Object>)]
    file: Option<Saved>,
    /// Name of a scene to begin with (`GET /scenes`), such as `clinic-3-terminals`
    #[schema(value_type = Option<String>)]
    scene: Option<Scene>,
}

/// A saved world.
enum Saved {
    /// The name of a file.
    Named(String),
    /// Its content.
    Here(Box<WorldFile>),
}

impl<'de> Deserialize<'de> for Saved {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Saved;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a saved world or the name of a file")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Saved, E> {
                Ok(Saved::Named(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Saved, A::Error> {
                WorldFile::deserialize(MapAccessDeserializer::new(members))
                    .map(|file| Saved::Here(Box::new(file)))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// A world and how to reach it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct WorldBody {
    /// Its name
    name: String,
    /// The portal's URL for browsers and programs of this machine
    portal: String,
    /// The URL of the sites that the certificate is for, where they are served
    #[serde(skip_serializing_if = "Option::is_none")]
    relying_party: Option<String>,
    /// Where its calls begin
    control: String,
}

impl WorldBody {
    fn new(control: &Control, name: &WorldName) -> Self {
        let path = if name.is_default() { "/api/v1".to_owned() } else { format!("/api/v1/worlds/{name}") };
        let (portal, relying_party) =
            (control.listeners.url(name), control.listeners.relying_party_url(name));
        Self { name: name.to_string(), portal, relying_party, control: path }
    }
}

/// All worlds.
#[utoipa::path(get, path = "/worlds", tag = "worlds", responses((status = 200, body = Vec<WorldBody>)))]
pub(super) async fn list(State(control): State<Control>) -> Result<Json<Vec<WorldBody>>, Problem> {
    control.worlds.agree_on_all().await?;
    let worlds = control.worlds.list();
    Ok(Json(worlds.iter().map(|host| WorldBody::new(&control, host.world.name())).collect()))
}

/// Makes a world.
#[utoipa::path(post, path = "/worlds", tag = "worlds", request_body = CreateBody,
    responses((status = 201, body = WorldBody), (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(control): State<Control>,
    Large(body): Large<CreateBody>,
) -> Result<impl IntoResponse, Problem> {
    let name: WorldName = body.name.parse().map_err(CreateError::from)?;
    if control.worlds.store().is_shared() && (body.listen.is_some() || body.relying_party.is_some()) {
        return Err(Problem::unprocessable(
            "listen, relying_party: replicas on one database share no port of a world's own: leave these out, and reach \
             it by its name in front of the host name",
        ));
    }
    if body.file.is_some() && (body.seed.is_some() || body.profile.is_some()) {
        return Err(Problem::unprocessable("a file brings its own seed and profile: leave those out"));
    }
    if body.file.is_some() && body.scene.is_some() {
        return Err(Problem::unprocessable("a file brings what is in the world: leave the scene out"));
    }
    let profile = body.profile.map(|Object(profile)| profile);
    if let Some(Err(error)) = profile.as_ref().map(Profile::check) {
        return Err(wrong(&error));
    }
    let file = match body.file {
        None => None,
        Some(Saved::Named(name)) => Some(open(&control, name).await?),
        Some(Saved::Here(file)) => Some(*file),
    };
    for profile in profile.iter().chain(file.as_ref().map(WorldFile::profile)) {
        check_profile(&control, profile)?;
    }
    let profile = match body.scene {
        Some(scene) => {
            let base = profile.as_ref().unwrap_or(control.worlds.usual_profile());
            Some(scenes::profile(&control, scene, base)?)
        }
        None => profile,
    };
    let host = control.worlds.create(name.clone(), NewWorld { seed: body.seed, profile, file }).await?;
    if let Some(scene) = body.scene
        && let Err(problem) = scenes::play(scene, &host.world).await
    {
        control.worlds.delete(&name).await?;
        return Err(problem);
    }
    let own =
        [(Site::Portal, "listen", body.listen), (Site::RelyingParty, "relying_party", body.relying_party)];
    for (site, key, address) in own {
        if let Some(address) = address
            && let Err(error) = control.listeners.open(site, &name, address)
        {
            control.worlds.delete(&name).await?;
            control.listeners.close(&name);
            return Err(Problem::unprocessable(&format!("{key}: {address}: {error}")));
        }
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
    control.worlds.agree_on(&[&name]).await?;
    control.worlds.delete(&name).await?;
    control.listeners.close(&name);
    Ok(StatusCode::NO_CONTENT)
}

/// Whether this process can do what a profile wants: there is a listener for `/p/ru`, if it shall be one of its own, and
/// the file that it names is one that worlds may have.
pub(super) fn check_profile(control: &Control, profile: &Profile) -> Result<(), Problem> {
    if profile.splits() && !control.listeners.serves_renewals() {
        let detail = "profile: client_auth.mode is split: start the simulator with --renewal-listen";
        return Err(Problem::unprocessable(detail));
    }
    let file = &profile.installer.file;
    if file.is_empty() {
        return Ok(());
    }
    let found = control.worlds.files().find(file);
    found.map(drop).map_err(|error| Problem::unprocessable(&format!("profile: installer.file: {error}")))
}

/// The saved world in a file of this name.
async fn open(control: &Control, name: String) -> Result<WorldFile, Problem> {
    let files = control.worlds.files().clone();
    let read = blocking(move || {
        let bytes = files.read(&name, MEBIBYTES)?;
        text_file::decoded(&bytes).map_err(FilesError::Unreadable)
    });
    let json = read.await.map_err(|error| Problem::unprocessable(&format!("file: {error}")))?;
    Ok(large::read::<Object<WorldFile>>(json.into()).await?.0)
}
