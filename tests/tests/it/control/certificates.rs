//! Control: certificates, their revocation, and the CA.

use obn_tests::Environment;
use reqwest::Method;
use serde_json::{Value, json};
use x509_parser::prelude::*;

#[tokio::test]
async fn a_certificate_is_listed_and_shown_with_its_pem() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let listed = env.control.json("/certificates").await;
    assert_eq!(listed[0].get("pem"), None);
    let shown = env.control.json(&format!("/certificates/{}", notice.serial)).await;
    let mut expected = json!({
        "serial": notice.serial, "request_id": notice.request_id, "status": "valid", "revocation": null,
        "subject": "CN=0110119153,OU=medical,OU=hokkaido,O=ReceiptOnline,C=JP",
        "not_before": "2026-11-22T15:00:00Z", "not_after": "2030-02-23T14:59:59Z",
    });
    assert_eq!(listed, json!([expected.clone()]));
    expected["pem"] = shown["pem"].clone();
    assert_eq!(shown, expected);

    let pem = ::pem::parse(shown["pem"].as_str().unwrap()).unwrap();
    let (_, certificate) = X509Certificate::from_der(pem.contents()).unwrap();
    assert_eq!(certificate.raw_serial_as_string().replace(':', "").to_uppercase(), notice.serial);
    assert_eq!(certificate.validity().not_before.to_rfc2822().unwrap(), "Sun, 22 Nov 2026 15:00:00 +0000");
    assert_eq!(certificate.validity().not_after.to_rfc2822().unwrap(), "Sat, 23 Feb 2030 14:59:59 +0000");
    assert_eq!(
        certificate.subject().to_string(),
        "C=JP, O=ReceiptOnline, OU=hokkaido, OU=medical, CN=0110119153"
    );
}

#[tokio::test]
async fn the_certificate_has_the_extensions_of_the_profile_and_no_others() {
    let extensions = async |profile: &str| {
        let env = Environment::with(profile).await;
        let notice = env.issue().await;
        let shown = env.control.json(&format!("/certificates/{}", notice.serial)).await;
        let pem = ::pem::parse(shown["pem"].as_str().unwrap()).unwrap();
        let (_, certificate) = X509Certificate::from_der(pem.contents()).unwrap();
        let lines = certificate.extensions().iter().map(|extension| {
            let critical = if extension.critical { " critical" } else { "" };
            let value = match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(_) | ParsedExtension::AuthorityKeyIdentifier(_) => {
                    String::new()
                }
                other => format!(" {other:?}"),
            };
            format!("{}{critical}{value}", extension.oid)
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(extensions("").await);
    insta::assert_snapshot!(extensions(
        "[certificate]\nextended_key_usage = [\"1.3.6.1.5.5.7.3.2\", \"1.3.6.1.5.5.7.3.4\"]\nkey_usage = false\n\
         policies = [\"1.2.392.200081.1.23.1\"]\nkey_identifiers = false\n[crl]\nurl = \"\"",
    ).await);
}

#[tokio::test]
async fn the_client_ca_is_marked_as_simulated_unless_it_shall_be_faithful() {
    let subject = async |profile: &str| {
        let env = Environment::with(profile).await;
        let pem = ::pem::parse(env.control.text("/issuer.pem").await).unwrap();
        let (_, certificate) = X509Certificate::from_der(pem.contents()).unwrap();
        assert_eq!(certificate.subject(), certificate.issuer());
        assert!(certificate.is_ca());
        certificate.subject().to_string()
    };
    let faithful = "C=JP, O=ReceiptOnline, CN=Online Billing NW Common Root CA - G1";
    assert_eq!(subject("dn.mode = \"faithful\"").await, faithful);
    let marked = subject("").await;
    assert!(marked.starts_with(faithful) && marked.contains("SIMULATED by obn-ca"), "{marked}");
}

#[tokio::test]
async fn a_certificate_is_revoked_once_with_its_reason_and_moment() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let path = format!("/certificates/{}/revoke", notice.serial);
    let answer = env.control.post(&path, &json!({"reason": "keyCompromise"})).await;
    assert_eq!(answer.status, 200);
    let revocation = json!({"at": "2026-11-23T03:00:00Z", "reason": "keyCompromise"});
    let body: Value = answer.json();
    assert_eq!((&body["status"], &body["revocation"]), (&json!("revoked"), &revocation));
    env.control.advance("1h").await;
    assert_eq!(env.control.post(&path, &json!({})).await.status, 409);
    let shown = env.control.json(&format!("/certificates/{}", notice.serial)).await;
    assert_eq!(shown["revocation"], revocation);
}

#[tokio::test]
async fn an_expired_certificate_cannot_be_revoked_and_a_foreign_reason_is_422() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let path = format!("/certificates/{}/revoke", notice.serial);
    assert_eq!(env.control.post(&path, &json!({"reason": "boredom"})).await.status, 422);
    env.control.freeze("2030-02-23T14:59:59.999Z").await;
    let shown =
        async || env.control.json(&format!("/certificates/{}", notice.serial)).await["status"].clone();
    assert_eq!(shown().await, "valid");
    env.control.freeze("2030-02-23T15:00:00Z").await;
    assert_eq!(shown().await, "expired");
    assert_eq!(env.control.call(Method::POST, &path, None).await.status, 409);
    let missing = "/certificates/40000000000000000000000000000000/revoke";
    assert_eq!(env.control.call(Method::POST, missing, None).await.status, 404);
}
