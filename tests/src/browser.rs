//! Someone who walks the portal's pages: a TLS client with a cookie jar, and no more.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::header::HeaderMap;
use reqwest::{Method, Response, Url};

use crate::{Answer, Form, Page, Recorder, Tls, Transcript};

/// By host and name.
type Jar = BTreeMap<(String, String), String>;

/// A browser: one cookie jar, one connection at a time.
///
/// A path is one of the site's own, or a whole URL. What begins with `try_` answers with the error if the site
/// can't be reached; everything else panics.
#[derive(Clone, Debug)]
pub struct Browser {
    client: reqwest::Client,
    base: String,
    cookies: Arc<Mutex<Jar>>,
    transcript: Transcript,
    recorder: Option<Recorder>,
}

impl Browser {
    /// A browser for the site at `base`, such as `https://localhost:8443`; names in `hosts` lead to the
    /// addresses beside them.
    pub fn new(base: &str, tls: &Tls, hosts: &[(&str, SocketAddr)], transcript: &Transcript) -> Self {
        Self::of(reqwest::Client::builder(), base, tls, hosts, transcript)
    }

    /// The same with a connection of its own for each request.
    pub fn hopping(base: &str, tls: &Tls, hosts: &[(&str, SocketAddr)], transcript: &Transcript) -> Self {
        let tls = tls.clone().alpn("http/1.1");
        Self::of(reqwest::Client::builder().pool_max_idle_per_host(0), base, &tls, hosts, transcript)
    }

    fn of(
        client: reqwest::ClientBuilder,
        base: &str,
        tls: &Tls,
        hosts: &[(&str, SocketAddr)],
        transcript: &Transcript,
    ) -> Self {
        let mut client = client
            .tls_backend_preconfigured(tls.config())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        for (host, address) in hosts {
            client = client.resolve(host, *address);
        }
        Self {
            client: client.build().expect("the client has all it needs"),
            base: base.trim_end_matches('/').to_owned(),
            cookies: Arc::default(),
            transcript: transcript.clone(),
            recorder: None,
        }
    }

    /// Writes everything down from now on.
    #[must_use]
    pub fn recorded_by(self, recorder: &Recorder) -> Self {
        Self { recorder: Some(recorder.clone()), ..self }
    }

