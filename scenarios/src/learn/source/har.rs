//! Recordings of browsers, of Playwright and of `obn --record`.

use encoding_rs::UTF_8;
use jiff::Timestamp;
use obn_client::recording::har::{self, Entry, Har};
use url::Url;

use super::Sources;
use crate::learn::exchange::{Body, Content, Exchange};
use crate::learn::page::Kind;

pub(super) fn add(sources: &mut Sources, name: &str, bytes: &[u8]) {
    let reading = match Har::read(bytes) {
        Ok(reading) => reading,
        Err(error) => {
            return sources.note(
                &format!("{name}: HAR として読み取れないため、使っていません ({error})。"),
                &format!("{name}: not readable as HAR, and left out ({error})."),
            );
        }
    };
    if let Some(why) = &reading.broken {
        let count = reading.har.log.entries.len();
        sources.note(
            &format!("{name}: 途中で切れています。読み取れた {count} 件だけを使いました ({why})。"),
            &format!("{name}: breaks off. The {count} exchanges before that were used ({why})."),
        );
    }
    sources.is_redacted |= reading.har.log.other.contains_key("_redacted")
        || reading.har.log.comment.as_deref().is_some_and(|comment| comment.contains("redacted"));
    let mut without = 0;
    for (index, entry) in reading.har.log.entries.iter().enumerate() {
        let Some(exchange) = exchange(format!("{name} #{}", index + 1), entry) else { continue };
        without += usize::from(entry.response.content.text.is_none() && entry.response.status == 200);
        sources.exchanges.push(exchange);
    }
    if without > 0 {
        sources.note(
            &format!("{name}: 本文のない応答が {without} 件あります。記録するときは「コンテンツを含む HAR」として保存してください。"),
            &format!("{name}: {without} answers have no body. Save the recording as HAR with content."),
        );
    }
}

fn exchange(place: String, entry: &Entry) -> Option<Exchange> {
    let url = Url::parse(&entry.request.url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let pairs = |headers: &[har::Header]| -> Vec<(String, String)> {
        headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect()
    };
    let mut asked = pairs(&entry.request.headers);
    if !asked.iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
        let cookies = entry.request.cookies.iter();
        asked.extend(cookies.map(|it| ("cookie".to_owned(), format!("{}={}", it.name, it.value))));
    }
    let mut headers = pairs(&entry.response.headers);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
        let cookies = entry.response.cookies.iter();
        headers.extend(cookies.map(|it| ("set-cookie".to_owned(), format!("{}={}", it.name, it.value))));
    }
    let body = match entry.response.body() {
        Ok(Some(har::Body::Text(text))) => Body::Text(text),
        Ok(Some(har::Body::Bytes(bytes))) => Body::Bytes(bytes),
        Ok(None) | Err(_) => Body::Missing,
    };
    let content = Content::of(&url, &headers, &entry.response.content.mime_type, body);
    let encoding = match &content {
        Content::Page(_, Some(encoding)) => encoding,
        _ => UTF_8,
    };
    let form = entry.request.post_data.as_ref().map(|data| data.fields(encoding)).unwrap_or_default();
    let text = |value: Option<&serde_json::Value>| value?.as_str().map(str::to_owned);
    let failure = text(entry.response.other.get("_error"))
        .or_else(|| text(entry.response.other.get("_failureText")))
        .or_else(|| text(entry.other.get("_error")));
    let started: Option<Timestamp> = entry.started_date_time.parse().ok();
    let exchange = Exchange {
        place,
        at: date(&headers).or(started),
        method: entry.request.method.to_ascii_uppercase(),
        url,
        asked,
        form,
        status: u16::try_from(entry.response.status).unwrap_or_default(),
        failure: failure.filter(|text| !text.is_empty()),
        headers,
        content,
        security: entry.security.clone(),
        kind: Kind::Unknown,
    };
    Some(exchange.recognised())
}

/// What the site's own clock says.
fn date(headers: &[(String, String)]) -> Option<Timestamp> {
    let date = crate::learn::exchange::value(headers, "date")?;
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
}
