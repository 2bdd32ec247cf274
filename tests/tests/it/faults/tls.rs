//! Faults of TLS.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Environment, causes};

async fn told_by_a_new_client(environment: &Environment) -> String {
    let client = environment.another().build().unwrap();
    match client.get(environment.url("/p/rcd")).send().await {
        Ok(response) => response.status().to_string(),
        Err(error) => causes(&error),
    }
}

#[tokio::test]
async fn each_wrong_certificate_fails_for_its_own_reason_and_the_journal_says_so() {
    let cases = [
        ("tls_wrong_host", "not valid for name"),
        ("tls_expired", "expired"),
        ("tls_unknown_root", "UnknownIssuer"),
        ("tls_client_ca", "UnknownIssuer"),
        ("tls_no_intermediate", "UnknownIssuer"),
    ];
    for profile in ["", "[tls]\nkey = \"rsa-2048\"\n"] {
        let environment = Environment::with_profile(profile).await;
        for (name, expected) in cases {
            let fault = environment.fault(json!({ "name": name })).await;
            let before = environment.last("control").await["sequence"].clone();
            let told = told_by_a_new_client(&environment).await;
            assert!(told.contains(expected), "{name}: {told}");
            // The client is done before the server has read its alert.
            let path = format!("/journal?kind=handshake&wait=5s&after={before}");
            let (_, records) = environment.control("GET", &path, Value::Null).await;
            assert_eq!(records[0]["fault"], name);
            environment.control("DELETE", &format!("/faults/{}", fault["id"]), Value::Null).await;
        }
        assert_eq!(told_by_a_new_client(&environment).await, StatusCode::OK.to_string());
    }
}

#[tokio::test]
async fn a_client_that_accepts_everything_is_found_out_by_the_journal() {
    let environment = Environment::new().await;
    environment.fault(json!({ "name": "tls_unknown_root", "times": 1 })).await;
    let careless = environment.another().tls_danger_accept_invalid_certs(true).build().unwrap();
    careless.get(environment.url("/p/rcd")).send().await.unwrap();
    assert_eq!(environment.last("exchange").await["fault"], "tls_unknown_root");
}

#[tokio::test]
async fn the_ca_of_the_client_certificates_vouches_for_the_server_to_whom_trusts_it() {
    let environment = Environment::new().await;
    environment.fault(json!({ "name": "tls_client_ca" })).await;
    let (_, issuer) = environment.control("GET", "/issuer.pem", Value::Null).await;
    let root = reqwest::Certificate::from_pem(issuer.as_str().unwrap().as_bytes()).unwrap();
    let mistaken = environment.another().tls_certs_only([root]).build().unwrap();
    mistaken.get(environment.url("/p/rcd")).send().await.unwrap();
    assert_eq!(environment.last("exchange").await["fault"], "tls_client_ca");
}

#[tokio::test]
async fn a_session_is_not_resumed_past_a_wrong_certificate() {
    let environment = Environment::new().await;
    // Leaves tickets, and no connection to use again.
    let client = environment.another().pool_max_idle_per_host(0).http1_only().build().unwrap();
    client.get(environment.url("/p/rcd")).send().await.unwrap();
    environment.fault(json!({ "name": "tls_expired" })).await;
    let error = client.get(environment.url("/p/rcd")).send().await.unwrap_err();
    assert!(causes(&error).contains("expired"), "{}", causes(&error));
}
