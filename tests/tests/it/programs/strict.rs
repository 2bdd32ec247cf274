//! Strict readers at every certificate and revocation list that the simulator makes: OpenSSL with `-x509_strict`, pkilint,
//! and Python with `VERIFY_X509_STRICT`, which its default context sets from 3.13 on.

use std::path::Path;
use std::sync::Arc;

use obn_ca::Options;
use obn_tests::{Environment, Kept, Notice, RENEWING, python_with, require, run, run_with};
use serde_json::json;
use tokio::process::Command;

/// Profiles whose certificates differ.
const PROFILES: [&str; 4] = [
    "",
    "tls.key = \"rsa-2048\"\ntls.leaf_days = 47",
    "dn.mode = \"faithful\"\ncertificate.policies = [\"1.2.392.200081.1.23.1\"]",
    "dn.string_type = \"utf8\"\ncrl.reasons = false",
];

/// Faults that show a certificate, with whether the trusted root is above it.
const FAULTS: [(&str, bool); 5] = [
    ("tls_wrong_host", true),
    ("tls_expired", true),
    ("tls_no_intermediate", false),
    ("tls_unknown_root", false),
    ("tls_client_ca", false),
];

/// What pkilint says of them that is meant, by the end of its finding, with the reason.
const MEANT: [(&str, &str); 2] = [
    (
        "pkix.invalid_domain_name_syntax | Invalid domain name syntax: \"localhost\"",
        "the simulator is reached by this name, which has one label",
    ),
    (
        "NOTICE | pkix.unknown_subject_key_identifier_calculation_method | ",
        "the first 160 bits of SHA-256 (RFC 7093, 2, method 1), where pkilint knows the methods with SHA-1",
    ),
];

