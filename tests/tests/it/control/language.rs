//! In which language control says what went wrong.

use obn_tests::{Answer, Environment};
use reqwest::Method;
use serde_json::{Value, json};

fn detail(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.summary());
    assert_eq!(answer.header("vary"), "Accept-Language");
    answer.json::<Value>()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_mistake_is_told_in_japanese_to_who_prefers_it_and_in_english_to_all_others() {
    let env = Environment::start().await;
    for (accepted, code, words) in [
        (None, "en", "there is none with this number"),
        (Some("fr, *;q=0.1"), "en", "there is none with this number"),
        (Some("en-US, ja;q=0.9"), "en", "there is none with this number"),
        (Some("ja-JP, ja;q=0.9, en;q=0.8"), "ja", "見つかりません"),
    ] {
        let control = match accepted {
            Some(accepted) => env.control.clone().with_header("accept-language", accepted),
            None => env.control.clone(),
        };
        let answer = control.get("/notices/202611230000001").await;
        assert_eq!((answer.status.as_u16(), answer.header("content-language")), (404, code), "{accepted:?}");
        assert!(detail(&answer).starts_with(words), "{accepted:?}: {}", detail(&answer));
        assert_eq!(answer.json::<Value>()["title"], "Not Found");
    }
}

/// Whatever can be done wrong with the calls that people make: each of it has its sentence.
#[tokio::test]
async fn every_mistake_has_its_sentence_in_japanese() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let control = env.control.clone().with_header("accept-language", "ja");
    let issue = |change: Value| {
        let mut body = json!({"institution_code": "0110119153", "terminal_name": "受付"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        (Method::POST, "/notices".to_owned(), body)
    };
    let post = |path: &str, body: Value| (Method::POST, path.to_owned(), body);
    let put = |path: &str, body: Value| (Method::PUT, path.to_owned(), body);
    let pfx = format!("/certificates/{}/pfx", notice.serial);
    let revoke = format!("/certificates/{}/revoke", notice.serial);
    control.post(&revoke, &json!({})).await;
    let cases = [
        issue(json!({"institution_code": "1"})),
        issue(json!({"institution_code": 1})),
        issue(json!({"institution_code": "9912345678"})),
        issue(json!({"terminal_name": ""})),
        issue(json!({"category": "hospital"})),
        issue(json!({"prefecture": "Tokyo"})),
        issue(json!({"issued_on": "2026-02-30"})),
        issue(json!({"valid_until": "2026-11-22"})),
        issue(json!({"valid_until": "2200-01-01"})),
        issue(json!({"colour": "red"})),
        put("/clock", json!({"now": "tomorrow"})),
        put("/clock", json!({"now": "1999-12-31T23:59:59Z"})),
        post("/clock/advance", json!({"by": "3mo"})),
        post("/clock/advance", json!({})),
        post("/worlds", json!({"name": "One"})),
        post("/worlds", json!({"name": "default"})),
        post("/worlds", json!({"name": "a", "profile": {"session": {"ttl": "0s"}}})),
        post("/worlds", json!({"name": "a", "listen": "nowhere"})),
        post("/worlds", json!({"name": "a", "file": "/nowhere"})),
        post("/worlds", json!({"name": "a", "file": {"format": "obn-ca world 99"}})),
        post("/worlds", json!({"name": "a", "scene": "nonesuch"})),
        post("/faults", json!({})),
        post("/faults", json!({"name": "nonesuch"})),
        post("/faults", json!({"effect": {"kind": "status", "status": 99}})),
        post("/faults", json!({"effect": {"kind": "nonesuch"}})),
        put("/journal/contents", json!({"exchanges": 1_000_000})),
        (Method::PATCH, "/profile".to_owned(), json!({"session": {"ttl": "0s"}})),
        (Method::PATCH, "/profile".to_owned(), json!({"session": {"colour": 1}})),
        post(&pfx, json!({"password": "12"})),
        post(&revoke, json!({})),
        (Method::DELETE, "/worlds/nonesuch".to_owned(), json!({})),
        (Method::DELETE, "/worlds/default".to_owned(), json!({})),
        (Method::GET, "/nonesuch".to_owned(), json!({})),
        (Method::POST, "/profile".to_owned(), json!({})),
        (Method::GET, "/notices?limit=0".to_owned(), json!({})),
        (Method::GET, "/notices?limit=x".to_owned(), json!({})),
        (Method::GET, "/notices?after=x".to_owned(), json!({})),
        (Method::GET, "/journal.har".to_owned(), json!({})),
    ];
    let mut told = String::new();
    for (method, path, body) in cases {
        let body = Some(&body).filter(|_| method != Method::GET && method != Method::DELETE);
        let answer = control.call(method.clone(), &path, body).await;
        assert!(answer.status.is_client_error(), "{method} {path}: {}", answer.summary());
        let detail = detail(&answer);
        let is_japanese = detail.chars().any(|letter| ('ぁ'..='ヿ').contains(&letter));
        assert!(is_japanese && !detail.contains("処理できませんでした"), "{method} {path}: {detail}");
        told += &format!("{detail}\n");
    }
    insta::assert_snapshot!(told);
}
