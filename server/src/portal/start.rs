//! `/`: 電子証明書ダウンロードサイト, from which the pages can be reached (manual 1.1).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use super::answer::Answer;
use super::crl;
use crate::world::World;

pub(super) fn routes() -> MethodRouter<Arc<World>> {
    get(show)
}

#[derive(Template)]
#[template(path = "start.html")]
struct Page;

async fn show(State(world): State<Arc<World>>, request: Request) -> Response {
    if !world.profile.site.start_page {
        return crl::publish(State(world), request).await;
    }
    Answer::page(&world, "start.page", StatusCode::OK, &Page).into_response()
}
