//! A kept store that is opened again with other options, or another profile, than those it was made with.

use obn_ca::{Options, Simulator};
use obn_tests::{Environment, Kept, Tls, on_each_store, require, run};
use serde_json::json;

on_each_store! {
    async fn the_profile_given_at_a_start_is_kept(kept: Kept) {
        kept.open().await.stop().await;
        kept.open_with("session.ttl = \"7m\"").await.stop().await;
        let env = kept.open().await;
        assert_eq!(env.control.json("/profile").await["session"]["ttl"], "7m");
    }
}

#[tokio::test]
async fn a_kept_profile_that_splits_the_listeners_has_its_listener() {
    let kept = Kept::default();
    kept.open_with("client_auth.mode = \"split\"").await.stop().await;
    let env = kept.open().await;
    let address = env.simulator.renewal_address().expect("a listener for /p/ru");
    // Nobody's certificate is shown, and the door says so.
    let page = env.browser_to("localhost", address).get("/p/ru").await.page();
    assert!(page.says("証明書が選択されていません"));
}

#[tokio::test]
async fn a_world_file_that_splits_the_listeners_needs_one() {
    let kept = Kept::default();
    let env = kept.open_with("client_auth.mode = \"split\"").await;
    let file = env.control.json("/world").await;
    env.stop().await;
    let env = Environment::start().await;
    for answer in [
        env.control.put("/world", &file).await,
        env.control.post("/worlds", &json!({"name": "one", "file": file})).await,
    ] {
        assert_eq!(answer.status, 422, "{}", answer.summary());
        assert!(answer.text().contains("--renewal-listen"), "{}", answer.summary());
    }
}

#[tokio::test]
async fn a_host_name_that_the_kept_root_does_not_permit_is_told_at_the_start() {
    let kept = Kept::default();
    let named = |names: &[&str]| {
        let hostnames = names.iter().map(|name| (*name).to_owned()).collect();
        Options { hostnames, ..kept.options() }
    };
    Environment::options(named(&["ca.clinic.example"])).await.stop().await;
    // One that it covers, or fewer names, are fine.
    for names in [&["ca.clinic.example"][..], &["www.ca.clinic.example"], &[]] {
        let env = Environment::options(named(names)).await;
        for host in names.iter().chain(&["localhost", "cert.obn.managedpki.ne.jp"]) {
            assert_eq!(env.browser_at(host).get("/p/rcd").await.status, 200, "{host}");
        }
        env.stop().await;
    }
    let error = Simulator::start(named(&["other.example"])).await.unwrap_err().to_string();
    assert!(error.contains("--hostname other.example"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[tokio::test]
async fn a_world_from_a_process_with_more_host_names_is_reached_by_the_others() {
    let named = |name: &str| Options { hostnames: vec![name.to_owned()], ..Options::for_tests() };
    let elsewhere = Environment::options(named("ca.clinic.example")).await;
    let file = elsewhere.control.json("/world").await;
    let root = elsewhere.control.text("/root.pem").await;
    elsewhere.stop().await;
    let env = Environment::options(named("other.example")).await;
    assert_eq!(env.control.put("/world", &file).await.status, 204);
    assert_eq!(env.browser_with(&Tls::trusting(root)).get("/p/rcd").await.status, 200);
}

on_each_store! {
    async fn another_scheme_of_request_ids_goes_on_beside_the_ids_that_there_are(kept: Kept) {
        let env = kept.open_with("ids.request_numbers = \"running\"").await;
        let mut given = vec![env.issue().await.request_id, env.issue().await.request_id];
        env.stop().await;
        for scheme in ["daily", "random", "running"] {
            let env = kept.open_with(&format!("ids.request_numbers = \"{scheme}\"")).await;
            let fresh = env.issue().await.request_id;
            assert!(!given.contains(&fresh), "{scheme}: {fresh}");
            given.push(fresh);
            env.stop().await;
        }
    }
}

#[tokio::test]
async fn browsers_are_asked_for_certificates_of_the_ca_that_there_is() {
    if !require("openssl") {
        return;
    }
    let kept = Kept::default();
    let env = kept.open().await;
    let issuer = env.control.text("/issuer.pem").await;
    env.stop().await;
    let env = kept.open_with("ca.common_name = \"Another CA\"").await;
    assert_eq!(env.control.text("/issuer.pem").await, issuer, "the CA stays");
    let address = env.simulator.portal_address().to_string();
    let told = run("openssl", &["s_client", "-connect", &address, "-servername", "localhost"]).await.stdout;
    let (_, names) = told.split_once("Acceptable client certificate CA names").expect(&told);
    assert!(names.contains("Online Billing NW Common Root CA - G1"), "{told}");
    assert!(!names.contains("Another CA"), "{told}");
}

#[tokio::test]
async fn another_kind_of_key_for_the_server_is_under_the_same_root() {
    let kept = Kept::default();
    let env = kept.open().await;
    let root = env.control.text("/root.pem").await;
    env.stop().await;
    for kind in ["rsa-2048", "ecdsa-p256"] {
        let env = kept.open_with(&format!("tls.key = \"{kind}\"")).await;
        assert_eq!(env.control.text("/root.pem").await, root, "{kind}");
        let browser = env.browser_with(&Tls::trusting(root.clone()));
        assert_eq!(browser.get("/p/rcd").await.status, 200, "{kind}");
        env.stop().await;
    }
}
