//! One visit to the site: follows redirections, carries cookies, tells pages from files.

use reqwest::Method;
use reqwest::header::{
    ACCEPT_LANGUAGE, CONTENT_DISPOSITION, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, REFERER, SET_COOKIE,
};
use url::Url;

use crate::error::Error;
use crate::network::Network;
use crate::network::transport::TransportError;
use crate::site::cookies::Cookies;
use crate::site::form::Request;
use crate::site::html;
use crate::site::origins::Origins;
use crate::site::page::Page;
use crate::terms::breach::{Breach, Excess};
use crate::terms::clock::Clock;
use crate::terms::usage::UsageError;

/// No page of this service comes near this size.
const LONGEST_PAGE: usize = 4 << 20;
/// Nor any file.
const LONGEST_FILE: usize = 16 << 20;
const MOST_REDIRECTIONS: u32 = 10;
/// Reading a page once more is harmless, so a broken connection is tried again this often.
const MOST_READINGS: u32 = 3;

/// A browser window: closing it (dropping it) ends the session, as the manual does.
#[derive(Debug)]
pub(crate) struct Browser {
    network: Network,
    origins: Origins,
    clock: Clock,
    cookies: Cookies,
    /// The page that is open, whose address goes with the next request as a browser's would.
    open: Option<Url>,
}

/// What the site answered.
#[derive(Debug)]
pub(crate) enum Answer {
    Page(Box<Page>),
    File(Vec<u8>),
}

struct Response {
    url: Url,
    status: u16,
    content_type: String,
    is_attachment: bool,
    body: Vec<u8>,
}

impl Browser {
    pub(crate) fn new(network: Network, origins: Origins, clock: Clock) -> Self {
        Self { network, origins, clock, cookies: Cookies::default(), open: None }
    }

    /// Opens an address of the site, such as `/p/rcd`.
    pub(crate) async fn open(&mut self, path: &str) -> Result<Answer, Error> {
        let url = self.origins.base.join(path).map_err(|_| UsageError::Url)?;
        self.open = None;
        self.go(Request::Get(url)).await
    }

    /// Opens an address where the manual shows a page.
    pub(crate) async fn open_page(&mut self, path: &str, wanted: &'static str) -> Result<Page, Error> {
        self.open(path).await?.page(wanted)
    }

    /// Does what a button or link asks for.
    pub(crate) async fn go(&mut self, request: Request) -> Result<Answer, Error> {
        let mut readings = 1;
        let response = loop {
            match self.send(&request).await {
                Err(Error::Transport(error))
                    if matches!(request, Request::Get(_))
                        && error.is_interruption()
                        && readings < MOST_READINGS =>
                {
                    readings += 1;
                }
                other => break other?,
            }
        };
        let answer = response.into_answer()?;
        if let Answer::Page(page) = &answer {
            self.open = Some(page.url.clone());
            if page.is_session_lost() {
                return Err(Breach::SessionLost(1).into());
            }
        }
        Ok(answer)
    }

    async fn send(&mut self, request: &Request) -> Result<Response, Error> {
        let (mut method, mut url, mut body) = match request {
            Request::Get(url) => (Method::GET, url.clone(), None),
            Request::Post { url, body } => (Method::POST, url.clone(), Some(body.clone())),
        };
        for _ in 0..=MOST_REDIRECTIONS {
            self.origins.check(&url)?;
            let response = self.exchange(&method, &url, body.as_deref()).await?;
            let status = response.status().as_u16();
            let Some(target) =
                response.headers().get(LOCATION).filter(|_| matches!(status, 301 | 302 | 303 | 307 | 308))
            else {
                return self.read(response, url).await;
            };
            let target = String::from_utf8_lossy(target.as_bytes()).into_owned();
            url = url.join(&target).map_err(|_| Breach::Redirection(target))?;
            if status < 307 {
                method = Method::GET;
                body = None;
            }
        }
        Err(Breach::Redirection(url.to_string()).into())
    }

