//! Control: the exchanges with their contents as a recording, by choice.

use obn_client::recording::har::{Body, Har};
use obn_client::{Identity, Password};
use obn_tests::Environment;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn recording(env: &Environment) -> (StatusCode, Vec<u8>) {
    let answer = env.control.request(Method::GET, "/journal.har").send().await.unwrap();
    (answer.status(), answer.bytes().await.unwrap().to_vec())
}

async fn keep(env: &Environment, exchanges: u32) -> (StatusCode, Value) {
    let call = env.control.request(Method::PUT, "/journal/contents").json(&json!({ "exchanges": exchanges }));
    let answer = call.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn contents_are_kept_by_choice_and_come_as_a_recording() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    env.browser().get("/p/rcd").await;
    assert_eq!(recording(&env).await.0, StatusCode::CONFLICT, "nobody asked for it");

    assert_eq!(keep(&env, 50).await, (StatusCode::OK, json!({ "exchanges": 50, "kept": 0 })));
    let pfx = env.pfx(&notice).await;
    let (status, file) = recording(&env).await;
    assert_eq!(status, StatusCode::OK);
    let reading = Har::read(&file).unwrap();
    assert_eq!((reading.broken, reading.unreadable), (None, 0));
    let entries = reading.har.log.entries;
    let post = entries.iter().find(|entry| entry.request.method == "POST").unwrap();
    let fields = post.request.post_data.as_ref().unwrap().fields(encoding_rs::UTF_8);
    assert!(fields.iter().any(|(_, value)| *value == notice.reference_id), "{fields:?}");
    assert!(post.request.url.ends_with("/p/rcd"), "{}", post.request.url);
    let password = fields.iter().find(|(name, _)| name == "password").unwrap().1.clone();
    let Some(Body::Bytes(came)) = post.response.body().unwrap() else { panic!("{post:?}") };
    let identity = Identity::from_pfx(&came, &Password::new(password)).unwrap();
    assert_eq!(identity.certificate().der(), pfx.chain[0]);

    env.control.request(Method::POST, "/reset").send().await.unwrap();
    assert_eq!(recording(&env).await.0, StatusCode::CONFLICT, "a fresh world keeps nothing");
    assert_eq!(keep(&env, 10_001).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}
