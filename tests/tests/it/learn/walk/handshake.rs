//! Handshakes alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_client::recording::har::Security;
use obn_tests::Recorder;
use reqwest::Method;
use serde_json::json;

use super::Walker;

/// Notes whether a certificate was asked for.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl rustls::client::ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl Walker {
    /// Handshakes alone: with all that a browser offers, and with each of it by itself.
    pub(super) async fn handshakes(&self, recorder: &Recorder) {
        let all_versions = ["TLS 1.2", "TLS 1.3"];
        let all_alpn = ["h2", "http/1.1"];
        self.handshake(recorder, &all_versions, &all_alpn).await;
        for version in all_versions {
            self.handshake(recorder, &[version], &all_alpn).await;
        }
        for protocol in all_alpn {
            self.handshake(recorder, &all_versions, &[protocol]).await;
        }
    }

    async fn handshake(&self, recorder: &Recorder, versions: &[&str], alpn: &[&str]) {
        let versions_of: Vec<&'static rustls::SupportedProtocolVersion> = versions
            .iter()
            .map(
                |version| {
                    if *version == "TLS 1.2" { &rustls::version::TLS12 } else { &rustls::version::TLS13 }
                },
            )
            .collect();
        let tls = obn_tests::Tls { versions: versions_of, ..self.env.tls().credulous() };
        let mut config = tls.config();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let asked = Arc::<Asked>::default();
        config.client_auth_cert_resolver = Arc::clone(&asked) as Arc<dyn rustls::client::ResolvesClientCert>;
        let url = format!("{}/p/rcd", self.env.portal());
        let mut security = Security::default();
        security.other.insert("_offeredVersions".to_owned(), json!(versions));
        security.other.insert("_offeredAlpn".to_owned(), json!(alpn));
        let stream = tokio::net::TcpStream::connect(self.env.simulator.portal_address()).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let name = rustls_pki_types::ServerName::try_from("localhost").unwrap();
        let why = match connector.connect(name, stream).await {
            Err(error) if error.to_string().contains("ApplicationProtocol") => {
                "net::ERR_ALPN_NEGOTIATION_FAILED"
            }
            Err(_) => "net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
            Ok(stream) => {
                let (_, connection) = stream.get_ref();
                let version = connection.protocol_version().map(|version| match version {
                    rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2",
                    _ => "TLS 1.3",
                });
                security.protocol = version.map(str::to_owned);
                security.alpn = connection.alpn_protocol().map(|it| String::from_utf8_lossy(it).into_owned());
                let chain = connection.peer_certificates().unwrap_or_default();
                security.certificates = chain.iter().map(|der| BASE64.encode(der)).collect();
                security.client_certificate_asked = Some(asked.0.load(Ordering::Relaxed));
                ""
            }
        };
        recorder.failed(&Method::GET, &url, why, Some(security));
    }
}
