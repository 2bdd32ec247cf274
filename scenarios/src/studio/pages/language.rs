//! The language of a page: what its reader has chosen, otherwise what their browser prefers. What stands on top of it.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::bilingual::Language;

/// Cookies of this machine's ports are one jar, so it has a long name.
const COOKIE: &str = "obn-conformance-language";

/// What stands on top of a page.
#[derive(Clone, Debug)]
pub(super) struct Top {
    pub(super) l: Language,
    /// The part of the pages that it belongs to.
    pub(super) here: &'static str,
    /// The server as the reader calls it.
    pub(super) origin: String,
    uri: String,
}

impl Top {
    /// In the reader's language.
    pub(super) fn t<'a>(&self, ja: &'a str, en: &'a str) -> &'a str {
        self.l.pick(ja, en)
    }

    pub(super) fn pages(&self) -> [(&'static str, &'static str, &'static str); 3] {
        let l = self.l;
        [
            ("start", "/", l.pick("はじめる", "Start")),
            ("live", "/live", l.pick("実行", "Run")),
            ("runs", "/runs", l.pick("結果", "Results")),
        ]
    }

    /// The same page in the language of this code.
    pub(super) fn in_language(&self, code: &str) -> String {
        let sign = if self.uri.contains('?') { '&' } else { '?' };
        format!("{}{sign}lang={code}", self.uri)
    }
}

impl<S: Sync> FromRequestParts<S> for Top {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let path = parts.uri.path();
        let here = match path {
            "/" => "start",
            path if path.starts_with("/live") => "live",
            path if path.starts_with("/runs") || path == "/compare" => "runs",
            _ => "",
        };
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        // A page that came of a form has no address of its own to come back to.
        let uri =
            if parts.method.is_safe() { parts.uri.path_and_query().map(ToString::to_string) } else { None };
        let uri = uri.unwrap_or_else(|| "/".to_owned());
        Ok(Self { l: language(&parts.headers), here, origin: format!("http://{host}/"), uri })
    }
}

/// `?lang=en` on any page chooses, and leads to the page itself.
pub(super) async fn choose(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let (wanted, others): (Vec<_>, Vec<_>) =
        query.split('&').filter(|part| !part.is_empty()).partition(|part| part.starts_with("lang="));
    let wanted = wanted.last().and_then(|wanted| wanted.strip_prefix("lang=")?.parse::<Language>().ok());
    let Some(language) = wanted.filter(|_| request.method().is_safe()) else {
        return next.run(request).await;
    };
    // No further slash: that would be another host.
    let path = request.uri().path().trim_start_matches('/');
    let sign = if others.is_empty() { "" } else { "?" };
    let cookie = format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Strict; HttpOnly", language.code());
    let values =
        [(header::LOCATION, format!("/{path}{sign}{}", others.join("&"))), (header::SET_COOKIE, cookie)];
    let mut response = StatusCode::SEE_OTHER.into_response();
    for (name, value) in values {
        // A request's target has no letters that a header may not have.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn language(headers: &HeaderMap) -> Language {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let mut cookies = text(header::COOKIE)
        .unwrap_or_default()
        .split(';')
        .filter_map(|cookie| cookie.trim().split_once('='));
    let chosen = cookies.find(|(name, _)| *name == COOKIE).and_then(|(_, code)| code.parse().ok());
    chosen.unwrap_or_else(|| preferred(text(header::ACCEPT_LANGUAGE).unwrap_or_default()))
}

/// Whichever weighs more (RFC 9110, 12.5.4); Japanese if neither is named.
fn preferred(accepted: &str) -> Language {
    let weight = |language: Language| {
        let ranges = accepted.split(',').filter_map(|range| {
            let (tag, weight) = range.trim().split_once(";q=").unwrap_or((range.trim(), "1"));
            let is_it = tag.split('-').next()?.eq_ignore_ascii_case(language.code());
            is_it.then(|| weight.parse::<f32>().unwrap_or(0.0))
        });
        ranges.fold(0.0, f32::max)
    };
    if weight(Language::English) > weight(Language::Japanese) {
        Language::English
    } else {
        Language::Japanese
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_speaks_the_language_that_the_browser_prefers() {
        for (accepted, expected) in [
            ("", Language::Japanese),
            ("fr", Language::Japanese),
            ("en-US,en;q=0.9", Language::English),
            ("ja,en-US;q=0.9,en;q=0.8", Language::Japanese),
            ("en-GB;q=0.8, ja-JP;q=0.7", Language::English),
        ] {
            assert_eq!(preferred(accepted), expected, "{accepted}");
        }
    }
}
