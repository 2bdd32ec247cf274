//! Which language somebody wants who calls control.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use obn_speech::Language;

/// The one that is preferred (RFC 9110, 12.5.4); the usual one if neither is.
pub(super) fn preferred(headers: &HeaderMap, usual: Language) -> Language {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|accepted| accepted.to_str().ok());
    let weight = |wanted: &str| {
        let ranges = accepted.unwrap_or_default().split(',').filter_map(|range| {
            let (tag, parameters) = range.trim().split_once(';').unwrap_or((range.trim(), ""));
            let primary = tag.split('-').next().unwrap_or(tag);
            let weight = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
            primary.eq_ignore_ascii_case(wanted).then(|| weight.unwrap_or(0.0))
        });
        ranges.fold(0.0, f32::max)
    };
    match (weight("ja"), weight("en")) {
        (japanese, english) if japanese > english => Language::Japanese,
        (japanese, english) if english > japanese => Language::English,
        _ => usual,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_language_is_the_one_that_is_preferred() {
        for (accepted, expected) in [
            ("", None),
            ("fr", None),
            ("*", None),
            ("en-US,en;q=0.9", Some("en")),
            ("ja,en-US;q=0.9,en;q=0.8", Some("ja")),
            ("en-GB;q=0.8, ja-JP;q=0.7", Some("en")),
            ("ja;q=0.1, EN;q=0.2", Some("en")),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted))]);
            for usual in [Language::Japanese, Language::English] {
                let told = preferred(&headers, usual).code();
                assert_eq!(told, expected.unwrap_or(usual.code()), "{accepted}");
            }
        }
        assert_eq!(preferred(&HeaderMap::new(), Language::English), Language::English);
    }
}