    /// Another one on the same site and with the same connections, without cookies.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { cookies: Arc::default(), ..self.clone() }
    }

    /// With the cookie jar of another one.
    #[must_use]
    pub fn sharing_cookies_with(self, other: &Self) -> Self {
        Self { cookies: Arc::clone(&other.cookies), ..self }
    }

    /// Gets what is at a path; a redirect is an answer like any other.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, HeaderMap::new(), "").await
    }

    /// The same as [`get`](Self::get).
    pub async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        self.try_send(Method::GET, path, HeaderMap::new(), "").await
    }

    /// Goes where a path leads.
    pub async fn visit(&self, path: &str) -> Answer {
        self.try_visit(path).await.unwrap_or_else(|error| panic!("GET {path}: {error:?}"))
    }

    /// The same as [`visit`](Self::visit).
    pub async fn try_visit(&self, path: &str) -> reqwest::Result<Answer> {
        self.to_its_end(self.try_get(path).await?).await
    }

    /// The page to which a path leads.
    pub async fn open(&self, path: &str) -> Page {
        self.visit(path).await.page()
    }

    /// The page to which a link leads.
    pub async fn follow(&self, page: &Page, link: &str) -> Page {
        self.open(&page.link(link)).await
    }

    /// Presses a button of a form, and goes where that leads.
    pub async fn press(&self, form: &Form, button: &str) -> Answer {
        self.press_with(form, button, &[]).await
    }

    /// Presses a button of a form, with more headers.
    pub async fn press_with(&self, form: &Form, button: &str, headers: &[(&'static str, &str)]) -> Answer {
        let pressed = self.try_press_with(form, button, headers).await;
        pressed.unwrap_or_else(|error| panic!("{} {}: {error:?}", form.method, form.action))
    }

    /// The same as [`press`](Self::press).
    pub async fn try_press(&self, form: &Form, button: &str) -> reqwest::Result<Answer> {
        self.try_press_with(form, button, &[]).await
    }

    async fn try_press_with(
        &self,
        form: &Form,
        button: &str,
        headers: &[(&'static str, &str)],
    ) -> reqwest::Result<Answer> {
        let (method, path, mut all, body) = form.request(button);
        for (name, value) in headers {
            all.insert(*name, value.parse().expect("a header"));
        }
        self.to_its_end(self.try_send(method, &path, all, body).await?).await
    }

    /// Presses a button of a page as it is; answers with the page to which that leads.
    pub async fn submit(&self, page: &Page, button: &str) -> Page {
        self.press(&page.form_with(button), button).await.page()
    }

    /// Presses a button of a form; answers when the headers are there.
    pub async fn begin(&self, form: &Form, button: &str) -> reqwest::Result<Response> {
        let (method, path, headers, body) = form.request(button);
        self.respond(method, &path, headers, body).await
    }

    /// Sends anything.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let sent = self.try_send(method.clone(), path, headers, body).await;
        sent.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
    }

    /// The same as [`send`](Self::send).
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Result<Answer> {
        let body = body.into();
        let whole =
            body.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        let sent: String = whole.chars().take(500).collect();
        let mut all = headers.clone();
        if let Some(cookies) = self.cookies_for(&self.url(path)) {
            all.entry("cookie").or_insert(cookies.parse().expect("cookies fit a header"));
        }
        let response = self.respond(method.clone(), path, headers, body).await;
        let response = response.inspect_err(|_| {
            if let Some(recorder) = &self.recorder {
                // What a browser says whose certificate is refused in the handshake.
                recorder.failed(&method, &self.url(path), "net::ERR_BAD_SSL_CLIENT_AUTH_CERT", None);
            }
        })?;
        let answer = Answer::try_read(method, response).await?;
        if let Some(recorder) = &self.recorder {
            recorder.exchange(&all, &whole, &answer);
        }
        self.transcript.exchange(&sent, &answer);
        Ok(answer)
    }

    /// Sends anything; answers when the headers are there.
    pub async fn respond(
        &self,
        method: Method,
        path: &str,
        mut headers: HeaderMap,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Result<Response> {
        let url = self.url(path);
        let host = host(&url);
        if let Some(cookies) = self.cookies_for(&url).filter(|_| !headers.contains_key("cookie")) {
            headers.insert("cookie", cookies.parse().expect("cookies fit a header"));
        }
        let request = self.client.request(method.clone(), &url).headers(headers).body(body);
        let response = request.send().await.inspect_err(|error| {
            self.transcript.note(format!("{method} {url}: {}", causes(error)));
        })?;
        for cookie in response.headers().get_all("set-cookie") {
            let text = cookie.to_str().expect("cookies are ASCII");
            let (name, value) =
                text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.jar().insert((host.clone(), name.to_owned()), value.to_owned());
        }
        Ok(response)
    }

    fn url(&self, path: &str) -> String {
        if path.starts_with("https:") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    /// The Cookie header for an address, if there is anything to send.
    fn cookies_for(&self, url: &str) -> Option<String> {
        let host = host(url);
        let jar = self.jar();
        let of_host = jar.iter().filter(|((of, _), _)| *of == host);
        let cookies: Vec<_> = of_host.map(|((_, name), value)| format!("{name}={value}")).collect();
        (!cookies.is_empty()).then(|| cookies.join("; "))
    }

    /// Follows redirects.
    async fn to_its_end(&self, mut answer: Answer) -> reqwest::Result<Answer> {
        for _ in 0..10 {
            let Some(next) = answer.redirect() else { return Ok(answer) };
            answer = self.try_get(&next).await?;
        }
        panic!("ten redirects end at {}", answer.url)
    }

    /// Puts a cookie of the site into the jar.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar().insert((host(&self.base), name.to_owned()), value.to_owned());
    }

    /// The site's cookie of this name.
    pub fn cookie(&self, name: &str) -> String {
        self.jar().get(&(host(&self.base), name.to_owned())).cloned().unwrap_or_default()
    }

    fn jar(&self) -> MutexGuard<'_, Jar> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// What an error says, with all its causes.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
