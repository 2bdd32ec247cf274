//! A proxy between a portal and the harness's browser that changes answers. With it a portal can be
//! broken where no profile breaks it: how the harness shows that it bites.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::eyes::page::Method;

/// Changes answers on their way.
#[derive(Clone)]
pub struct Distortion(Arc<dyn Fn(&mut Passing<'_>) + Send + Sync>);

/// An answer on its way.
#[derive(Debug)]
pub struct Passing<'a> {
    /// Where the request went.
    pub url: &'a Url,
    /// Whether it sent a form.
    pub is_post: bool,
    /// The answer's HTTP status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
    headers: &'a mut HeaderMap,
}

impl Distortion {
    /// Does this to every answer.
    pub fn new(change: impl Fn(&mut Passing<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(change))
    }

    /// Replaces a text wherever it stands in a page.
    pub fn replacing(from: &'static str, to: &'static str) -> Self {
        Self::new(move |answer| answer.replace(from, to))
    }

    pub(crate) fn apply(
        &self,
        method: Method,
        url: &Url,
        status: &mut u16,
        headers: &mut HeaderMap,
        body: &mut Vec<u8>,
    ) {
        let is_post = method == Method::Post;
        let mut answer = Passing { url, is_post, status: *status, body: std::mem::take(body), headers };
        (self.0)(&mut answer);
        (*status, *body) = (answer.status, answer.body);
    }
}

impl fmt::Debug for Distortion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Distortion")
    }
}

impl Passing<'_> {
    /// The body as text; empty if it is none.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// Replaces a text wherever it stands in the body. Files stay as they are.
    pub fn replace(&mut self, from: &str, to: &str) {
        if self.text().contains(from) {
            self.body = self.text().replace(from, to).into_bytes();
        }
    }

    /// Sets a header of the answer.
    pub fn set_header(&mut self, name: &'static str, value: &'static str) {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }

    /// Takes a header of the answer away.
    pub fn remove_header(&mut self, name: &'static str) {
        self.headers.remove(HeaderName::from_static(name));
    }
}
