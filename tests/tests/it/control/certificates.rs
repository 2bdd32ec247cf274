//! Control: certificates, revocation, roots, profile, description, health, and who may call.

use obn_tests::{Control, Environment};
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

#[tokio::test]
async fn the_profile_in_force_is_shown_with_all_that_is_known_of_each_key() {
    let env = Environment::with("session.ttl = \"5m\"").await;
    let profile = env.control.json("/profile").await;
    assert_eq!((&profile["session"]["ttl"], &profile["pfx"]["iterations"]), (&json!("5m"), &json!(2048)));
    let keys = env.control.json("/profile/keys").await;
    let key = keys.as_array().unwrap().iter().find(|key| key["key"] == "session.ttl");
    insta::assert_snapshot!(serde_json::to_string_pretty(key.expect("it is a key")).unwrap());
}

#[tokio::test]
async fn the_description_is_valid_and_names_every_call() {
    let env = Environment::start().await;
    let description = env.control.json("/openapi.json").await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3."));
    for (path, methods) in [
        ("/notices", &["get", "post"][..]),
        ("/notices/{request_id}", &["get"]),
        ("/notices/{request_id}/print", &["get"]),
        ("/certificates", &["get"]),
        ("/certificates/{serial}", &["get"]),
        ("/certificates/{serial}/revoke", &["post"]),
        ("/clock", &["get", "put"]),
        ("/clock/advance", &["post"]),
        ("/sessions", &["get", "delete"]),
        ("/journal", &["get"]),
        ("/journal/stream", &["get"]),
        ("/world", &["get", "put"]),
        ("/reset", &["post"]),
        ("/root.pem", &["get"]),
        ("/issuer.pem", &["get"]),
        ("/profile", &["get"]),
    ] {
        for prefix in ["/api/v1", "/api/v1/worlds/{world}"] {
            for method in methods {
                let call = &description["paths"][format!("{prefix}{path}")][method];
                assert!(call["responses"].is_object(), "{method} {prefix}{path}");
            }
        }
    }
    for (path, method) in [("/worlds", "get"), ("/worlds", "post"), ("/worlds/{world}", "delete")] {
        assert!(description["paths"][format!("/api/v1{path}")][method].is_object(), "{method} {path}");
    }
    references(&description, &description);
}

/// Every `$ref` leads somewhere.
fn references(value: &Value, document: &Value) {
    if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').expect("references are inside");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| references(member, document)),
        Value::Array(items) => items.iter().for_each(|item| references(item, document)),
        _ => {}
    }
}

#[tokio::test]
async fn the_path_parameters_of_every_call_are_described() {
    let env = Environment::start().await;
    let description = env.control.json("/openapi.json").await;
    let mut missing = Vec::new();
    for (path, calls) in description["paths"].as_object().unwrap() {
        let wanted = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        for name in wanted {
            for (method, call) in calls.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters") {
                let listed = |list: &Value| {
                    list.as_array()
                        .is_some_and(|list| list.iter().any(|p| p["name"] == name && p["in"] == "path"))
                };
                if !listed(&call["parameters"]) && !listed(&calls["parameters"]) {
                    missing.push(format!("{method} {path}: {name}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "OpenAPI wants every path parameter described:\n{}", missing.join("\n"));
}

#[tokio::test]
async fn health_readiness_and_counters_are_there() {
    let env = Environment::start().await;
    assert_eq!(env.control.text("//healthz").await, "ok\n");
    assert_eq!(env.control.text("//readyz").await, "ready\n");
    env.browser().get("/p/rcd").await;
    let metrics = env.control.get("//metrics").await;
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    let text = metrics.text();
    assert!(text.contains("obn_ca_exchanges_total{outcome=\"rcd.form\",status=\"200\"} 1"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[tokio::test]
async fn only_programs_of_this_machine_may_call_control() {
    let options =
        obn_ca::Options { control_hosts: vec!["ca.test".to_owned()], ..obn_ca::Options::for_tests() };
    let env = Environment::options(options).await;
    let port = env.simulator.control_address().port();
    let with = |name, value: &str| env.control.clone().with_header(name, value);
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("127.0.0.1", 200),
        ("127.9.9.9:80", 200),
        ("[::1]:8444", 200),
        ("ca.test", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("192.0.2.1", 403),
        ("[::2]", 403),
        ("", 403),
    ] {
        assert_eq!(with("host", host).get("/clock").await.status, status, "{host:?}");
    }
    let own = format!("http://127.0.0.1:{port}");
    for (origin, status) in [
        (own.as_str(), 200),
        ("http://127.0.0.1", 403),
        ("http://localhost:1", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ] {
        let answer = with("origin", origin).delete("/sessions").await;
        let expected = if status == 200 { 204 } else { status };
        assert_eq!(answer.status, expected, "{origin}");
    }
}

#[tokio::test]
async fn with_a_token_every_call_must_carry_it_but_health() {
    let options =
        obn_ca::Options { control_token: Some("s3cret".to_owned()), ..obn_ca::Options::for_tests() };
    let env = Environment::options(options).await;
    let with = |value: &str| env.control.clone().with_header("authorization", value);
    let refused = env.control.get("/clock").await;
    assert_eq!((refused.status.as_u16(), refused.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    for wrong in ["Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "s3cret", "Basic s3cret"] {
        assert_eq!(with(wrong).get("/clock").await.status, 401, "{wrong}");
    }
    // RFC 9110, 11.1: the scheme's name is case-insensitive.
    for right in ["Bearer s3cret", "bearer s3cret"] {
        assert_eq!(with(right).get("/clock").await.status, 200, "{right}");
    }
    for path in ["//openapi.json", "//metrics", "/openapi.json"] {
        assert_eq!(env.control.get(path).await.status, 401, "{path}");
    }
    for path in ["//healthz", "//readyz"] {
        assert_eq!(env.control.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_portal_shows_nothing_of_control_and_control_nothing_of_the_portal() {
    let env = Environment::start().await;
    assert_eq!(env.browser().get("/api/v1/clock").await.status, 404);
    assert_eq!(Control::get(&env.control, "//p/rcd").await.status, 404);
}
