//! The dashboard at `/`: one page that a developer keeps open beside their program.
//!
//! It holds no data of its own: its script calls the API as any program does, with the bearer
//! token that the user types if one is wanted. Nothing comes from another host.

use std::sync::LazyLock;

use askama::Template;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::{self, HeaderValue};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_speech::Language;

use super::language::preferred;
use crate::portal::answer::Shared;

const SCRIPT: &str =
    concat!(include_str!("../../templates/dashboard_words.js"), include_str!("../../templates/dashboard.js"));

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page {
    lang: &'static str,
    style: &'static str,
    script: &'static str,
}

/// Only this script runs, and it may talk to control alone.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, SCRIPT.as_bytes());
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'unsafe-inline'; connect-src 'self'; \
         img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
        BASE64.encode(digest)
    );
    HeaderValue::from_str(&policy).expect("base64 fits a header")
});

/// The page in Japanese and in English: one copy for all who look at it.
static PAGES: LazyLock<(Bytes, Bytes)> = LazyLock::new(|| (page("ja"), page("en")));

fn page(lang: &'static str) -> Bytes {
    let page = Page { lang, style: include_str!("../../templates/dashboard.css"), script: SCRIPT };
    page.render().expect("templates write into memory and call nothing that fails").into()
}

/// The page, in the language that the browser prefers.
pub(super) async fn show(headers: HeaderMap) -> Response {
    let page = preferred(&headers, Language::Japanese).pick(&PAGES.0, &PAGES.1);
    let mut response = Html(page.clone()).into_response();
    response.extensions_mut().insert(Shared);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_label_in_japanese() {
        for refusal in crate::authority::Refusal::ALL {
            assert!(SCRIPT.contains(&format!("\"{}\": ", refusal.outcome())), "{}", refusal.outcome());
        }
    }

    #[test]
    fn the_script_writes_text_and_never_markup() {
        for dangerous in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "</script"]
        {
            assert!(!SCRIPT.contains(dangerous), "{dangerous}");
        }
    }
}
