//! Faults of TLS.

use obn_tests::{Environment, Tls, causes};
use reqwest::Method;
use reqwest::header::{CONNECTION, HeaderMap};
use serde_json::json;

async fn told_by_a_new_browser(env: &Environment) -> String {
    match env.browser().try_get("/p/rcd").await {
        Ok(answer) => answer.status.to_string(),
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
        let env = Environment::with(profile).await;
        for (name, expected) in cases {
            let fault = env.control.fault(&json!({ "name": name })).await;
            let before = env.control.last("control").await["sequence"].clone();
            let told = told_by_a_new_browser(&env).await;
            assert!(told.contains(expected), "{name}: {told}");
            // The client is done before the server has read its alert.
            let path = format!("/journal?kind=handshake&wait=5s&after={before}");
            assert_eq!(env.control.json(&path).await[0]["fault"], name);
            env.control.delete(&format!("/faults/{}", fault["id"])).await;
        }
        assert_eq!(told_by_a_new_browser(&env).await, "200 OK");
    }
}

#[tokio::test]
async fn a_client_that_accepts_everything_is_found_out_by_the_journal() {
    let env = Environment::start().await;
    env.control.fault(&json!({ "name": "tls_unknown_root", "times": 1 })).await;
    env.browser_with(&env.tls().credulous()).get("/p/rcd").await;
    assert_eq!(env.control.last("exchange").await["fault"], "tls_unknown_root");
}

#[tokio::test]
async fn the_ca_of_the_client_certificates_vouches_for_the_server_to_whom_trusts_it() {
    let env = Environment::start().await;
    env.control.fault(&json!({ "name": "tls_client_ca" })).await;
    let mistaken = Tls::trusting(env.control.text("/issuer.pem").await);
    env.browser_with(&mistaken).get("/p/rcd").await;
    assert_eq!(env.control.last("exchange").await["fault"], "tls_client_ca");
}

#[tokio::test]
async fn a_session_is_not_resumed_past_a_wrong_certificate() {
    let env = Environment::start().await;
    // Leaves tickets, and no connection to use again.
    let browser = env.browser_with(&env.tls().alpn("http/1.1"));
    let closing = HeaderMap::from_iter([(CONNECTION, "close".parse().unwrap())]);
    browser.send(Method::GET, "/p/rcd", closing.clone(), "").await;
    env.control.fault(&json!({ "name": "tls_expired" })).await;
    let error = browser.try_send(Method::GET, "/p/rcd", closing, "").await.unwrap_err();
    assert!(causes(&error).contains("expired"), "{}", causes(&error));
}
