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
    let comment = reading.har.log.comment.as_deref().unwrap_or_default();
    let is_redacted = reading.har.log.other.contains_key("_redacted") || comment.contains("redacted");
    sources.is_redacted |= is_redacted;
    sources.hides_days |= is_redacted && comment != "redacted by obn";
    let entries = reading.har.log.entries.iter().enumerate();
    let mut exchanges: Vec<(Exchange, &Entry)> = entries
        .filter_map(|(index, entry)| Some((exchange(format!("{name} #{}", index + 1), entry)?, entry)))
        .collect();
    // A form is in the encoding of its page, which the answer shows only if it is a page as well.
    let encodings: Vec<_> = exchanges.iter().filter_map(|(exchange, _)| exchange.encoding()).collect();
    let usual = encodings.first().filter(|first| encodings.iter().all(|other| other == *first));
    let usual = usual.copied().unwrap_or(UTF_8);
    for (exchange, entry) in &mut exchanges {
        let encoding = exchange.encoding().unwrap_or(usual);
        exchange.form =
            entry.request.post_data.as_ref().map(|data| data.fields(encoding)).unwrap_or_default();
    }
    // What was saved as a file is told elsewhere.
    let is_bare = |(exchange, entry): &&(Exchange, &Entry)| {
        entry.response.content.text.is_none() && exchange.status == 200 && !exchange.is_download()
    };
    let without = exchanges.iter().filter(is_bare).count();
    sources.exchanges.extend(exchanges.into_iter().map(|(exchange, _)| exchange));
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
    let broken_off = relayed(&body);
    let content = Content::of(&url, &headers, &entry.response.content.mime_type, body);
    let text = |value: Option<&serde_json::Value>| value?.as_str().map(str::to_owned);
    let failure = text(entry.response.other.get("_error"))
        .or_else(|| text(entry.response.other.get("_failureText")))
        .or_else(|| text(entry.other.get("_error")));
    let (status, failure) = match broken_off {
        Some(why) => (0, Some(why)),
        None => (u16::try_from(entry.response.status).unwrap_or_default(), failure),
    };
    let started: Option<Timestamp> = entry.started_date_time.parse().ok();
    let exchange = Exchange {
        place,
        at: date(&headers).or(started),
        method: entry.request.method.to_ascii_uppercase(),
        url,
        asked,
        form: Vec::new(),
        status,
        failure: failure.filter(|text| !text.is_empty()),
        headers,
        content,
        security: entry.security.clone(),
        kind: Kind::Unknown,
    };
    Some(exchange.recognised())
}

/// Playwright's relay, which shows client certificates in the place of the browser, answers with a page of its own where
/// the site breaks the handshake off. What a browser would have said.
fn relayed(body: &Body) -> Option<String> {
    let text = match body {
        Body::Text(text) => text.as_str(),
        Body::Bytes(bytes) => std::str::from_utf8(bytes).ok()?,
        Body::Missing => return None,
    };
    let why = text.strip_prefix("Playwright client-certificate error: ")?;
    Some(if why.contains("alert") { "net::ERR_BAD_SSL_CLIENT_AUTH_CERT".to_owned() } else { why.to_owned() })
}

/// What the site's own clock says.
fn date(headers: &[(String, String)]) -> Option<Timestamp> {
    let date = crate::learn::exchange::value(headers, "date")?;
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
}
