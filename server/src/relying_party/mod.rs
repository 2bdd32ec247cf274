//! The sites that the certificate is for (manual 1.6), the eligibility and the claim system: they ask for it and say whose
//! it is, or why it won't do.
//!
//! They know the common CA's certificate and its revocation lists, and nothing else: not what the authority knows.

mod login;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::portal::answer;
use crate::world::World;

/// The pages of a world's relying party.
pub(crate) fn pages(world: &Arc<World>) -> Router {
    Router::new()
        .route("/", get(page::show))
        .fallback(|| async { answer::plain(StatusCode::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { answer::plain(StatusCode::METHOD_NOT_ALLOWED) })
        .with_state(Arc::clone(world))
}
