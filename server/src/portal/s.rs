//! `/p/s`: MPKI クライアントの取得 (manual 1.5). The address answers with the installer itself.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use tokio::sync::Mutex;

use super::answer::{self, Answer};
use super::installer;
use crate::files::{FilesError, Version};
use crate::world::{World, blocking};

/// The largest installer.
const MEBIBYTES: usize = 256;

/// The installer of the profile as it was read last: one copy for all who fetch it.
type Cache = Arc<Mutex<Option<(Version, Bytes)>>>;

pub(super) fn routes() -> MethodRouter<Arc<World>> {
    let cache = Cache::default();
    get(move |State(world): State<Arc<World>>| file(world, cache))
}

async fn file(world: Arc<World>, cache: Cache) -> Response {
    let keys = &world.profile.installer;
    let bytes = match keys.file.is_empty() {
        true => Ok(installer::package()),
        false => read(&world, &cache).await,
    };
    match bytes {
        Ok(bytes) => Answer::file("s.file", &keys.name, &keys.mime, bytes).shared().into_response(),
        Err(error) => {
            tracing::error!(%error, file = keys.file, "the installer of the profile can't be handed out");
            let mut answer = answer::plain(StatusCode::NOT_FOUND);
            answer.extensions_mut().insert(answer::Trace { outcome: "s.missing", ..Default::default() });
            answer
        }
    }
}

async fn read(world: &World, cache: &Cache) -> Result<Bytes, FilesError> {
    let mut cache = cache.lock().await;
    let (files, name) = (world.files.clone(), world.profile.installer.file.clone());
    let known = cache.take();
    // Of two, only one is in memory.
    let (version, bytes) = blocking(move || {
        let version = files.version(&name)?;
        if let Some((read, bytes)) = known
            && read == version
        {
            return Ok((version, bytes));
        }
        files.read(&name, MEBIBYTES).map(|bytes| (version, Bytes::from(bytes)))
    })
    .await?;
    *cache = Some((version, bytes.clone()));
    Ok(bytes)
}
