//! The harness's browser: opens addresses, sends forms, follows redirects, keeps cookies.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN};
use reqwest::redirect::Policy;
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::time::Instant;
use url::Url;

use crate::bilingual::{Bilingual, wording};
use crate::error::Error;
use crate::eyes::cookies::Jar;
use crate::eyes::distortion::Distortion;
use crate::eyes::page::{Method, Page, Submission};

/// How many redirects in a row a browser follows.
const REDIRECTS: usize = 10;

/// What a site of this kind shows has some kilobytes; its largest file is an installer.
const LONGEST_PAGE: usize = 4 << 20;
const LONGEST_FILE: usize = 64 << 20;

/// How long all of a play may wait for the site: one that answers slowly each time hangs as well.
const LONGEST: Duration = Duration::from_secs(240);

/// A browser. Its tabs share cookies and the certificate that was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    http: reqwest::Client,
    jar: Jar,
    roots: Arc<RootCertStore>,
    patience: Duration,
    deadline: Instant,
    distortion: Option<Distortion>,
}

/// What a person picks in the browser's dialog for client certificates.
#[derive(Debug)]
pub(crate) struct ClientIdentity {
    /// The certificate and what leads to its root, in DER.
    pub(crate) chain: Vec<Vec<u8>>,
    /// PKCS #8 DER.
    pub(crate) key: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) content: Content,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) bytes: Vec<u8>,
}

/// A page to read or a file to save.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Page(Box<Page>),
    File { name: String, mime: String, bytes: Vec<u8> },
}

/// Why nothing came back.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Nobody is there: that says nothing about the site's rules.
    Nobody(String),
    /// Its TLS is not to be trusted; `chain`: what it sends doesn't lead to a root that is.
    Tls { reason: Bilingual, chain: bool },
    /// The site broke HTTP or our patience, or closed the door in the handshake.
    Broken(Bilingual),
}

impl NoAnswer {
    /// Why, for people.
    pub(crate) fn told(self) -> Bilingual {
        match self {
            Self::Nobody(reason) => Bilingual::same(&reason),
            Self::Tls { reason, .. } | Self::Broken(reason) => reason,
        }
    }
}

wording! {
    /// What the site did instead of answering.
    enum Instead {
        Redirect { location: String } => "a redirect to what is no address: {location:?}"; "アドレスではないものへのリダイレクト: {location:?}";
        Redirects => "more than {REDIRECTS} redirects in a row"; "{REDIRECTS} 回を超えて続くリダイレクト";
        Silence { seconds: String, all: u64 } =>
            "no answer within {seconds} s, or {all} s of the whole play"; "{seconds} 秒以内、または全体の {all} 秒以内に応答がない";
        Endless { longest: usize } => "an answer that goes on after {longest} MiB"; "{longest} MiB を超えても終わらない応答";
        Unreadable { why: String } => "a page that can't be read: {why}"; "読めないページ: {why}";
        Tls { error: String } => "TLS failed: {error}"; "TLS に失敗: {error}";
        Line { error: String } => "the connection broke: {error}"; "接続が切れた: {error}";
    }
}

wording! {
    /// What came back.
    enum Came {
        Page { status: u16, title: String } => "{status} page 「{title}」"; "{status} ページ「{title}」";
        File { status: u16, name: String, mime: String, bytes: usize } =>
            "{status} file {name:?}, {mime}, {bytes} bytes"; "{status} ファイル {name:?}、{mime}、{bytes} バイト";
    }
}

