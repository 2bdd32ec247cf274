//! What a visitor is told: whose certificate it is, or why it won't do.

use obn_ca::Options;
use obn_tests::{Browser, Environment, Pfx};
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::environment;

/// What a program is told.
async fn told(browser: &Browser) -> Value {
    let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let answer = browser.send(Method::GET, "/", accept, "").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let document: Value = answer.json();
    assert_eq!(answer.status, if document["accepted"] == true { 200 } else { 403 }, "{document}");
    document
}

async fn reason(browser: &Browser) -> Value {
    told(browser).await["reason"].clone()
}

#[tokio::test]
async fn a_program_is_told_whose_certificate_it_is() {
    let env = environment("").await;
    let notice = env.issue().await;
    let site = env.at_relying_party(&env.tls().showing(&env.pfx(&notice).await));
    let document = told(&site).await;
    let expected = json!({
        "accepted": true,
        "reason": null,
        "message": "証明書を確認しました。",
        "certificate": {
            "institution_code": "0110119153",
            "subject": "CN=0110119153,OU=medical,OU=hokkaido,O=ReceiptOnline,C=JP",
            "issuer": "Online Billing NW Common Root CA - G1",
            "serial": notice.serial,
            "not_before": "2026-11-22T15:00:00Z",
            "not_after": "2030-02-23T14:59:59Z",
        },
        "revocation_list": {
            "number": 1,
            "this_update": "2026-11-23T03:00:00Z",
            "next_update": "2026-11-24T03:00:00Z",
        },
        "now": "2026-11-23T03:00:00Z",
    });
    assert_eq!(document, expected);
    let record = env.control.last("exchange").await;
    assert_eq!(record["outcome"], "login.accepted");
    assert_eq!(record["request_id"], notice.request_id.as_str());
    assert_eq!(record["serial"], notice.serial.as_str());
    assert_eq!(record["detail"], "by revocation list 1 of 2026-11-23T03:00:00Z");
}

#[tokio::test]
async fn whoever_is_refused_learns_why_and_the_journal_says_so() {
    let env = environment("").await;
    let notice = env.issue().await;
    let identity = env.pfx(&notice).await;
    let with = |identity: &Pfx| env.at_relying_party(&env.tls().showing(identity));
    // One connection, so that what is decided is decided for each request.
    let site = with(&identity);
    assert_eq!(reason(&site).await, Value::Null);

    assert_eq!(reason(&env.at_relying_party(&env.tls())).await, "no_certificate");
    for issuer in ["Some Other Root CA", "Online Billing NW Common Root CA - G1"] {
        assert_eq!(reason(&with(&Pfx::foreign(issuer))).await, "other_ca", "{issuer}");
    }
    env.control.freeze("2026-11-22T14:59:59Z").await;
    assert_eq!(reason(&site).await, "not_yet_valid");
    env.control.freeze("2030-02-23T14:59:59Z").await;
    assert_eq!(reason(&site).await, Value::Null);
    env.control.advance("1s").await;
    assert_eq!(reason(&site).await, "expired");
    env.control.freeze("2026-11-24T03:00:00Z").await;
    env.control.revoke(&notice).await;
    assert_eq!(reason(&site).await, "revoked");

    assert_eq!(
        env.control.outcomes_of("login").await,
        [
            "login.accepted",
            "login.refused.no_certificate",
            "login.refused.other_ca",
            "login.refused.other_ca",
            "login.refused.not_yet_valid",
            "login.accepted",
            "login.refused.expired",
            "login.refused.revoked",
        ]
    );
}

#[tokio::test]
async fn a_person_sees_it_on_a_page() {
    let env = environment("").await;
    let notice = env.issue().await;
    let site = env.at_relying_party(&env.tls().showing(&env.pfx(&notice).await));
    let page = site.get("/").await.page();
    assert_eq!(page.heading(), "ログインしました");
    assert!(page.says("CN=0110119153,OU=medical,OU=hokkaido,O=ReceiptOnline,C=JP"));
    assert!(page.says("2026/11/23 00:00:00 ~ 2030/02/23 23:59:59"));
    assert!(page.says("シミュレーター"));
    assert_eq!(page.texts("[role=alert]"), [""; 0]);

    env.control.advance("1d").await;
    env.control.revoke(&notice).await;
    let answer = site.get("/").await;
    assert_eq!(answer.status, 403);
    let page = answer.page();
    assert_eq!(page.heading(), "ログインできません");
    let why =
        "提示された証明書は失効しています。失効リスト第2号(2026/11/24 12:00:00 発行)に記載されています。";
    assert_eq!(page.texts("[role=alert]"), [why]);
}

#[tokio::test]
async fn with_faithful_names_no_page_says_that_it_is_simulated() {
    let env = environment("dn.mode = 'faithful'").await;
    assert!(!env.at_relying_party(&env.tls()).get("/").await.page().says("シミュレーター"));
}

