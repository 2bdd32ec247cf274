//! The revocation list, at the path of the profile's `crl.url`. Whatever else has no page is not
//! found.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::answer::{self, Answer};
use crate::world::{PublishedCrl, World};

/// The bytes of a list that all its readers share.
struct List(Arc<PublishedCrl>);

impl AsRef<[u8]> for List {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

pub(super) async fn publish(State(world): State<Arc<World>>, request: Request) -> Response {
    if world.profile.crl.path() != Some(request.uri().path()) {
        return answer::plain(StatusCode::NOT_FOUND);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return answer::plain(StatusCode::METHOD_NOT_ALLOWED);
    }
    match world.crl().await {
        Ok(crl) => {
            let date = super::http_date(crl.contents.this_update);
            let bytes = Bytes::from_owner(List(crl));
            let mut answer = Answer::resource("crl.file", &world.profile.crl.mime, bytes).shared();
            if let Some(date) = date {
                answer.response.headers_mut().insert(header::LAST_MODIFIED, date);
            }
            answer.into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the revocation list could not be signed");
            answer::plain(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
