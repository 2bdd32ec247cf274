//! The portal's TLS, seen by a client that believes everything and writes it down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use obn_tests::{Environment, Tls};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{SignatureScheme, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_parser::prelude::*;

use super::ground::header;
use super::table::{Row, look, turn};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new("tls.key", "\"rsa-2048\"", look!(kind), "EC EC", "RSA RSA").fresh(),
        Row::new("tls.versions", "[\"1.2\"]", look!(versions), "1.2 1.3", "1.2"),
        Row::new("tls.versions", "[\"1.3\"]", look!(versions), "1.2 1.3", "1.3"),
        Row::new("tls.alpn", "[\"http/1.1\"]", look!(protocol), "h2", "http/1.1"),
        Row::new("tls.alpn", "[]", look!(protocol), "h2", "none"),
        Row::new("tls.send_intermediate", "false", look!(sent), "2 certificates", "1 certificates"),
        Row::new("tls.hsts_seconds", "31536000", look!(hsts), "none", "max-age=31536000"),
        Row::new("tls.request_client_certificate", "false", look!(asked), "asked", "not asked"),
        Row::new(
            "tls.root_not_before",
            "\"2015-01-01T00:00:00Z\"",
            look!(root_begins),
            "1243573239",
            "1420070400",
        )
        .fresh(),
        Row::new(
            "tls.root_not_after",
            "\"2029-05-29T05:00:39Z\"",
            look!(root_ends),
            "4083714039",
            "1874725239",
        )
        .fresh(),
        Row::new("tls.leaf_days", "397", look!(leaf), "as long as the root", "397 days"),
        Row::new("tls.leaf_days", "47", look!(leaf), "as long as the root", "47 days"),
        Row::new("tls.leaf_client_auth", "false", look!(leaf_use), "servers clients", "servers"),
        Row::new(
            "tls.pointers",
            "true",
            look!(pointers),
            "none none",
            "4 of the server 2 of the intermediate",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_tls_turn() {
    turn(rows()).await;
}

pub(super) const BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12, &rustls::version::TLS13];

/// What a handshake showed.
pub(super) struct Shown {
    pub(super) chain: Vec<Vec<u8>>,
    protocol: Option<Vec<u8>>,
    asked: bool,
}

/// Shakes hands; `None` if that fails.
pub(super) async fn shake_hands(
    env: &Environment,
    versions: &[&'static SupportedProtocolVersion],
) -> Option<Shown> {
    let asked = Arc::new(Asked::default());
    let mut config = Tls { versions: versions.to_vec(), ..env.tls().credulous() }.config();
    config.client_auth_cert_resolver = Arc::clone(&asked) as Arc<dyn ResolvesClientCert>;
    let port: u16 = env.portal().rsplit(':').next().unwrap().parse().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    let connection = stream.get_ref().1;
    Some(Shown {
        chain: connection.peer_certificates()?.iter().map(|it| it.to_vec()).collect(),
        protocol: connection.alpn_protocol().map(<[u8]>::to_vec),
        asked: asked.0.load(Ordering::Relaxed),
    })
}

async fn kind(env: Environment) -> String {
    let shown = shake_hands(&env, BOTH).await.unwrap();
    let kinds = shown.chain.iter().map(|der| {
        match parse_x509_certificate(der).unwrap().1.public_key().parsed().unwrap() {
            x509_parser::public_key::PublicKey::EC(_) => "EC",
            x509_parser::public_key::PublicKey::RSA(_) => "RSA",
            _ => "other",
        }
    });
    kinds.collect::<Vec<_>>().join(" ")
}

async fn versions(env: Environment) -> String {
    let mut served = Vec::new();
    for (name, version) in [("1.2", &rustls::version::TLS12), ("1.3", &rustls::version::TLS13)] {
        if shake_hands(&env, &[version]).await.is_some() {
            served.push(name);
        }
    }
    served.join(" ")
}

async fn protocol(env: Environment) -> String {
    let protocol = shake_hands(&env, BOTH).await.unwrap().protocol;
    protocol.map_or("none".to_owned(), |protocol| String::from_utf8(protocol).unwrap())
}

async fn sent(env: Environment) -> String {
    format!("{} certificates", shake_hands(&env, BOTH).await.unwrap().chain.len())
}

async fn hsts(env: Environment) -> String {
    header(&env.browser().get("/p/rcd").await, "strict-transport-security")
}

async fn asked(env: Environment) -> String {
    if shake_hands(&env, BOTH).await.unwrap().asked { "asked" } else { "not asked" }.to_owned()
}

/// Begin and end of validity.
fn validity(der: &[u8]) -> (i64, i64) {
    let (_, certificate) = parse_x509_certificate(der).unwrap();
    let validity = certificate.validity();
    (validity.not_before.timestamp(), validity.not_after.timestamp())
}

fn root(env: &Environment) -> (i64, i64) {
    validity(::pem::parse(env.tls().roots).unwrap().contents())
}

async fn root_begins(env: Environment) -> String {
    root(&env).0.to_string()
}

async fn root_ends(env: Environment) -> String {
    root(&env).1.to_string()
}

async fn leaf(env: Environment) -> String {
    let (begins, ends) = validity(&shake_hands(&env, BOTH).await.unwrap().chain[0]);
    if ends == root(&env).1 {
        "as long as the root".to_owned()
    } else {
        // Both ends count (RFC 5280, 4.1.2.5).
        format!("{} days", (ends + 1 - begins) / 86_400)
    }
}

async fn leaf_use(env: Environment) -> String {
    let chain = shake_hands(&env, BOTH).await.unwrap().chain;
    let (_, leaf) = parse_x509_certificate(&chain[0]).unwrap();
    let usage = leaf.extended_key_usage().unwrap().unwrap().value;
    let uses = [(usage.server_auth, "servers"), (usage.client_auth, "clients")];
    uses.into_iter().filter_map(|(is_there, who)| is_there.then_some(who)).collect::<Vec<_>>().join(" ")
}

/// How many addresses server and intermediate certificate name: OCSP, issuer, list. The policies count as one.
async fn pointers(env: Environment) -> String {
    let chain = shake_hands(&env, BOTH).await.unwrap().chain;
    let count = |der: &[u8]| {
        let (_, certificate) = parse_x509_certificate(der).unwrap();
        let extensions = certificate.extensions().iter();
        let count = extensions.map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => access.accessdescs.len(),
            ParsedExtension::CRLDistributionPoints(points) => points.points.len(),
            ParsedExtension::CertificatePolicies(policies) => usize::from(policies.len() == 2),
            _ => 0,
        });
        count.sum::<usize>()
    };
    match (count(&chain[0]), count(&chain[1])) {
        (0, 0) => "none none".to_owned(),
        (leaf, intermediate) => format!("{leaf} of the server {intermediate} of the intermediate"),
    }
}

/// Notes whether the server asked for a certificate, and has none.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl ResolvesClientCert for Asked {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}
