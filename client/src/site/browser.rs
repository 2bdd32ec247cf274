//! One visit to the site: follows redirections, carries cookies, tells pages from files.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap,
    LOCATION, ORIGIN, REFERER, RETRY_AFTER, SET_COOKIE, USER_AGENT,
};
use url::Url;

use crate::error::Error;
use crate::network::transport::TransportError;
use crate::network::{self, Network};
use crate::site::cookies::Cookies;
use crate::site::form::Request;
use crate::site::html;
use crate::site::origins::Origins;
use crate::site::page::Page;
use crate::terms::breach::{Breach, Excess};
use crate::terms::clock::Clock;
use crate::terms::inbox::Inbox;
use crate::terms::usage::UsageError;
use crate::terms::witness::{Answered, Exchange, Witness};

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
    inbox: Arc<dyn Inbox>,
    witness: Option<Arc<dyn Witness>>,
}

/// What may come of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// A page. A file in its place is a mistake of the site.
    Page,
    /// A file, which is kept before anybody looks inside, or a page on the way to it.
    File,
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
    /// How the body is packed, which nobody asked for.
    coding: String,
    retry_after: String,
    body: Vec<u8>,
}

impl Browser {
    pub(crate) fn new(
        network: Network,
        origins: Origins,
        clock: Clock,
        inbox: Arc<dyn Inbox>,
        witness: Option<Arc<dyn Witness>>,
    ) -> Self {
        Self { network, origins, clock, cookies: Cookies::default(), open: None, inbox, witness }
    }

    /// Opens an address of the site where a file may lie, such as `/p/cert`.
    pub(crate) async fn open(&mut self, path: &str) -> Result<Answer, Error> {
        let first = self.address(path)?;
        self.fetch(first).await
    }

    /// Opens an address where the manual shows a page, such as `/p/rcd`.
    pub(crate) async fn open_page(&mut self, path: &str, wanted: &'static str) -> Result<Page, Error> {
        let first = self.address(path)?;
        self.go(first).await?.page(wanted)
    }

    /// An address that is typed in, so that no page leads to it.
    fn address(&mut self, path: &str) -> Result<Request, Error> {
        self.open = None;
        Ok(Request::Get(self.origins.base.join(path).map_err(|_| UsageError::Url)?))
    }

    /// Does what a button or link asks for that leads to a page.
    pub(crate) async fn go(&mut self, request: Request) -> Result<Answer, Error> {
        self.exchange_for(request, Awaited::Page).await
    }

    /// Does what a button or link asks for that leads to a file, perhaps over a page. The file is kept as it comes.
    pub(crate) async fn fetch(&mut self, request: Request) -> Result<Answer, Error> {
        self.exchange_for(request, Awaited::File).await
    }

