//! A portal in the test's own process: TLS on a free port of the loopback, and a script that answers.

use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use obn_client::{Client, ClientBuilder, Clock, Patience};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::authority::{Authority, good_years};

/// What the portal received.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) cookie: Option<String>,
    pub(crate) form: Vec<(String, String)>,
    /// The certificate that the client showed, in DER.
    pub(crate) certificate: Option<Vec<u8>>,
}

impl Seen {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What the portal answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Break the connection after this many bytes of the body.
    pub(crate) cut: Option<usize>,
    /// Never answer at all.
    pub(crate) hangs: bool,
    /// Close the connection instead of answering.
    pub(crate) drops: bool,
}

impl Reply {
    pub(crate) fn html(body: impl Into<String>) -> Self {
        let headers = vec![("content-type", "text/html; charset=UTF-8".to_owned())];
        Self { status: 200, headers, body: body.into().into_bytes(), cut: None, hangs: false, drops: false }
    }

    pub(crate) fn file(kind: &str, body: Vec<u8>) -> Self {
        let headers = vec![
            ("content-type", kind.to_owned()),
            ("content-disposition", "attachment; filename=\"file\"".to_owned()),
        ];
        Self { status: 200, headers, body, cut: None, hangs: false, drops: false }
    }

    pub(crate) fn pfx(body: Vec<u8>) -> Self {
        Self::file("application/x-pkcs12", body)
    }

    pub(crate) fn redirect(status: u16, to: &str) -> Self {
        Self {
            status,
            headers: vec![("location", to.to_owned())],
            body: Vec::new(),
            cut: None,
            hangs: false,
            drops: false,
        }
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }
}

/// How the portal does TLS.
pub(crate) struct Tls {
    /// What the client is told to trust.
    pub(crate) root_pem: String,
    /// The server's certificate and what it sends along.
    pub(crate) chain_pem: String,
    pub(crate) key_pem: String,
    pub(crate) versions: Vec<&'static SupportedProtocolVersion>,
    /// The CA whose client certificates are asked for.
    pub(crate) client_ca_pem: Option<String>,
}

impl Tls {
    /// As it should be: a leaf, its intermediate, and a root that the client knows.
    pub(crate) fn good() -> Self {
        let root = Authority::named("Test TLS Root");
        let intermediate = root.intermediate("Test TLS Intermediate");
        let (leaf, key_pem) = intermediate.server("localhost", good_years());
        Self {
            root_pem: root.pem,
            chain_pem: format!("{leaf}{}", intermediate.pem),
            key_pem,
            versions: vec![&rustls::version::TLS12, &rustls::version::TLS13],
            client_ca_pem: None,
        }
    }

    fn config(&self) -> ServerConfig {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.versions)
            .unwrap();
        let builder = match &self.client_ca_pem {
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .allow_unauthenticated()
                    .build()
                    .unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let chain =
            CertificateDer::pem_slice_iter(self.chain_pem.as_bytes()).collect::<Result<_, _>>().unwrap();
        builder
            .with_single_cert(chain, PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).unwrap())
            .unwrap()
    }
}

/// A running portal. It stops with the test's runtime.
pub(crate) struct Portal {
    pub(crate) url: String,
    pub(crate) root_pem: String,
    journal: Arc<Mutex<Vec<Seen>>>,
    hung: Arc<Notify>,
}

impl Portal {
    pub(crate) async fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(Tls::good(), script).await
    }

    pub(crate) async fn start_with(
        tls: Tls,
        script: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("localhost", 0)).await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let acceptor = TlsAcceptor::from(Arc::new(tls.config()));
        let journal = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<dyn Fn(&Seen) -> Reply + Send + Sync> = Arc::new(script);
        let hung = Arc::new(Notify::new());
        let (kept, root_pem, hanging) = (Arc::clone(&journal), tls.root_pem, Arc::clone(&hung));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, journal, script) = (acceptor.clone(), Arc::clone(&kept), Arc::clone(&script));
                let hung = Arc::clone(&hanging);
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let certificate = stream
                        .get_ref()
                        .1
                        .peer_certificates()
                        .and_then(<[_]>::first)
                        .map(|shown| shown.to_vec());
                    let service = service_fn(move |request| {
                        answer(
                            request,
                            certificate.clone(),
                            Arc::clone(&journal),
                            Arc::clone(&script),
                            Arc::clone(&hung),
                        )
                    });
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { url, root_pem, journal, hung }
    }

    /// A client that trusts this portal, never waits, and lives in November 2026.
    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder(&self.url).root_pem(&self.root_pem).unwrap().clock(today()).patience(no_pauses())
    }

    /// What was received so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.journal.lock().unwrap().clone()
    }

    /// Waits until a request hangs.
    pub(crate) async fn hangs(&self) {
        self.hung.notified().await;
    }

    /// How many forms were sent.
    pub(crate) fn posts(&self) -> usize {
        self.seen().iter().filter(|seen| seen.method == "POST").count()
    }
}

pub(crate) fn today() -> Clock {
    Clock::fixed("2026-11-23T03:00:00Z".parse().unwrap())
}

pub(crate) fn no_pauses() -> Patience {
    Patience {
        pause: std::time::Duration::ZERO,
        poll_interval: std::time::Duration::ZERO,
        polls: 20,
        ..Patience::default()
    }
}

type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;
type Body = StreamBody<tokio_stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, std::io::Error>>>>;

async fn answer(
    request: hyper::Request<Incoming>,
    certificate: Option<Vec<u8>>,
    journal: Arc<Mutex<Vec<Seen>>>,
    script: Script,
    hung: Arc<Notify>,
) -> Result<hyper::Response<Body>, std::io::Error> {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let cookie = request.headers().get("cookie").map(|value| value.to_str().unwrap().to_owned());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let form = if method == "POST" { body.to_vec() } else { query.into_bytes() };
    let form = form_urlencoded::parse(&form).into_owned().collect();
    let seen = Seen { method, path, cookie, form, certificate };
    journal.lock().unwrap().push(seen.clone());
    let reply = script(&seen);
    if reply.hangs {
        hung.notify_one();
        std::future::pending::<()>().await;
    }
    if reply.drops {
        return Err(std::io::Error::other("dropped"));
    }
    let mut response = hyper::Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let length = reply.body.len();
    let kept = reply.body[..reply.cut.unwrap_or(length)].to_vec();
    let mut frames = vec![Ok(Frame::data(Bytes::from(kept)))];
    if reply.cut.is_some() {
        frames.push(Err(std::io::Error::other("cut")));
    }
    Ok(response.header("content-length", length).body(StreamBody::new(tokio_stream::iter(frames))).unwrap())
}
