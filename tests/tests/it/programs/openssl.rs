//! OpenSSL as a second opinion on chains, handshakes and names.

use obn_ca::Options;
use obn_tests::{Environment, require, run};
use serde_json::json;

/// Writes what control gives to files and answers with their paths.
async fn files(env: &Environment, folder: &tempfile::TempDir, paths: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for path in paths {
        let name = folder.path().join(path.replace('/', "_"));
        let text = match path.contains("certificates") {
            true => env.control.json(path).await["pem"].as_str().unwrap().to_owned(),
            false => env.control.text(path).await,
        };
        std::fs::write(&name, text).unwrap();
        names.push(name.to_str().unwrap().to_owned());
    }
    names
}

#[tokio::test]
async fn certificates_verify_against_the_issuer_and_against_no_other() {
    if !require("openssl") {
        return;
    }
    let env = Environment::start().await;
    let notice = env.control.issue_to(&json!({"institution_code": "1310199992"})).await;
    let folder = tempfile::tempdir().unwrap();
    let certificate = format!("/certificates/{}", notice.serial);
    let paths = files(&env, &folder, &["/issuer.pem", "/root.pem", &certificate]).await;
    let [issuer, root, certificate] = paths.try_into().unwrap();
    // 2026-11-23T03:00:00Z and a moment after the end.
    let verify = async |ca: &str, at: &str| {
        let options = ["verify", "-x509_strict", "-purpose", "sslclient", "-no-CApath", "-no-CAstore"];
        run("openssl", &[&options[..], &["-attime", at, "-CAfile", ca, &certificate]].concat()).await
    };
    assert!(verify(&issuer, "1795402800").await.ok().contains(": OK"));
    assert!(verify(&root, "1795402800").await.refused().contains("unable to get local issuer"));
    assert!(verify(&issuer, "1899999999").await.refused().contains("certificate has expired"));
    assert!(verify(&issuer, "1700000000").await.refused().contains("not yet valid"));
}

async fn handshake(env: &Environment, options: &[&str]) -> obn_tests::Ran {
    let folder = tempfile::tempdir().unwrap();
    let root = files(env, &folder, &["/root.pem"]).await.remove(0);
    let address = env.simulator.portal_address().to_string();
    let base = [
        "s_client",
        "-connect",
        &address,
        "-CAfile",
        &root,
        "-no-CApath",
        "-no-CAstore",
        "-verify_return_error",
    ];
    run("openssl", &[&base[..], options].concat()).await
}

#[tokio::test]
async fn a_handshake_verifies_against_the_root_with_tls_1_2_and_1_3() {
    if !require("openssl") {
        return;
    }
    for profile in ["", "tls.key = \"rsa-2048\""] {
        let env = Environment::with(profile).await;
        for (version, shown) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
            let name = "cert.obn.managedpki.ne.jp";
            let told = handshake(&env, &[version, "-servername", name, "-verify_hostname", name]).await.ok();
            assert!(
                told.contains("Verification: OK") && told.contains("Verified peername: cert.obn"),
                "{told}"
            );
            assert!(told.contains(&format!("New, {shown}")), "{told}");
            assert!(told.contains("Cybertrust Japan SureServer CA G4"), "{told}");
            // Whom a client certificate must come from.
            assert!(told.contains("Acceptable client certificate CA names"), "{told}");
            assert!(told.contains("CN = Online Billing NW Common Root CA - G1"), "{told}");
        }
        for name in ["-tls1_1", "-tls1"] {
            handshake(&env, &[name]).await.refused();
        }
    }
}

#[tokio::test]
async fn a_name_outside_of_the_simulated_ones_does_not_verify() {
    if !require("openssl") {
        return;
    }
    let env = Environment::start().await;
    let told = handshake(&env, &["-verify_hostname", "www.example.com"]).await.refused();
    assert!(told.contains("hostname mismatch"), "{told}");
    let told = handshake(&env, &["-verify_ip", "127.0.0.1"]).await.ok();
    assert!(told.contains("Verification: OK"), "{told}");
}

#[tokio::test]
async fn the_roots_are_bound_to_the_simulated_names() {
    if !require("openssl") {
        return;
    }
    let options = Options { hostnames: vec!["ca.test.example".to_owned()], ..Options::for_tests() };
    let env = Environment::options(options).await;
    let folder = tempfile::tempdir().unwrap();
    let root = files(&env, &folder, &["/root.pem"]).await.remove(0);
    let arguments = [
        "x509",
        "-in",
        &root,
        "-noout",
        "-subject",
        "-dates",
        "-ext",
        "nameConstraints,basicConstraints,keyUsage",
    ];
    insta::assert_snapshot!(run("openssl", &arguments).await.ok());
}

#[tokio::test]
async fn the_server_certificate_has_the_shape_of_a_public_one() {
    if !require("openssl") {
        return;
    }
    let env = Environment::start().await;
    let told = handshake(&env, &["-showcerts"]).await.ok();
    let leaf = told.split_once("-----BEGIN CERTIFICATE-----").unwrap().1.split("-----END").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leaf.pem");
    std::fs::write(&path, format!("-----BEGIN CERTIFICATE-----{leaf}-----END CERTIFICATE-----\n")).unwrap();
    let extensions = "subjectAltName,keyUsage,extendedKeyUsage,basicConstraints";
    let arguments =
        ["x509", "-in", path.to_str().unwrap(), "-noout", "-subject", "-issuer", "-ext", extensions];
    insta::assert_snapshot!(run("openssl", &arguments).await.ok());
}

#[tokio::test]
async fn without_the_intermediate_openssl_cannot_build_the_chain() {
    if !require("openssl") {
        return;
    }
    let env = Environment::with("tls.send_intermediate = false").await;
    let told = handshake(&env, &[]).await.refused();
    assert!(told.contains("unable to get local issuer certificate"), "{told}");
}