    async fn exchange(
        &mut self,
        method: &Method,
        url: &Url,
        body: Option<&str>,
    ) -> Result<reqwest::Response, Error> {
        let mut request = self.network.request(method.clone(), url.clone()).header(ACCEPT_LANGUAGE, "ja");
        if let Some(cookies) = self.cookies.header(url, self.clock.now()) {
            request = request.header(COOKIE, cookies);
        }
        if let Some(open) = &self.open {
            request = request.header(REFERER, open.as_str());
        }
        if let Some(body) = body {
            let origin = self.open.as_ref().unwrap_or(url).origin().ascii_serialization();
            request = request
                .header(ORIGIN, origin)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.to_owned());
        }
        let response = request.send().await.map_err(|error| self.network.failure(&error, &authority(url)))?;
        let now = self.clock.now();
        for header in response.headers().get_all(SET_COOKIE) {
            self.cookies.set(&String::from_utf8_lossy(header.as_bytes()), url, now);
        }
        Ok(response)
    }

    async fn read(&self, mut response: reqwest::Response, url: Url) -> Result<Response, Error> {
        let header = |name| match response.headers().get(name) {
            Some(value) => String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase(),
            None => String::new(),
        };
        let content_type = header(CONTENT_TYPE);
        let is_attachment = header(CONTENT_DISPOSITION).starts_with("attachment");
        let status = response.status().as_u16();
        let host = authority(&url);
        let mut answer = Response { url, status, content_type, is_attachment, body: Vec::new() };
        let mut longest = LONGEST_PAGE;
        while let Some(chunk) = response.chunk().await.map_err(|error| TransportError::of(&error, &host))? {
            answer.body.extend_from_slice(&chunk);
            if answer.body.len() <= longest {
                continue;
            }
            if longest == LONGEST_FILE {
                return Err(Breach::TooMuch(Excess::File).into());
            }
            if answer.looks_like_html() {
                return Err(Breach::TooMuch(Excess::Page).into());
            }
            longest = LONGEST_FILE;
        }
        Ok(answer)
    }
}

impl Answer {
    /// The page, where the manual shows one.
    pub(crate) fn page(self, wanted: &'static str) -> Result<Page, Error> {
        match self {
            Self::Page(page) => Ok(*page),
            Self::File(_) => Err(Breach::WrongPage { wanted, heading: "(a file)".into() }.into()),
        }
    }

    /// The file that a form brings once it has been sent from the page `before`. A page in its place is a refusal, in
    /// the words that it adds to `before`.
    pub(crate) fn file(self, wanted: &'static str, before: &Page) -> Result<Vec<u8>, Error> {
        match self {
            Self::File(bytes) => Ok(bytes),
            Self::Page(page) => Err(page.refused_after(wanted, before)),
        }
    }
}

impl Response {
    fn into_answer(self) -> Result<Answer, Error> {
        let is_html = self.looks_like_html();
        let page = || {
            let named = self.content_type.split("charset=").nth(1);
            let named = named.and_then(|label| {
                encoding_rs::Encoding::for_label(label.trim_matches(['"', ' ']).as_bytes())
            });
            let encoding =
                named.or_else(|| html::declared_encoding(&self.body)).unwrap_or(encoding_rs::UTF_8);
            html::read(&encoding.decode(&self.body).0, &self.url, self.status, encoding)
                .map_err(Breach::TooMuch)
        };
        match self.status {
            429 | 502..=504 => {
                let message =
                    if is_html { page()?.refusal().to_string() } else { format!("HTTP {}", self.status) };
                Err(TransportError::OutOfService { host: authority(&self.url), message }.into())
            }
            200..=299 if !is_html => Ok(Answer::File(self.body)),
            // A page of 4xx may be the CA's refusal in words; one of the web server itself (404, 5xx) never is.
            200..=299 | 400..=403 | 405..=428 | 430..=499 if is_html => Ok(Answer::Page(Box::new(page()?))),
            status => Err(Breach::HttpStatus(status).into()),
        }
    }

    /// What a person would see. The header may be wrong, the first bytes of a certificate or PFX (a DER sequence) never.
    fn looks_like_html(&self) -> bool {
        let start = self
            .body
            .trim_ascii_start()
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(self.body.trim_ascii_start());
        if start.starts_with(&[0x30, 0x82]) || start.starts_with(&[0x30, 0x80]) {
            return false;
        }
        start.starts_with(b"<") || (self.content_type.contains("html") && !self.is_attachment)
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