    async fn exchange_for(&mut self, request: Request, awaited: Awaited) -> Result<Answer, Error> {
        let mut readings = 1;
        let response = loop {
            match self.send(&request, awaited).await {
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
        let answer = response.into_answer(&self.clock)?;
        if let Answer::Page(page) = &answer {
            self.open = Some(page.url.clone());
            if page.is_session_lost() {
                return Err(Breach::SessionLost(1).into());
            }
        }
        Ok(answer)
    }

    async fn send(&mut self, request: &Request, awaited: Awaited) -> Result<Response, Error> {
        let (mut method, mut url, mut body) = match request {
            Request::Get(url) => (Method::GET, url.clone(), None),
            Request::Post { url, body } => (Method::POST, url.clone(), Some(body.clone())),
        };
        for _ in 0..=MOST_REDIRECTIONS {
            self.origins.check(&url)?;
            let (response, seen) = self.exchange(&method, &url, body.as_deref()).await?;
            let status = response.status().as_u16();
            let Some(target) =
                response.headers().get(LOCATION).filter(|_| matches!(status, 301 | 302 | 303 | 307 | 308))
            else {
                return self.read(response, url, awaited, seen).await;
            };
            self.witnessed(seen);
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
    ) -> Result<(reqwest::Response, Option<Exchange>), Error> {
        let request = self.network.request(method.clone(), url.clone());
        // To say nothing would be to ask for any coding there is (RFC 9110, 12.5.3).
        let mut request = request.header(ACCEPT_LANGUAGE, "ja").header(ACCEPT_ENCODING, "identity");
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
        let (client, request) = request.build_split();
        let request = request.map_err(|error| TransportError::of(&error, &authority(url)))?;
        let mut seen = self.witness.is_some().then(|| self.begun(&request, body));
        let response = match client.execute(request).await {
            Ok(response) => response,
            Err(error) => {
                self.witnessed(seen);
                return Err(self.network.failure(&error, &authority(url)).into());
            }
        };
        let now = self.clock.now();
        if let Some(seen) = &mut seen {
            seen.answer = Some(answered(&response));
        }
        for header in response.headers().get_all(SET_COOKIE) {
            self.cookies.set(&String::from_utf8_lossy(header.as_bytes()), url, now);
        }
        Ok((response, seen))
    }

    /// What is about to be sent.
    fn begun(&self, request: &reqwest::Request, body: Option<&str>) -> Exchange {
        let mut sent = texts(request.headers());
        sent.push((USER_AGENT.as_str().to_owned(), network::USER_AGENT.to_owned()));
        Exchange {
            started: self.clock.now(),
            took: Duration::ZERO,
            method: request.method().to_string(),
            url: request.url().clone(),
            sent,
            form: body.map(str::to_owned),
            answer: None,
            handshake: None,
        }
    }

    /// An exchange is over.
    fn witnessed(&self, seen: Option<Exchange>) {
        if let (Some(witness), Some(mut seen)) = (&self.witness, seen) {
            seen.took = Duration::try_from(self.clock.now().duration_since(seen.started)).unwrap_or_default();
            seen.handshake =
                seen.url.host_str().and_then(|host| self.network.handshake(host.trim_matches(['[', ']'])));
            witness.saw(seen);
        }
    }

    async fn read(
        &self,
        mut response: reqwest::Response,
        url: Url,
        awaited: Awaited,
        mut seen: Option<Exchange>,
    ) -> Result<Response, Error> {
        let words = |name| match response.headers().get(name) {
            Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            None => String::new(),
        };
        let header = |name| words(name).to_ascii_lowercase();
        let mut answer = Response {
            status: response.status().as_u16(),
            content_type: header(CONTENT_TYPE),
            is_attachment: header(CONTENT_DISPOSITION).starts_with("attachment"),
            coding: header(CONTENT_ENCODING),
            retry_after: words(RETRY_AFTER),
            body: Vec::new(),
            url,
        };
        let mut longest = LONGEST_PAGE;
        let read = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => answer.body.extend_from_slice(&chunk),
                Ok(None) => break Ok(()),
                Err(error) => break Err(TransportError::of(&error, &authority(&answer.url)).into()),
            }
            if answer.body.len() <= longest {
                continue;
            }
            if longest == LONGEST_FILE {
                break Err(Breach::TooMuch(Excess::File).into());
            }
            if answer.looks_like_html() {
                break Err(Breach::TooMuch(Excess::Page).into());
            }
            longest = LONGEST_FILE;
        };
        if let Some(answered) = seen.as_mut().and_then(|seen| seen.answer.as_mut()) {
            answered.body = answer.body.clone();
        }
        self.witnessed(seen);
        if awaited == Awaited::File && answer.may_hold_key() {
            match read {
                Ok(()) => self.inbox.arrived(&answer.body),
                Err(_) => self.inbox.broke_off(&answer.body),
            }
        }
        read.map(|()| answer)
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
    fn into_answer(self, clock: &Clock) -> Result<Answer, Error> {
        let unreadable = self.unreadable();
        let is_html = self.looks_like_html() && unreadable.is_none();
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
        match (self.status, unreadable) {
            (429 | 502..=504, _) => {
                let message =
                    if is_html { page()?.refusal().to_string() } else { format!("HTTP {}", self.status) };
                let retry_after = retry_after(&self.retry_after, clock);
                Err(TransportError::OutOfService { host: authority(&self.url), message, retry_after }.into())
            }
            (..500, Some(breach)) => Err(breach.into()),
            (200..=299, _) if !is_html => Ok(Answer::File(self.body)),
            // A page of 4xx may be the CA's refusal in words; one of the web server itself (404, 5xx) never is.
            (200..=299 | 400..=403 | 405..=428 | 430..=499, _) if is_html => {
                Ok(Answer::Page(Box::new(page()?)))
            }
            (status, _) => Err(Breach::HttpStatus(status).into()),
        }
    }

    /// What a person would see. The header may be wrong, the first bytes of a certificate or PFX (a DER sequence) never.
    fn looks_like_html(&self) -> bool {
        let start = self
            .body
            .trim_ascii_start()
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(self.body.trim_ascii_start());
        if is_der(start) {
            return false;
        }
        start.starts_with(b"<") || (self.content_type.contains("html") && !self.is_attachment)
    }

    /// Whether there is a file in it, or whatever may have been meant for one.
    fn may_hold_key(&self) -> bool {
        let is_ok = (200..=299).contains(&self.status);
        let is_page = self.looks_like_html() && self.unreadable().is_none();
        let is_file = !self.body.is_empty() && !is_page;
        is_file && (is_ok || self.is_attachment || is_der(&self.body))
    }

    /// Why nobody can read it, if it is so.
    fn unreadable(&self) -> Option<Breach> {
        if !matches!(self.coding.trim(), "" | "identity") {
            Some(Breach::Compressed)
        } else if self.looks_like_html() && self.looks_binary() {
            Some(Breach::NotText)
        } else {
            None
        }
    }

    /// Whether bytes are in it that no text has, by the rules of browsers (WHATWG, MIME Sniffing, 7.1); but a text that is
    /// one otherwise may have a strange letter.
    fn looks_binary(&self) -> bool {
        let is_utf_16 = self.body.starts_with(&[0xff, 0xfe]) || self.body.starts_with(&[0xfe, 0xff]);
        let is_binary = |byte: &u8| matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
        let is_utf_16 = is_utf_16 || self.content_type.contains("utf-16");
        !is_utf_16 && self.body.iter().take(1445).any(is_binary) && str::from_utf8(&self.body).is_err()
    }
}

/// The head of an answer, before its body has come.
fn answered(response: &reqwest::Response) -> Answered {
    Answered {
        version: format!("{:?}", response.version()),
        status: response.status().as_u16(),
        reason: response.status().canonical_reason().unwrap_or_default().to_owned(),
        headers: texts(response.headers()),
        body: Vec::new(),
    }
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

/// The beginning of every certificate and PFX file: a sequence, with its length or without one.
fn is_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0x80..=0x84, ..])
}

/// How long the site asks to be left alone: seconds, or until a date (RFC 9110, 10.2.3).
fn retry_after(header: &str, clock: &Clock) -> Option<Duration> {
    if let Ok(seconds) = header.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(header.trim()).ok()?.timestamp();
    Some(Duration::try_from(clock.now().duration_until(until)).unwrap_or_default())
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
