//! A server of the same libraries and nothing else: axum, hyper and rustls, which send the same bytes each time.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::server::Process;
use super::{Answer, PATH};

/// The argument by which the benchmark is that server.
pub(crate) const ARGUMENT: &str = "bare-server";

/// Starts it in a process of its own, with a certificate and its key in these files, to send this answer. Answers with its
/// URL as well.
pub(crate) fn start(mut command: Command, folder: &Path, answer: &Answer) -> (Process, String) {
    std::fs::write(folder.join("head"), &answer.head).expect("a file");
    std::fs::write(folder.join("body"), &answer.body).expect("a file");
    command.arg(ARGUMENT).arg(folder);
    let (process, address) = Process::start(command);
    (process, format!("https://localhost:{}", address.trim()))
}

/// The command that is the benchmark again.
pub(crate) fn program() -> std::path::PathBuf {
    std::env::current_exe().expect("it runs")
}

/// Serves what is in this folder, for ever.
pub(crate) async fn serve(folder: &Path) {
    let read = |name: &str| std::fs::read(folder.join(name)).expect("a file");
    let chain = CertificateDer::pem_slice_iter(&read("chain.pem")).collect::<Result<Vec<_>, _>>();
    let key = PrivateKeyDer::from_pem_slice(&read("key.pem")).expect("PEM");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain.expect("PEM"), key)
        .expect("its key");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let head = String::from_utf8(read("head")).expect("text");
    let headers: HeaderMap = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        })
        .collect();
    let body = Bytes::from(read("body"));
    let answer = move || {
        let answer = (headers.clone(), Body::from(body.clone()));
        async { answer }
    };
    let app = Router::new().route(PATH, get(answer));

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("nodelay");
        let (acceptor, service) = (acceptor.clone(), TowerToHyperService::new(app.clone()));
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                let http = auto::Builder::new(TokioExecutor::new());
                let _ = http.serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}