impl Browser {
    /// A browser that trusts these roots and no others, shows no client certificate, and waits this
    /// long for an answer.
    ///
    /// # Errors
    /// What is wrong with the roots.
    pub(crate) fn new(
        roots: &[CertificateDer<'static>],
        patience: Duration,
        distortion: Option<Distortion>,
    ) -> Result<Self, Error> {
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root.clone()).map_err(|error| Error::broken("the root can't be trusted", error))?;
        }
        let roots = Arc::new(store);
        let (http, deadline) = (client(&roots, None)?, Instant::now() + LONGEST);
        Ok(Self { http, jar: Jar::default(), roots, patience, deadline, distortion })
    }

    /// Shows this certificate from now on, or none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn choose(&mut self, identity: Option<ClientIdentity>) -> Result<(), Error> {
        self.http = client(&self.roots, identity)?;
        Ok(())
    }

    /// The cookies that it holds.
    pub(crate) fn jar(&self) -> &Jar {
        &self.jar
    }

    /// Holds these cookies from now on.
    pub(crate) fn hold(&mut self, jar: Jar) {
        self.jar = jar;
    }

    pub(crate) fn forget_cookies(&mut self) {
        self.jar = Jar::default();
    }

    pub(crate) async fn open(&mut self, url: Url) -> Result<Answer, NoAnswer> {
        let encoding = encoding_rs::UTF_8;
        self.go(Submission { url, method: Method::Get, pairs: Vec::new(), encoding }).await
    }

    /// Sends one request and follows nothing: what came back as it came.
    pub(crate) async fn raw(&mut self, submission: Submission) -> Result<Raw, NoAnswer> {
        let (url, status, headers, bytes) = self.within(self.exchange(&submission)).await?;
        self.jar.take(&url, &headers);
        let headers = headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Ok(Raw { url, status, headers: headers.collect(), bytes })
    }

    pub(crate) async fn send(&mut self, submission: Submission) -> Result<Answer, NoAnswer> {
        self.go(submission).await
    }

    async fn go(&mut self, mut submission: Submission) -> Result<Answer, NoAnswer> {
        for _ in 0..=REDIRECTS {
            let (url, mut status, mut headers, mut bytes) = self.within(self.exchange(&submission)).await?;
            if let Some(distortion) = &self.distortion {
                distortion.apply(submission.method, &url, &mut status, &mut headers, &mut bytes);
            }
            self.jar.take(&url, &headers);
            let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
            match (status, location) {
                (301..=303 | 307 | 308, Some(location)) => {
                    let next = url.join(location);
                    submission.url = next.map_err(|_| {
                        NoAnswer::Broken(Instead::Redirect { location: location.to_owned() }.into())
                    })?;
                    if status <= 303 {
                        submission.method = Method::Get;
                        submission.pairs.clear();
                    }
                }
                _ => return Ok(Answer { content: content(&url, &headers, bytes)?, url, status }),
            }
        }
        Err(NoAnswer::Broken(Instead::Redirects.into()))
    }

    /// What lies at a plain address, without cookies: `host` is what the address is called.
    pub(crate) async fn fetch_plain(&self, url: Url, host: &str) -> Result<Answer, NoAnswer> {
        let request = self.http.get(url.clone()).header(reqwest::header::HOST, host);
        let exchange = async {
            let response = request.send().await.map_err(|error| no_answer(&error, &url))?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok((status, headers, body(response, &url).await?))
        };
        let (mut status, mut headers, mut bytes) = self.within(exchange).await?;
        if let Some(distortion) = &self.distortion {
            distortion.apply(Method::Get, &url, &mut status, &mut headers, &mut bytes);
        }
        Ok(Answer { content: content(&url, &headers, bytes)?, url, status })
    }

    /// Waits for an answer as long as patience and the play allow.
    async fn within<T>(&self, exchange: impl Future<Output = Result<T, NoAnswer>>) -> Result<T, NoAnswer> {
        let until = self.deadline.min(Instant::now() + self.patience);
        tokio::time::timeout_at(until, exchange).await.unwrap_or_else(|_| {
            let seconds = self.patience.as_secs_f32().to_string();
            let all = LONGEST.as_secs();
            Err(NoAnswer::Broken(Instead::Silence { seconds, all }.into()))
        })
    }

    async fn exchange(&self, submission: &Submission) -> Result<(Url, u16, HeaderMap, Vec<u8>), NoAnswer> {
        let mut url = submission.url.clone();
        if submission.method == Method::Get && !submission.pairs.is_empty() {
            url.set_query(Some(&submission.body()));
        }
        let mut request = match submission.method {
            Method::Get => self.http.get(url.clone()),
            // Browsers say where a form comes from.
            Method::Post => self
                .http
                .post(url.clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(ORIGIN, url.origin().ascii_serialization())
                .body(submission.body()),
        };
        if let Some(cookies) = self.jar.header(&url) {
            request = request.header(COOKIE, cookies);
        }
        let response = request.send().await.map_err(|error| no_answer(&error, &url))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = body(response, &url).await?;
        Ok((url, status, headers, bytes))
    }
}

fn client(roots: &Arc<RootCertStore>, identity: Option<ClientIdentity>) -> Result<reqwest::Client, Error> {
    let broken = |error: &dyn StdError| Error::broken("no browser", error);
    let builder = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| broken(&error))?
        .with_root_certificates(Arc::clone(roots));
    let mut tls = match identity {
        None => builder.with_no_client_auth(),
        Some(ClientIdentity { chain, key }) => {
            let chain = chain.into_iter().map(CertificateDer::from).collect();
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key));
            builder.with_client_auth_cert(chain, key).map_err(|error| broken(&error))?
        }
    };
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| broken(&error))
}

impl Answer {
    /// In a few words, for the transcript.
    pub(crate) fn summary(&self) -> Bilingual {
        let status = self.status;
        let came = match &self.content {
            Content::Page(page) => Came::Page { status, title: page.title.clone() },
            Content::File { name, mime, bytes } => {
                Came::File { status, name: name.clone(), mime: mime.clone(), bytes: bytes.len() }
            }
        };
        came.words()
    }

