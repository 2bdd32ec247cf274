//! An HTTP answer, read to its end.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode, Url, Version};
use serde::de::DeserializeOwned;

use crate::{Page, Pfx};

/// An answer with what it answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked.
    pub method: Method,
    /// Where.
    pub url: String,
    /// The status.
    pub status: StatusCode,
    /// The version of HTTP.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn read(method: Method, response: reqwest::Response) -> Self {
        let url = response.url().clone();
        let read = Self::try_read(method.clone(), response).await;
        read.unwrap_or_else(|error| panic!("{method} {url}: {error}"))
    }

    /// Reads an answer to its end, if it comes.
    pub async fn try_read(method: Method, response: reqwest::Response) -> reqwest::Result<Self> {
        let (url, status) = (response.url().to_string(), response.status());
        let (version, headers) = (response.version(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        Ok(Self { method, url, status, version, headers, body })
    }

    /// The path at which it was found.
    pub fn path(&self) -> String {
        Url::parse(&self.url).expect("it came from there").path().to_owned()
    }

    /// Where it leads, if it is a redirect.
    pub fn redirect(&self) -> Option<String> {
        let leads = self.status.is_redirection() && self.headers.contains_key("location");
        let base = Url::parse(&self.url).expect("it came from there");
        leads.then(|| base.join(self.header("location")).expect("it leads somewhere").into())
    }

    /// A header's value; empty if it isn't there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers are ASCII"))
    }

    /// The encoding that the header names.
    pub(crate) fn encoding(&self) -> &'static encoding_rs::Encoding {
        let label = self.header("content-type").split("charset=").nth(1).unwrap_or("UTF-8");
        encoding_rs::Encoding::for_label(label.as_bytes()).expect("a known encoding")
    }

    /// The body as text, in that encoding.
    pub fn text(&self) -> String {
        let encoding = self.encoding();
        let text = encoding.decode_without_bom_handling_and_without_replacement(&self.body);
        text.unwrap_or_else(|| panic!("text is {}", encoding.name())).into_owned()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} is no such JSON: {error}: {}", self.url, self.text()))
    }

    /// The page in the body.
    pub fn page(&self) -> Page {
        let kind = self.header("content-type");
        assert!(kind.starts_with("text/html"), "a page was expected, not {}", self.summary());
        Page::parse(&self.text(), &self.url)
    }

    /// The file in the body, with its name.
    pub fn file(&self) -> (String, &[u8]) {
        let disposition = self.header("content-disposition");
        let name = disposition
            .strip_prefix("attachment; filename=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or_else(|| panic!("a file was expected, not {}", self.summary()));
        (name.to_owned(), &self.body)
    }

    /// The PFX file in the body, opened.
    pub fn pfx(&self, password: &str) -> Pfx {
        let (name, bytes) = self.file();
        Pfx::open(bytes, password).unwrap_or_else(|| panic!("{name} does not open with {password}"))
    }

    /// Whether it is a file to save.
    pub fn is_file(&self) -> bool {
        self.header("content-disposition").starts_with("attachment")
    }

    /// The answer as a person would tell it: status, kind and, for a page, what stands on it.
    pub fn summary(&self) -> String {
        let kind = self.header("content-type");
        let start = format!("{} {kind}", self.status.as_u16());
        match kind.split(';').next().unwrap_or_default() {
            _ if self.is_file() => format!("{start}, {}", self.header("content-disposition")),
            "text/html" => format!("{start}\n{}", self.page().outline()),
            _ if self.body.is_empty() => start,
            _ => {
                let text: String = String::from_utf8_lossy(&self.body).chars().take(2_000).collect();
                format!("{start}\n{text}")
            }
        }
    }
}
