//! `/p/s`: MPKI クライアントの取得 (manual 1.5). The address answers with the installer itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use super::answer::{self, Answer};
use super::installer;
use crate::world::{World, blocking};

/// The largest installer.
const MEBIBYTES: usize = 256;

pub(super) fn routes() -> MethodRouter<Arc<World>> {
    get(file)
}

async fn file(State(world): State<Arc<World>>) -> Response {
    let keys = &world.profile.installer;
    let bytes = if keys.file.is_empty() {
        Ok(installer::package().to_vec())
    } else {
        let (files, name) = (world.files.clone(), keys.file.clone());
        blocking(move || files.read(&name, MEBIBYTES)).await
    };
    match bytes {
        Ok(bytes) => Answer::file("s.file", &keys.name, &keys.mime, bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, file = keys.file, "the installer of the profile can't be handed out");
            let mut answer = answer::plain(StatusCode::NOT_FOUND);
            answer.extensions_mut().insert(answer::Trace { outcome: "s.missing", ..Default::default() });
            answer
        }
    }
}
