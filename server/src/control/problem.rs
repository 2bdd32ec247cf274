//! Errors of control as problem documents (RFC 9457).

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{self, HeaderValue};
use axum::http::{StatusCode, request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use obn_speech::{Language, Words};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::japanese::in_japanese;
use super::language::preferred;
use crate::store::StoreError;
use crate::world::WorldError;
use crate::worlds::CreateError;

/// What went wrong, for a program and for a person.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Problem {
    /// `about:blank`: the status says it all.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What exactly, and what to do about it; in Japanese for `Accept-Language: ja`.
    detail: String,
    /// The same in Japanese, where that doesn't follow from the English.
    #[serde(skip)]
    japanese: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: &str) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.to_owned(),
            japanese: None,
        }
    }

    /// What is said in both languages.
    pub(super) fn said(status: StatusCode, Words { japanese, english }: Words) -> Self {
        Self { japanese: Some(japanese), ..Self::new(status, &english) }
    }

    /// The same with what it is about in front.
    pub(super) fn about(self, what: &str) -> Self {
        let before = |detail| format!("{what}: {detail}");
        Self { detail: before(self.detail), japanese: self.japanese.map(before), ..self }
    }

    pub(super) fn unprocessable(detail: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts what went wrong into the language that the caller prefers. Programs may look at it, so it is English unless
/// somebody asks for Japanese.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let language = preferred(request.headers(), Language::English);
    let mut response = next.run(request).await;
    let Some(mut problem) = response.extensions_mut().remove::<Problem>() else { return response };
    if language == Language::Japanese {
        let japanese = problem.japanese.take();
        problem.detail = japanese.unwrap_or_else(|| in_japanese(&problem.detail));
        *response.body_mut() = Json(&problem).into_response().into_body();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}

impl From<WorldError> for Problem {
    fn from(error: WorldError) -> Self {
        match error {
            WorldError::NotFound => Self::new(StatusCode::NOT_FOUND, &error.to_string()),
            WorldError::Refused(_) | WorldError::Gone => Self::new(StatusCode::CONFLICT, &error.to_string()),
            WorldError::Issue(_) | WorldError::Identifier(_) | WorldError::Clock(_) => {
                Self::unprocessable(&error.to_string())
            }
            WorldError::Store(error) => error.into(),
            WorldError::Pki(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if !error.is_told() {
            tracing::error!(%error, "the store failed");
        }
        let status = match error {
            StoreError::Full => StatusCode::INSUFFICIENT_STORAGE,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        match error {
            StoreError::Unsure(_) => Self::new(status, &format!("store: {error}")),
            _ => Self::new(status, &format!("store: {error}; nothing was changed")),
        }
    }
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::World(error) => error.into(),
            CreateError::Missing => Self::new(StatusCode::NOT_FOUND, &error.to_string()),
            CreateError::Exists | CreateError::Default => Self::new(StatusCode::CONFLICT, &error.to_string()),
            CreateError::Name(_) | CreateError::File(_) | CreateError::Hostname(_) => {
                Self::unprocessable(&error.to_string())
            }
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), &rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), &rejection.body_text())
    }
}

/// JSON from a body, with a problem document for what isn't.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Self(Json::<T>::from_request(request, state).await?.0))
    }
}

/// A body that may be left out: then it says nothing.
pub(super) fn or_nothing<T: DeserializeOwned + Default>(bytes: &[u8]) -> Result<T, Problem> {
    match bytes.is_empty() {
        true => Ok(T::default()),
        false => serde_json::from_slice(bytes).map_err(|error| Problem::unprocessable(&error.to_string())),
    }
}

/// The query, with a problem document for what doesn't fit.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(axum::extract::Query::<T>::from_request_parts(parts, state).await?.0))
    }
}

/// One part of the path by its name, with 404 for what can't be the name of anything.
pub(super) fn part<T: std::str::FromStr>(
    parameters: &axum::extract::RawPathParams,
    name: &str,
) -> Result<T, Problem> {
    let text = parameters.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    text.parse().map_err(|_| WorldError::NotFound.into())
}
