//! The journal, live.

use reqwest::Method;
use serde_json::Value;

use crate::Control;

/// A live stream of the journal, read event by event.
#[derive(Debug)]
pub struct EventStream {
    response: reqwest::Response,
    buffer: String,
}

impl EventStream {
    /// Opens it; `last` is where another one ended.
    pub async fn open(control: &Control, query: &str, last: Option<&str>) -> Self {
        let mut request = control.request(Method::GET, &format!("/journal/stream{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("control answers");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, buffer: String::new() }
    }

    /// The next record, with its event ID.
    pub async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.buffer = rest;
                let field = |name| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(|v| v.trim().to_owned())
                };
                if let Some(data) = field("data:") {
                    return (field("id:").expect("its number"), serde_json::from_str(&data).expect("JSON"));
                }
                continue;
            }
            let chunk =
                self.response.chunk().await.expect("it is not broken off").expect("the stream goes on");
            self.buffer += std::str::from_utf8(&chunk).expect("text");
        }
    }

    /// Reads to its end.
    pub async fn end(mut self) {
        while self.response.chunk().await.expect("it is not broken off").is_some() {}
    }
}