#[tokio::test]
async fn a_list_that_is_not_out_yet_shows_no_revocation() {
    let env = environment("crl.immediate = false\ncrl.period = '1d'").await;
    let notice = env.issue().await;
    let identity = env.pfx(&notice).await;
    let site = env.at_relying_party(&env.tls().showing(&identity));
    assert_eq!(told(&site).await["revocation_list"]["number"], 1);
    env.control.advance("1h").await;
    env.control.revoke(&notice).await;
    let stale = told(&site).await;
    assert_eq!((&stale["accepted"], &stale["revocation_list"]["number"]), (&json!(true), &json!(1)));
    // The CA knows more than its list says: at /p/ru it is revoked.
    assert!(env.browser_showing(&identity).get("/p/ru").await.page().says("失効"));
    env.control.advance("23h").await;
    let fresh = told(&site).await;
    assert_eq!((&fresh["reason"], &fresh["revocation_list"]["number"]), (&json!("revoked"), &json!(2)));
}

#[tokio::test]
async fn where_certificates_name_no_list_a_revoked_one_logs_in() {
    let env = environment("crl.url = ''").await;
    let notice = env.issue().await;
    let site = env.at_relying_party(&env.tls().showing(&env.pfx(&notice).await));
    env.control.revoke(&notice).await;
    let document = told(&site).await;
    assert_eq!((&document["accepted"], &document["revocation_list"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn the_sites_and_the_portal_have_nothing_of_each_other() {
    let env = environment("").await;
    let site = env.at_relying_party(&env.tls());
    for path in ["/p/rcd", "/p/cert", "/crl.crl", "/login"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
    assert_eq!(site.send(Method::POST, "/", HeaderMap::new(), "").await.status, 405);
    assert!(!env.browser().get("/").await.text().contains("ログイン"));
    let without = Environment::start().await;
    assert_eq!(without.simulator.relying_party_url(), None);
}

#[tokio::test]
async fn a_world_has_its_own_by_its_name_and_on_a_port_of_its_own() {
    let env = environment("").await;
    let shared = env.simulator.relying_party_address().unwrap();
    let one = env.create("one", json!({ "seed": "one" })).await;
    let notice = one.issue().await;
    let identity = one.pfx(&notice).await;
    let site = one.at_relying_party(&one.tls().showing(&identity));
    assert_eq!(told(&site).await["certificate"]["serial"], notice.serial.as_str());
    assert_eq!(env.control.outcomes_of("login").await, [""; 0], "the default world saw nothing");

    // By the real names as well, with the world's in front.
    let by_name = |world: &Environment, host: &str| {
        let tls = world.tls().showing(&identity);
        let base = format!("https://{host}:{}", shared.port());
        Browser::new(&base, &tls, &[(host, shared)], &env.transcript)
    };
    assert_eq!(reason(&by_name(&one, "one.hweb.oqs.onshikaku.org")).await, Value::Null);
    assert_eq!(reason(&by_name(&env, "hweb-api.oqs.onshikaku.org")).await, "other_ca");
    assert!(by_name(&env, "nobody.hweb.oqs.onshikaku.org").try_get("/").await.is_err());

    let body = json!({ "name": "two", "relying_party": "127.0.0.1:0" });
    let made = env.control.post("/worlds", &body).await;
    assert_eq!(made.status, 201, "{}", made.summary());
    let made: Value = made.json();
    let own = made["relying_party"].as_str().unwrap();
    assert!(own.starts_with("https://localhost:") && !own.ends_with(&format!(":{}", shared.port())), "{own}");
    let two = env.of_world("two", made["portal"].as_str().unwrap());
    let notice = two.issue().await;
    let tls = two.tls().showing(&two.pfx(&notice).await);
    let site = Browser::new(own, &tls, &[], &env.transcript);
    assert_eq!(told(&site).await["certificate"]["serial"], notice.serial.as_str());
    assert_eq!(env.control.delete("/worlds/two").await.status, 204);
    assert!(Browser::new(own, &tls, &[], &env.transcript).try_get("/").await.is_err());
}

#[tokio::test]
async fn a_store_from_before_the_sites_had_names_serves_them_as_localhost() {
    let kept = obn_tests::Kept::default();
    let profile = obn_ca::profile::Profile::from_toml("relying_party.hosts = []").unwrap();
    let env = Environment::options(kept.options().profile(profile)).await;
    let root = env.tls().roots;
    env.stop().await;
    let options = kept.options().profile(obn_ca::profile::Profile::default());
    let env = Environment::options(Options { relying_party: Some(options.control), ..options }).await;
    assert_eq!(env.tls().roots, root);
    assert_eq!(reason(&env.at_relying_party(&env.tls())).await, "no_certificate");
}
