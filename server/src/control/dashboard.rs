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
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|accepted| accepted.to_str().ok());
    let page = match language(accepted.unwrap_or_default()) {
        "en" => &PAGES.1,
        _ => &PAGES.0,
    };
    let mut response = Html(page.clone()).into_response();
    response.extensions_mut().insert(Shared);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}

/// `ja` or `en`, whichever is preferred (RFC 9110, 12.5.4); `ja` if neither is named.
fn language(accepted: &str) -> &'static str {
    let weight = |wanted: &str| {
        let ranges = accepted.split(',').filter_map(|range| {
            let (tag, parameters) = range.trim().split_once(';').unwrap_or((range.trim(), ""));
            let primary = tag.split('-').next().unwrap_or(tag);
            let weight = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
            primary.eq_ignore_ascii_case(wanted).then(|| weight.unwrap_or(0.0))
        });
        ranges.fold(0.0, f32::max)
    };
    if weight("en") > weight("ja") { "en" } else { "ja" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_the_language_that_the_browser_prefers() {
        for (accepted, expected) in [
            ("", "ja"),
            ("fr", "ja"),
            ("en-US,en;q=0.9", "en"),
            ("ja,en-US;q=0.9,en;q=0.8", "ja"),
            ("en-GB;q=0.8, ja-JP;q=0.7", "en"),
            ("ja;q=0.1, EN;q=0.2", "en"),
        ] {
            assert_eq!(language(accepted), expected, "{accepted}");
        }
    }

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