/// What a handshake under this name shows, the leaf first.
async fn chain_at(env: &Environment, host: &'static str) -> Vec<Vec<u8>> {
    let config = Arc::new(env.tls().credulous().config());
    let stream = tokio::net::TcpStream::connect(env.simulator.portal_address()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(config);
    let stream = connector.connect(host.try_into().unwrap(), stream).await.unwrap();
    let shown = stream.get_ref().1.peer_certificates().unwrap();
    shown.iter().map(|certificate| certificate.to_vec()).collect()
}

async fn chain(env: &Environment) -> Vec<Vec<u8>> {
    chain_at(env, "localhost").await
}

fn pem(folder: &Path, name: &str, tag: &str, ders: &[&[u8]]) -> String {
    let path = folder.join(name);
    let text: String = ders.iter().map(|der| pem::encode(&pem::Pem::new(tag, *der))).collect();
    std::fs::write(&path, text).unwrap();
    path.to_str().expect("temporary paths are ASCII").to_owned()
}

fn der(pem: &str) -> Vec<u8> {
    pem::parse(pem).unwrap().into_contents()
}

/// Two certificates of institutions, one of them revoked for a reason.
async fn institutions(env: &Environment) -> [Notice; 2] {
    let notices = [env.issue().await, env.control.issue_to(&json!({"institution_code": "1310199992"})).await];
    env.control.revoke_for("keyCompromise", &notices[1]).await;
    notices
}

async fn assert_strict(leaf: &str, above: &[&str], purpose: &str) {
    let options = ["verify", "-x509_strict", "-check_ss_sig", "-no_check_time", "-no-CApath", "-no-CAstore"];
    run("openssl", &[&options[..], &["-purpose", purpose], above, &[leaf]].concat()).await.ok();
}

#[tokio::test]
async fn openssl_accepts_every_chain_and_list_strictly() {
    if !require("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for profile in PROFILES {
        let env = Environment::with(profile).await;
        let root = pem(folder, "root.pem", "CERTIFICATE", &[&der(&env.tls().roots)]);
        let world = env.create("t1", json!({})).await;
        for (env, host) in [(&env, "localhost"), (&world, "t1.localhost")] {
            let root = pem(folder, "of-world.pem", "CERTIFICATE", &[&der(&env.tls().roots)]);
            let [leaf, intermediate] = chain_at(env, host).await.try_into().unwrap();
            let leaf = pem(folder, "leaf.pem", "CERTIFICATE", &[&leaf]);
            let intermediate = pem(folder, "intermediate.pem", "CERTIFICATE", &[&intermediate]);
            assert_strict(&leaf, &["-CAfile", &root, "-untrusted", &intermediate], "sslserver").await;
        }
        let notices = institutions(&env).await;
        let issuer = pem(folder, "issuer.pem", "CERTIFICATE", &[&env.control.issuer().await]);
        let crl = pem(folder, "crl.pem", "X509 CRL", &[&env.browser().get("/crl.crl").await.body]);
        let own = env.control.certificate(&notices[0].serial).await;
        let own = pem(folder, "own.pem", "CERTIFICATE", &[&own]);
        assert_strict(&own, &["-CAfile", &issuer, "-crl_check", "-CRLfile", &crl], "sslclient").await;
        for (fault, below_root) in FAULTS {
            let rule = env.control.fault(&json!({ "name": fault })).await;
            let shown = chain(&env).await;
            let leaf = pem(folder, "faulty.pem", "CERTIFICATE", &[&shown[0]]);
            let above: Vec<&[u8]> = shown[1..].iter().map(Vec::as_slice).collect();
            let above = pem(folder, "above.pem", "CERTIFICATE", &above);
            match (fault, below_root) {
                // As all others but for what is missing.
                ("tls_no_intermediate", _) => {}
                (_, true) => {
                    assert_strict(&leaf, &["-CAfile", &root, "-untrusted", &above], "sslserver").await
                }
                (_, false) => assert_strict(&leaf, &["-CAfile", &above], "sslserver").await,
            }
            env.control.delete(&format!("/faults/{}", rule["id"])).await;
        }
    }
}

#[tokio::test]
async fn pkilint_finds_nothing_in_any_certificate_or_list() {
    let Some(python) = python_with("pkilint").await else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut files = String::new();
    let mut number = 0;
    let mut add = |kind: &str, what: &str, der: &[u8]| {
        number += 1;
        let tag = if kind == "crl" { "X509 CRL" } else { "CERTIFICATE" };
        let path = pem(folder.path(), &format!("{number}.pem"), tag, &[der]);
        files += &format!("{kind}\t{path}\t{what}\n");
    };
    for profile in PROFILES {
        let env = Environment::with(profile).await;
        let add = &mut |kind: &str, what: &str, der: &[u8]| add(kind, &format!("{what} ({profile:?})"), der);
        add("certificate", "TLS root", &der(&env.tls().roots));
        add("crl", "empty list", &env.browser().get("/crl.crl").await.body);
        let [leaf, intermediate] = chain(&env).await.try_into().unwrap();
        add("certificate", "TLS intermediate", &intermediate);
        add("certificate", "TLS leaf", &leaf);
        let notices = institutions(&env).await;
        add("certificate", "client CA", &env.control.issuer().await);
        add("certificate", "client certificate", &env.control.certificate(&notices[0].serial).await);
        // Published again after the revocation.
        env.control.advance("25h").await;
        add("crl", "list", &env.browser().get("/crl.crl").await.body);
        for (fault, _) in FAULTS {
            let rule = env.control.fault(&json!({ "name": fault })).await;
            for (place, der) in chain(&env).await.iter().enumerate() {
                add("certificate", &format!("{fault} {place}"), der);
            }
            env.control.delete(&format!("/faults/{}", rule["id"])).await;
        }
    }
    let ran = run_with(Command::new(python).args(["-c", include_str!("pkilint.py")]), &files).await;
    let is_meant = |line: &&str| MEANT.iter().any(|(finding, _)| line.ends_with(finding));
    let found: Vec<&str> = ran.stdout.lines().filter(|line| !is_meant(line)).collect();
    assert!(ran.status == Some(0) && found.is_empty(), "{}\n{}", found.join("\n"), ran.stderr);
    for (finding, reason) in MEANT {
        assert!(ran.stdout.contains(finding), "{finding} is found no longer, and needs no reason ({reason})");
    }
}

const CONNECT: &str = "
import socket, ssl, sys
host, port, root = sys.argv[1:]
context = ssl.create_default_context(cafile=root)
context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
with socket.create_connection(('127.0.0.1', int(port))) as plain:
    with context.wrap_socket(plain, server_hostname=host) as stream:
        stream.sendall(f'GET /p/rcd HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n'.encode())
        print(stream.recv(12).decode())
";

async fn assert_python_connects(env: &Environment) {
    let folder = tempfile::tempdir().unwrap();
    let root = pem(folder.path(), "root.pem", "CERTIFICATE", &[&der(&env.tls().roots)]);
    let port = env.simulator.portal_address().port().to_string();
    for host in ["cert.obn.managedpki.ne.jp", "localhost", "127.0.0.1"] {
        let told = run("python3", &["-c", CONNECT, host, &port, &root]).await.ok();
        assert!(told.contains("HTTP/1.1 200"), "{host}: {told}");
    }
}

#[tokio::test]
async fn python_connects_strictly() {
    if require("python3") {
        for profile in PROFILES {
            assert_python_connects(&Environment::with(profile).await).await;
        }
    }
}

/// A store keeps the root alone: what stands below is made anew by whoever opens it, so users of a store that an older
/// version made have nothing to do.
#[tokio::test]
async fn a_store_that_is_opened_again_has_a_strict_chain_below_the_same_root() {
    if !require("python3") {
        return;
    }
    let kept = Kept::default();
    let named = |hostnames: &[&str]| {
        let hostnames = hostnames.iter().map(|name| (*name).to_owned()).collect();
        Options { hostnames, ..kept.options() }
    };
    let env = Environment::options(named(&["ca.test.example"])).await;
    let (root, first) = (env.tls().roots, chain(&env).await);
    env.stop().await;
    let env = Environment::options(named(&["ca.test.example"])).await;
    assert_eq!((env.tls().roots, chain(&env).await), (root.clone(), first.clone()));
    assert_python_connects(&env).await;
    env.stop().await;
    // Two certificates of one issuer with one number are an error in NSS.
    let env = Environment::options(named(&[])).await;
    let serial = |der: &[u8]| x509_parser::parse_x509_certificate(der).unwrap().1.raw_serial_as_string();
    for (before, now) in first.iter().zip(chain(&env).await) {
        assert!(*before != now && serial(before) != serial(&now));
    }
    assert_eq!(env.tls().roots, root);
    assert_python_connects(&env).await;
}

/// The renewed certificate as well.
#[tokio::test]
async fn a_renewed_certificate_verifies_strictly() {
    if !require("openssl") {
        return;
    }
    let env = Environment::start().await;
    let terminal = env.terminal(&env.issue().await).await;
    env.control.freeze(RENEWING).await;
    let confirm = terminal.to_confirmation().await;
    terminal.submit(&confirm, "Submit").await;
    env.control.advance("2s").await;
    let renewals = env.control.json("/renewals").await;
    let serial = renewals[0]["serial"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let issuer = pem(folder.path(), "issuer.pem", "CERTIFICATE", &[&env.control.issuer().await]);
    let own = pem(folder.path(), "own.pem", "CERTIFICATE", &[&env.control.certificate(serial).await]);
    assert_strict(&own, &["-CAfile", &issuer], "sslclient").await;
}
