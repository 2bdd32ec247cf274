//! Lists page by page: which page is wanted, and where the next one is (RFC 8288).

use std::fmt::Display;
use std::str::FromStr;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderValue};
use axum::http::{StatusCode, request};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::problem::{Problem, Query};
use crate::store::{Order, Page};
use crate::world::WorldError;

/// Entries of a page: the most, and as many as there are unless somebody wants fewer.
const MOST: u32 = 1_000;

/// Which page of a list is wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// Go on after this one, which is named as it names itself; the header `Link` of the page before knows
    after: Option<String>,
    /// Entries of a page, 1 to 1000; 1000 unless told. Is there more, the header `Link` says where (`rel="next"`)
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `oldest` or `newest` first
    #[serde(default)]
    #[param(inline)]
    order: Order,
}

/// The same of a list in which one can search.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// Go on after this one, which is named as it names itself; the header `Link` of the page before knows
    after: Option<String>,
    /// Entries of a page, 1 to 1000; 1000 unless told. Is there more, the header `Link` says where (`rel="next"`)
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `oldest` or `newest` first
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// Only those whose request ID, serial number or institution code begins so: one page of them, without `after`
    q: Option<String>,
}

/// The page of a list that a call wants.
pub(super) struct Wanted {
    after: Option<String>,
    limit: u32,
    pub(super) order: Order,
    /// What is searched for.
    pub(super) beginning: Option<String>,
}

impl Wanted {
    fn of(query: SearchQuery) -> Result<Self, Problem> {
        let SearchQuery { after, limit, order, q } = query;
        let wrong = |detail: &str| Problem::new(StatusCode::BAD_REQUEST, detail);
        let limit = limit.unwrap_or(MOST);
        if !(1..=MOST).contains(&limit) {
            return Err(wrong("limit: 1 to 1000"));
        }
        if q.is_some() && after.is_some() {
            return Err(wrong("after: what q finds is one page; ask for more exactly what you look for"));
        }
        Ok(Self { after, limit, order, beginning: q.map(|q| q.trim().to_ascii_uppercase()) })
    }

    /// As many as there may be, and one more that tells whether there is another page.
    pub(super) fn most(&self) -> u32 {
        self.limit + 1
    }

    /// The page, by what names an entry of the list.
    pub(super) fn page<K: FromStr>(&self) -> Result<Page<K>, Problem> {
        let after = self.after.as_deref().map(|after| {
            let wrong = || Problem::new(StatusCode::BAD_REQUEST, "after: names nothing in this list");
            after.parse().map_err(|_| wrong())
        });
        Ok(Page { after: after.transpose()?, limit: self.most(), order: self.order })
    }

    /// The answer: the entries, each as it is shown, and where more are. `name` is what names one.
    pub(super) fn answer<T, B: Serialize, K: Display>(
        self,
        mut entries: Vec<T>,
        name: impl Fn(&T) -> K,
        body: impl Fn(&T) -> B,
    ) -> Response {
        let limit = self.limit as usize;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| more && self.beginning.is_none()).map(|last| {
            let order = match self.order {
                Order::Oldest => "",
                Order::Newest => "&order=newest",
            };
            format!("<?after={}&limit={limit}{order}>; rel=\"next\"", name(last))
        });
        let mut response = Json(entries.iter().map(body).collect::<Vec<_>>()).into_response();
        if let Some(link) = next.and_then(|link| HeaderValue::from_str(&link).ok()) {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        let Query(PageQuery { after, limit, order }) = Query::from_request_parts(parts, state).await?;
        Self::of(SearchQuery { after, limit, order, q: None })
    }
}

/// The same of a list in which one can search.
pub(super) struct Searched(pub(super) Wanted);

impl<S: Send + Sync> FromRequestParts<S> for Searched {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        let Query(query) = Query::from_request_parts(parts, state).await?;
        Wanted::of(query).map(Self)
    }
}

/// A page that goes on after something that isn't there.
pub(super) fn gone_on(error: WorldError) -> Problem {
    match error {
        WorldError::NotFound => Problem::new(StatusCode::BAD_REQUEST, "after: names nothing in this list"),
        error => error.into(),
    }
}
