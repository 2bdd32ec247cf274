//! Writes down what browsers send and get, as a browser's own tools would.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use obn_client::recording::har::{
    Content, Entry, Har, Header, Log, PostData, Request, Response, Security, Tool,
};
use reqwest::header::HeaderMap;
use reqwest::{Method, Version};
use serde_json::json;

use crate::Answer;

/// A recording that several browsers write into.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    entries: Vec<Entry>,
    /// By the site's clock.
    last: Option<Timestamp>,
}

impl Recorder {
    /// The recording so far.
    pub fn har(&self) -> Har {
        let creator = Tool { name: "obn-tests".to_owned(), version: "1".to_owned(), ..Tool::default() };
        let entries = self.lock().entries.clone();
        Har { log: Log { version: "1.2".to_owned(), creator, entries, ..Log::default() } }
    }

    /// An exchange.
    pub(crate) fn exchange(&self, sent: &HeaderMap, body: &str, answer: &Answer) {
        let mut recorded = self.lock();
        let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(answer.header("date")).ok();
        recorded.last = date.or(recorded.last);
        let kind = answer.header("content-type").to_owned();
        let content = match kind.starts_with("text/html") {
            _ if answer.body.is_empty() => Content { mime_type: kind, ..Content::default() },
            true => Content::of_text(kind, answer.text()),
            false => Content::of_bytes(kind, &answer.body),
        };
        let version = if answer.version == Version::HTTP_2 { "h2" } else { "HTTP/1.1" };
        let response = Response {
            status: i64::from(answer.status.as_u16()),
            http_version: version.to_owned(),
            headers: headers(&answer.headers),
            content,
            redirect_url: answer.header("location").to_owned(),
            ..Response::default()
        };
        let entry = Entry {
            started_date_time: recorded.last.map(|at| at.to_string()).unwrap_or_default(),
            request: request(&answer.method, &answer.url, sent, body),
            response,
            ..Entry::default()
        };
        recorded.entries.push(entry);
    }

    /// A request that got no answer, for this reason in a browser's words.
    pub fn failed(&self, method: &Method, url: &str, why: &str, security: Option<Security>) {
        let mut recorded = self.lock();
        let mut response = Response::default();
        response.other.insert("_error".to_owned(), json!(why));
        let entry = Entry {
            started_date_time: recorded.last.map(|at| at.to_string()).unwrap_or_default(),
            request: request(method, url, &HeaderMap::new(), ""),
            response,
            security,
            ..Entry::default()
        };
        recorded.entries.push(entry);
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn headers(map: &HeaderMap) -> Vec<Header> {
    map.iter()
        .map(|(name, value)| Header::new(name.as_str(), String::from_utf8_lossy(value.as_bytes())))
        .collect()
}

fn request(method: &Method, url: &str, sent: &HeaderMap, body: &str) -> Request {
    let post_data = (!body.is_empty()).then(|| PostData {
        mime_type: "application/x-www-form-urlencoded".to_owned(),
        text: Some(body.to_owned()),
        ..PostData::default()
    });
    Request {
        method: method.to_string(),
        url: url.to_owned(),
        headers: headers(sent),
        post_data,
        ..Request::default()
    }
}
