//! Certificates that are not as they should be: whatever a client has, it gets a page and not a broken connection, unless the
//! profile says otherwise.

use std::path::Path;
use std::sync::Arc;

use obn_tests::{Environment, Pfx, Ran, require, run, run_with};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

const EXTENSIONS: &str = "
[none]
[critical]
1.2.3.4 = critical,DER:0500
[usual]
extendedKeyUsage = clientAuth
";

/// A kind of certificate: the options of `openssl req` for its key, those of `openssl x509`, and whether TLS 1.3 has a
/// signature for its key.
struct Kind {
    name: &'static str,
    key: &'static [&'static str],
    signed: &'static [&'static str],
    in_tls13: bool,
}

const RSA: &[&str] = &["-newkey", "rsa:2048"];
const KINDS: [Kind; 12] = [
    Kind { name: "version 1", key: RSA, signed: &["-extensions", "none"], in_tls13: true },
    Kind { name: "RSA 1024", key: &["-newkey", "rsa:1024"], signed: &[], in_tls13: true },
    Kind {
        name: "RSA 1024, version 1",
        key: &["-newkey", "rsa:1024"],
        signed: &["-extensions", "none"],
        in_tls13: true,
    },
    Kind { name: "RSA 3072", key: &["-newkey", "rsa:3072"], signed: &[], in_tls13: true },
    Kind { name: "SHA-1", key: RSA, signed: &["-sha1"], in_tls13: true },
    Kind { name: "MD5", key: RSA, signed: &["-md5"], in_tls13: true },
    Kind { name: "expired", key: RSA, signed: &["-days", "-1"], in_tls13: true },
    Kind {
        name: "unknown critical extension",
        key: RSA,
        signed: &["-extensions", "critical"],
        in_tls13: true,
    },
    Kind {
        name: "P-384",
        key: &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        signed: &[],
        in_tls13: true,
    },
    Kind {
        name: "P-521",
        key: &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
        signed: &[],
        in_tls13: true,
    },
    Kind {
        name: "secp256k1",
        key: &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        signed: &[],
        in_tls13: false,
    },
    Kind { name: "Ed25519", key: &["-newkey", "ed25519"], signed: &[], in_tls13: true },
];

/// Makes the key and a certificate of its own, and answers with their paths.
async fn make(folder: &Path, kind: &Kind) -> [String; 2] {
    let path = |name: &str| folder.join(name).to_str().expect("temporary paths are ASCII").to_owned();
    let (key, request, certificate, extensions) =
        (path("key.pem"), path("request.pem"), path("certificate.pem"), path("extensions.cnf"));
    std::fs::write(&extensions, EXTENSIONS).unwrap();
    let subject =
        ["-nodes", "-subj", "/C=JP/O=ReceiptOnline/CN=0110119153", "-keyout", &key, "-out", &request];
    run("openssl", &[&["req"], kind.key, &subject].concat()).await.ok();
    let has = |option| kind.signed.contains(&option);
    let mut arguments = vec!["x509", "-req", "-in", &request, "-signkey", &key, "-out", &certificate];
    // Without extensions OpenSSL makes version 1.
    if !(has("-extensions") && has("none")) {
        arguments.extend(["-extfile", &extensions]);
        if !has("-extensions") {
            arguments.extend(["-extensions", "usual"]);
        }
        arguments.extend(kind.signed);
    }
    run("openssl", &arguments).await.ok();
    let der = pem::parse(std::fs::read(&certificate).unwrap()).unwrap().into_contents();
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
    let version = if has("none") { 0 } else { 2 };
    assert_eq!(parsed.version().0, version, "{}", kind.name);
    [key, certificate]
}

async fn ask(env: &Environment, [key, certificate]: &[String; 2], version: &str) -> Ran {
    let address = env.simulator.portal_address().to_string();
    let mut command = Command::new("openssl");
    // OpenSSL itself would not show weak ones.
    command.args(["s_client", "-quiet", "-connect", &address, "-cipher", "DEFAULT@SECLEVEL=0", version]);
    command.args(["-key", key, "-cert", certificate, "-groups", "P-256:X25519:P-384:P-521:secp256k1"]);
    run_with(&mut command, "GET /p/ru HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await
}

#[tokio::test]
async fn a_certificate_of_any_kind_gets_a_page() {
    if !require("openssl") {
        return;
    }
    let env = Environment::with("client_auth.foreign_status = 400").await;
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS {
        let files = make(folder.path(), &kind).await;
        for version in ["-tls1_2", "-tls1_3"] {
            let ran = ask(&env, &files, version).await;
            // A client that has no signature to offer shows no certificate.
            let said = match version == "-tls1_2" || kind.in_tls13 {
                true => "この認証局が発行したものではありません",
                false => "証明書が選択されていません",
            };
            assert!(ran.stdout.contains(said), "{} with {version}: {ran:?}", kind.name);
        }
    }
    assert_eq!(env.control.outcomes_of("tls.failed").await.len(), 0);
}

#[tokio::test]
async fn by_profile_none_of_them_gets_through_the_handshake() {
    if !require("openssl") {
        return;
    }
    let env = Environment::with("client_auth.refusal = \"handshake\"").await;
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS.iter().filter(|kind| kind.in_tls13) {
        let files = make(folder.path(), kind).await;
        for version in ["-tls1_2", "-tls1_3"] {
            let ran = ask(&env, &files, version).await;
            assert!(!ran.stdout.contains("HTTP/1.1"), "{} with {version}: {ran:?}", kind.name);
            assert!(ran.stderr.contains("alert"), "{} with {version}: {ran:?}", kind.name);
        }
    }
}

/// Signs with another key than its certificate's.
#[derive(Debug)]
struct Thief(Arc<CertifiedKey>);

impl ResolvesClientCert for Thief {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn a_certificate_without_its_key_is_no_connection() {
    let env = Environment::start().await;
    let (own, other) = (env.pfx(&env.issue().await).await, env.pfx(&env.issue().await).await);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let reaches = async |certificate: &Pfx, key: &Pfx| {
            let key = any_supported_type(&PrivatePkcs8KeyDer::from(key.key.clone()).into()).unwrap();
            let thief = CertifiedKey::new(vec![certificate.chain[0].clone().into()], key);
            let mut config = env.tls().version(version).config();
            config.client_auth_cert_resolver = Arc::new(Thief(Arc::new(thief)));
            config.alpn_protocols.clear();
            let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
            let stream = tokio::net::TcpStream::connect(env.simulator.portal_address()).await.unwrap();
            let Ok(mut stream) = connector.connect("localhost".try_into().unwrap(), stream).await else {
                return false;
            };
            let request = "GET /p/ru HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            let mut answer = Vec::new();
            // Either may fail, as the server may be gone by then; a server that closes without goodbye has still answered.
            let _ = stream.write_all(request.as_bytes()).await;
            let _ = stream.read_to_end(&mut answer).await;
            answer.starts_with(b"HTTP/1.1")
        };
        assert!(reaches(&own, &own).await, "{version:?}");
        assert!(!reaches(&own, &other).await, "{version:?}");
    }
}
