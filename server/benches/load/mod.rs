//! A small load generator: plain HTTP/1.1 over rustls, so that most of what is measured is the server.

pub(crate) mod bare;
pub(crate) mod fleet;
pub(crate) mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The portal under load.
#[derive(Clone)]
pub(crate) struct Target {
    address: String,
    connector: TlsConnector,
    /// What it is asked for.
    get: Arc<str>,
}

/// DER of a client certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

impl Target {
    pub(crate) fn new(portal: &str, root_pem: &[u8]) -> Self {
        Self::showing(portal, root_pem, None)
    }

    pub(crate) fn showing(portal: &str, root_pem: &[u8], identity: Option<Identity>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root_pem).expect("PEM")).expect("a root");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let mut config = match identity {
            None => config.with_no_client_auth(),
            Some(Identity { certificate, key }) => {
                let key = PrivateKeyDer::Pkcs8(key.into());
                config.with_client_auth_cert(vec![certificate.into()], key).expect("its key")
            }
        };
        config.resumption = Resumption::disabled();
        let address = portal.trim_start_matches("https://").replace("localhost", "127.0.0.1");
        Self { address, connector: TlsConnector::from(Arc::new(config)), get: get_of(PATH, "").into() }
    }

    /// The same, asked for another path.
    pub(crate) fn asking(self, path: &str) -> Self {
        Self { get: get_of(path, "").into(), ..self }
    }

    pub(crate) async fn get_once(&self) {
        self.answer().await;
    }

    /// The answer to a GET on a connection of its own.
    pub(crate) async fn answer(&self) -> Answer {
        self.connect().await.request(&self.get).await
    }

    /// This many GETs in all, over this many kept connections.
    pub(crate) async fn get_many(&self, connections: usize, count: usize) {
        self.spread(connections, count, |target, left| async move {
            let mut connection = target.connect().await;
            while take(&left) {
                connection.request(&target.get).await;
            }
        })
        .await;
    }

    /// This many forms in all that name no notice, over this many kept connections.
    pub(crate) async fn post_many(&self, connections: usize, count: usize) {
        self.spread(connections, count, |target, left| async move {
            let mut connection = target.connect().await;
            let page = connection.request(&target.get).await;
            let form = target.form(&page, "202001010000001", "FPwNiG5g4r");
            while take(&left) {
                let answer = connection.request(&form).await;
                assert!(answer.head.starts_with("HTTP/1.1 200"), "{}", answer.head);
            }
        })
        .await;
    }

    /// The form of this page, filled in.
    fn form(&self, page: &Answer, request_id: &str, reference_id: &str) -> String {
        let html = String::from_utf8_lossy(&page.body);
        let token = between(&html, "name=\"token\" value=\"", "\"");
        let cookie = format!("Cookie: {}\r\n", between(&page.head, "set-cookie: ", ";"));
        let body = format!(
            "token={token}&requestId={request_id}&referenceId={reference_id}&password=1234&passwordConfirmation=1234"
        );
        post(PATH, "application/x-www-form-urlencoded", &cookie, &body)
    }

    /// This many handshakes in all, this many at once.
    pub(crate) async fn handshakes(&self, at_once: usize, count: usize) {
        self.spread(at_once, count, |target, left| async move {
            while take(&left) {
                target.get_once().await;
            }
        })
        .await;
    }

    /// This many notices issued and downloaded, this many at once.
    pub(crate) async fn issue_and_download(&self, api: &Api, at_once: usize, count: usize) {
        self.spread(at_once, count, |target, left| {
            let api = api.clone();
            async move {
                let mut control = api.connect().await;
                let mut portal = target.connect().await;
                while take(&left) {
                    let body = r#"{"institution_code":"0110119153","terminal_name":"bench"}"#;
                    let request = post("/api/v1/notices", "application/json", "", body);
                    let notice = control.request(&request).await.body;
                    let notice: serde_json::Value = serde_json::from_slice(&notice).expect("JSON");
                    let (request_id, reference_id) = (&notice["request_id"], &notice["reference_id"]);

                    let page = portal.request(&target.get).await;
                    let text = |id: &'_ serde_json::Value| id.as_str().expect("text").to_owned();
                    let form = target.form(&page, &text(request_id), &text(reference_id));
                    let file = portal.request(&form).await;
                    assert!(file.head.contains("application/x-pkcs12"), "{}", file.head);
                }
            }
        })
        .await;
    }

    async fn spread<F, T>(&self, tasks: usize, count: usize, work: F)
    where
        F: Fn(Self, Arc<AtomicUsize>) -> T,
        T: Future<Output = ()> + Send + 'static,
    {
        let left = Arc::new(AtomicUsize::new(count));
        let tasks: Vec<_> = (0..tasks).map(|_| tokio::spawn(work(self.clone(), Arc::clone(&left)))).collect();
        for task in tasks {
            task.await.expect("no task fails");
        }
    }

    pub(crate) async fn connect(&self) -> Connection<tokio_rustls::client::TlsStream<TcpStream>> {
        let stream = TcpStream::connect(&self.address).await.expect("connects");
        stream.set_nodelay(true).expect("nodelay");
        let name = ServerName::try_from("localhost").expect("a name");
        Connection::new(self.connector.connect(name, stream).await.expect("shakes hands"))
    }
}

/// Control.
#[derive(Clone)]
pub(crate) struct Api {
    address: String,
}

impl Api {
    pub(crate) fn new(control: &str) -> Self {
        Self { address: control.replace("http://", "") }
    }

    pub(crate) async fn get(&self, path: &str) -> Vec<u8> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.connect().await.request(&request).await.body
    }

    /// Waits until this many keys are in stock.
    pub(crate) async fn pool_filled(&self, keys: usize) {
        let line = format!("obn_ca_keys_ready {keys}");
        while !String::from_utf8_lossy(&self.get("/metrics").await).lines().any(|l| l == line) {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    pub(crate) async fn connect(&self) -> Connection<TcpStream> {
        Connection::new(TcpStream::connect(&self.address).await.expect("connects"))
    }
}

/// The page that is asked for.
pub(crate) const PATH: &str = "/p/rcd";

pub(crate) fn post(path: &str, kind: &str, cookie: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn get_of(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

pub(crate) fn put(path: &str, body: &str) -> String {
    post(path, "application/json", "", body).replacen("POST", "PUT", 1)
}

pub(crate) struct Connection<S> {
    stream: S,
    buffer: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::with_capacity(16 * 1024) }
    }

    pub(crate) async fn request(&mut self, request: &str) -> Answer {
        self.stream.write_all(request.as_bytes()).await.expect("writes");
        self.stream.flush().await.expect("writes");
        self.buffer.clear();
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let length = match head.starts_with("HTTP/1.1 204") {
            true => 0,
            false => length(&head),
        };
        while self.buffer.len() < end + length {
            self.more().await;
        }
        Answer { head, body: self.buffer[end..end + length].to_vec() }
    }

    async fn more(&mut self) {
        let read = self.stream.read_buf(&mut self.buffer).await.expect("reads");
        assert!(read > 0, "the server hung up: {}", String::from_utf8_lossy(&self.buffer));
    }
}

/// What a head says of the body's length. Servers write the name in letters of either size.
fn length(head: &str) -> usize {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().and_then(|(_, length)| length.trim().parse().ok()).expect("a length")
}

pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).and_then(|(_, rest)| rest.split(after).next()).unwrap_or_default()
}

fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
