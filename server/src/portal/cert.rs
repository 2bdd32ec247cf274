//! `/p/cert`: ルート証明書の取得 (manual 5.3.1). The address answers with the TLS root itself, or,
//! by the profile, with a page that links to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use super::answer::{self, Answer};
use crate::world::World;

pub(super) fn routes() -> MethodRouter<Arc<World>> {
    get(show)
}

pub(super) fn file_routes() -> MethodRouter<Arc<World>> {
    get(file)
}

#[derive(Template)]
#[template(path = "cert.html")]
struct Page<'a> {
    file: &'a str,
}

async fn show(State(world): State<Arc<World>>) -> Answer {
    if world.profile.root_file.as_page {
        let page = Page { file: &world.profile.root_file.name };
        return Answer::page(&world, "cert.page", StatusCode::OK, &page);
    }
    root(&world)
}

async fn file(State(world): State<Arc<World>>, name: Result<Path<String>, PathRejection>) -> Response {
    let keys = &world.profile.root_file;
    if keys.as_page && name.is_ok_and(|Path(name)| name == keys.name) {
        root(&world).into_response()
    } else {
        answer::plain(StatusCode::NOT_FOUND)
    }
}

fn root(world: &World) -> Answer {
    let keys = &world.profile.root_file;
    Answer::file("cert.file", &keys.name, &keys.mime, world.tls().root().to_vec())
}
