//! `/p/s`: MPKI クライアントの取得 (manual 1.5). The address answers with the installer itself.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use tokio::sync::Mutex;

use super::answer::{self, Answer};
use super::installer;
use crate::world::World;

/// The installer of the profile as it was read last: one copy for all who fetch it.
type Cache = Arc<Mutex<Option<(Version, Bytes)>>>;

/// What tells whether a file is still the same.
type Version = (u64, Option<SystemTime>);

pub(super) fn routes() -> MethodRouter<Arc<World>> {
    let cache = Cache::default();
    get(move |State(world): State<Arc<World>>| file(world, cache))
}

async fn file(world: Arc<World>, cache: Cache) -> Response {
    let keys = &world.profile.installer;
    let bytes = if keys.file.is_empty() { Ok(installer::package()) } else { read(&keys.file, &cache).await };
    match bytes {
        Ok(bytes) => Answer::file("s.file", &keys.name, &keys.mime, bytes).shared().into_response(),
        Err(error) => {
            tracing::error!(%error, file = keys.file, "the installer of the profile can't be read");
            let mut answer = answer::plain(StatusCode::NOT_FOUND);
            answer.extensions_mut().insert(answer::Trace { outcome: "s.missing", ..Default::default() });
            answer
        }
    }
}

async fn read(path: &str, cache: &Cache) -> io::Result<Bytes> {
    let mut cache = cache.lock().await;
    let about = tokio::fs::metadata(path).await?;
    let version = (about.len(), about.modified().ok());
    if let Some((read, bytes)) = &*cache
        && *read == version
    {
        return Ok(bytes.clone());
    }
    // Not both in memory at once.
    *cache = None;
    let bytes = Bytes::from(tokio::fs::read(path).await?);
    *cache = Some((version, bytes.clone()));
    Ok(bytes)
}