    /// All that is to read, for the report.
    pub(crate) fn full(&self) -> Bilingual {
        let mut rest = String::new();
        if let Content::Page(page) = &self.content {
            page.text.lines().for_each(|line| {
                let _ = write!(rest, "\n  {line}");
            });
        }
        self.summary().map(|summary| format!("{} {summary}{rest}", self.url.path()))
    }
}

/// The body, if it is not longer than any page or file that a site of this kind has.
async fn body(mut response: reqwest::Response, url: &Url) -> Result<Vec<u8>, NoAnswer> {
    let longest = if Kind::of(response.headers()).is_page() { LONGEST_PAGE } else { LONGEST_FILE };
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error, url))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > longest {
            return Err(NoAnswer::Broken(Instead::Endless { longest: longest >> 20 }.into()));
        }
    }
    Ok(bytes)
}

/// What the headers call an answer.
struct Kind<'a> {
    content_type: &'a str,
    disposition: &'a str,
    mime: String,
}

impl<'a> Kind<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (content_type, disposition) = (text(CONTENT_TYPE), text(CONTENT_DISPOSITION));
        let mime = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Self { content_type, disposition, mime }
    }

    fn is_page(&self) -> bool {
        let attached = self.disposition.trim().to_ascii_lowercase().starts_with("attachment");
        let is_text = matches!(self.mime.as_str(), "text/html" | "application/xhtml+xml" | "text/plain" | "");
        is_text && !attached
    }
}

fn content(url: &Url, headers: &HeaderMap, bytes: Vec<u8>) -> Result<Content, NoAnswer> {
    let kind = Kind::of(headers);
    if !kind.is_page() {
        let of_url = || url.path().rsplit('/').next().unwrap_or_default().to_owned();
        let name = file_name(kind.disposition).unwrap_or_else(of_url);
        return Ok(Content::File { name, mime: kind.mime, bytes });
    }
    let kind = kind.content_type;
    let label = kind.split(';').skip(1).find_map(|part| part.trim().strip_prefix("charset="));
    let encoding = label
        .and_then(|label| encoding_rs::Encoding::for_label(label.trim_matches('"').as_bytes()))
        .or_else(|| declared_encoding(&bytes))
        .unwrap_or(encoding_rs::UTF_8);
    let (html, _, _) = encoding.decode(&bytes);
    let page = Page::parse(&html, url, encoding);
    let page = page.map_err(|why| NoAnswer::Broken(Instead::Unreadable { why: why.to_string() }.into()))?;
    Ok(Content::Page(Box::new(page)))
}

/// The encoding that a page without one in its header names in its head.
pub(crate) fn declared_encoding(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let head = head.split("</head").next()?;
    let label = head.split("charset=").nth(1)?.trim_start_matches(['"', '\'']);
    let label = label.split(['"', '\'', '>', ' ', '/', ';']).next()?;
    encoding_rs::Encoding::for_label(label.as_bytes())
}

/// The name in a Content-Disposition (RFC 6266), in its plain form or in UTF-8.
pub(crate) fn file_name(disposition: &str) -> Option<String> {
    let parts = || disposition.split(';').map(str::trim);
    let encoded = parts().find_map(|part| part.strip_prefix("filename*=UTF-8''"));
    if let Some(encoded) = encoded {
        let pair = format!("name={}", encoded.replace('+', "%2B"));
        return form_urlencoded::parse(pair.as_bytes()).next().map(|(_, name)| name.into_owned());
    }
    parts().find_map(|part| part.strip_prefix("filename=")).map(|name| name.trim_matches('"').to_owned())
}

fn no_answer(error: &reqwest::Error, url: &Url) -> NoAnswer {
    let mut deepest: &(dyn StdError + 'static) = error;
    let mut tls = None;
    loop {
        // A rustls error hides inside an io::Error, whose `source` skips its own content.
        let inner = deepest.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let next = match inner {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => deepest.source(),
        };
        tls = tls.or_else(|| deepest.downcast_ref::<rustls::Error>());
        match next {
            Some(next) => deepest = next,
            None => break,
        }
    }
    match tls {
        Some(tls @ rustls::Error::InvalidCertificate(why)) => {
            let chain = matches!(why, rustls::CertificateError::UnknownIssuer);
            NoAnswer::Tls { reason: Instead::Tls { error: tls.to_string() }.into(), chain }
        }
        Some(tls) => NoAnswer::Broken(Instead::Tls { error: tls.to_string() }.into()),
        None if error.is_connect() => {
            NoAnswer::Nobody(format!("{}: {deepest}", url.origin().ascii_serialization()))
        }
        None => NoAnswer::Broken(Instead::Line { error: deepest.to_string() }.into()),
    }
}
