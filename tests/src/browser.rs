//! Someone who walks the portal's pages: a TLS client with a cookie jar, and no more.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use reqwest::header::HeaderMap;
use rustls::SupportedProtocolVersion;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::{Answer, Form, Notice, Page, Transcript};

/// How a browser connects.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The roots that it trusts, as PEM.
    pub roots: String,
    /// Versions that it offers.
    pub versions: Vec<&'static SupportedProtocolVersion>,
    /// Protocols that it offers.
    pub alpn: Vec<&'static str>,
}

impl Tls {
    /// What a browser of today does, trusting this root alone.
    pub fn trusting(root: String) -> Self {
        let versions = vec![&rustls::version::TLS12, &rustls::version::TLS13];
        Self { roots: root, versions, alpn: vec!["h2", "http/1.1"] }
    }

    /// Offers this version of TLS alone.
    #[must_use]
    pub fn version(self, version: &'static SupportedProtocolVersion) -> Self {
        Self { versions: vec![version], ..self }
    }

    /// Offers this protocol alone.
    #[must_use]
    pub fn alpn(self, protocol: &'static str) -> Self {
        Self { alpn: vec![protocol], ..self }
    }

    /// The configuration that does so.
    pub fn config(&self) -> rustls::ClientConfig {
        let mut roots = rustls::RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(self.roots.as_bytes()) {
            roots.add(root.expect("roots are PEM")).expect("roots are certificates");
        }
        let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&self.versions)
            .expect("the provider has these versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}

/// A browser: one cookie jar, one connection at a time.
#[derive(Clone, Debug)]
pub struct Browser {
    client: reqwest::Client,
    base: String,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    transcript: Transcript,
}

impl Browser {
    /// A browser for the site at `base`, such as `https://localhost:8443`; names in `hosts` lead to the
    /// addresses beside them.
    pub fn new(base: &str, tls: &Tls, hosts: &[(&str, SocketAddr)], transcript: &Transcript) -> Self {
        let mut client = reqwest::Client::builder()
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
        }
    }

    /// Another one on the same site and with the same connections, without cookies.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { cookies: Arc::default(), ..self.clone() }
    }

    /// Gets what is at a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, HeaderMap::new(), "").await
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Page {
        self.get(path).await.page()
    }

    /// Presses a button of a form.
    pub async fn press(&self, form: &Form, button: &str) -> Answer {
        self.press_with(form, button, &[]).await
    }

    /// Presses a button of a form, with more headers.
    pub async fn press_with(&self, form: &Form, button: &str, headers: &[(&'static str, &str)]) -> Answer {
        assert_eq!(form.method, "post", "the site's forms are posted");
        let body: Vec<String> = form
            .pressed(button)
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name, &form.charset), encode(value, &form.charset)))
            .collect();
        let mut all = HeaderMap::new();
        all.insert("content-type", "application/x-www-form-urlencoded".parse().expect("a media type"));
        for (name, value) in headers {
            all.insert(*name, value.parse().expect("a header"));
        }
        self.send(Method::POST, &form.action, all, body.join("&")).await
    }

    /// Walks through `/p/rcd` with the IDs of a notice.
    pub async fn download(&self, notice: &Notice, password: &str) -> Answer {
        let form = self.open("/p/rcd").await.form().notice(notice).password(password);
        self.press(&form, "ダウンロード").await
    }

    /// Sends anything.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        mut headers: HeaderMap,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let cookies: Vec<String> = self.jar().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() && !headers.contains_key("cookie") {
            headers.insert("cookie", cookies.join("; ").parse().expect("cookies fit a header"));
        }
        let url = format!("{}{path}", self.base);
        let body = body.into();
        let sent: String = body
            .as_bytes()
            .map(|bytes| String::from_utf8_lossy(bytes).chars().take(500).collect())
            .unwrap_or_default();
        let request = self.client.request(method.clone(), &url).headers(headers).body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => panic!("{method} {url}: {error:?}"),
        };
        let answer = Answer::read(method, response).await;
        self.transcript.exchange(&sent, &answer);
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("cookies are ASCII");
            let (name, value) =
                text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.jar().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Whether the site can be reached at all.
    pub async fn try_get(&self, path: &str) -> Result<(), reqwest::Error> {
        self.client.get(format!("{}{path}", self.base)).send().await.map(drop)
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar().insert(name.to_owned(), value.to_owned());
    }

    /// What is in the jar under this name.
    pub fn cookie(&self, name: &str) -> String {
        self.jar().get(name).cloned().unwrap_or_default()
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a person does on `/p/rcd`.
impl Form {
    /// Types the IDs.
    #[must_use]
    pub fn notice(self, notice: &Notice) -> Self {
        self.ids(&notice.request_id, &notice.reference_id)
    }

    /// Types these IDs.
    #[must_use]
    pub fn ids(self, request_id: &str, reference_id: &str) -> Self {
        self.fill("リクエスト ID", request_id).fill("リファレンス ID", reference_id)
    }

    /// Types the password, twice.
    #[must_use]
    pub fn password(self, password: &str) -> Self {
        self.fill("証明書パスワード", password).fill("証明書パスワード(確認用)", password)
    }
}

/// Percent-encoding of `application/x-www-form-urlencoded`, from this encoding; what it lacks becomes `&#NNNN;`.
fn encode(text: &str, charset: &str) -> String {
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).expect("a known encoding");
    let bytes = encoding.encode(text).0;
    bytes
        .iter()
        .map(|&byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
