//! Control: the simulated clock, and what time brings about though nobody looks.

use jiff::Timestamp;
use obn_ca::terms::EmailAddress;
use obn_tests::{Environment, NOON};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_frozen_clock_stands_still_and_is_what_everything_shows() {
    let env = Environment::start().await;
    assert_eq!(env.control.json("/clock").await, json!({"now": NOON, "mode": "frozen"}));
    let answer = env.browser().get("/p/rcd").await;
    assert_eq!(answer.header("date"), "Mon, 23 Nov 2026 03:00:00 GMT");
    let journal = env.control.json("/journal?path=/p/rcd").await;
    assert_eq!(journal[0]["time"], NOON);
    assert_ne!(journal[0]["real_time"], NOON);
}

#[tokio::test]
async fn advancing_moves_it_forward_and_back() {
    let env = Environment::start().await;
    for (by, now) in [
        ("91d", "2027-02-22T03:00:00Z"),
        ("1h 30m", "2027-02-22T04:30:00Z"),
        ("90s", "2027-02-22T04:31:30Z"),
        ("-91d", "2026-11-23T04:31:30Z"),
    ] {
        let answer = env.control.post("/clock/advance", &json!({ "by": by })).await;
        assert_eq!(answer.json::<serde_json::Value>(), json!({"now": now, "mode": "frozen"}), "{by}");
    }
}

#[tokio::test]
async fn a_running_clock_goes_on_from_where_it_is_set() {
    let env = Environment::start().await;
    let now = async || {
        let clock = env.control.json("/clock").await;
        (clock["now"].as_str().unwrap().parse::<Timestamp>().unwrap(), clock["mode"].clone())
    };
    env.control.put("/clock", &json!({"mode": "running"})).await;
    let (first, mode) = now().await;
    assert_eq!(mode, "running");
    assert!(first >= NOON.parse().unwrap(), "it goes on from where it stood");
    env.control.put("/clock", &json!({"now": "2031-01-01T00:00:00Z"})).await;
    let (second, mode) = now().await;
    assert_eq!(mode, "running");
    assert!(second >= "2031-01-01T00:00:00Z".parse().unwrap());
    env.control.put("/clock", &json!({"mode": "frozen"})).await;
    assert_eq!(now().await, now().await);
}

#[tokio::test]
async fn what_is_no_time_is_a_problem_document_and_changes_nothing() {
    let env = Environment::start().await;
    let cases = [
        (Method::PUT, "/clock", json!({"now": "tomorrow"})),
        (Method::PUT, "/clock", json!({"now": "1999-12-31T23:59:59Z"})),
        (Method::PUT, "/clock", json!({"now": "2200-01-01T00:00:00Z"})),
        (Method::PUT, "/clock", json!({"mode": "backwards"})),
        (Method::PUT, "/clock", json!({"speed": 2})),
        (Method::POST, "/clock/advance", json!({"by": "3mo"})),
        (Method::POST, "/clock/advance", json!({"by": "200000d"})),
        (Method::POST, "/clock/advance", json!({"by": "-200000d"})),
        (Method::POST, "/clock/advance", json!({"by": "99999999999999d"})),
        (Method::POST, "/clock/advance", json!({})),
    ];
    let mut told = String::new();
    for (method, path, body) in cases {
        let answer = env.control.call(method.clone(), path, Some(&body)).await;
        assert_eq!(answer.header("content-type"), "application/problem+json", "{body}");
        let problem: serde_json::Value = answer.json();
        told +=
            &format!("{method} {path} {body}\n  {} {}\n", answer.status, problem["detail"].as_str().unwrap());
    }
    insta::assert_snapshot!(told);
    assert_eq!(env.control.json("/clock").await["now"], NOON);
}

#[tokio::test]
async fn each_of_many_that_advance_it_at_once_is_counted() {
    let env = Environment::start().await;
    let hour = json!({ "by": "1h" });
    let calls = (0..24).map(|_| env.control.post("/clock/advance", &hour));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.status, 200, "{}", answer.summary());
    }
    assert_eq!(env.control.json("/clock").await["now"], "2026-11-24T03:00:00Z");
}

/// A simulator with an application for a revocation that is approved after two hours.
async fn applied() -> Environment {
    let env = Environment::with("revocation.approval = \"auto\"\nrevocation.delay = \"2h\"").await;
    let notice = env.issue().await;
    let email: EmailAddress = "clinic@example.jp".parse().unwrap();
    let request_id = notice.request_id.parse().unwrap();
    env.world().request_revocation(&request_id, 0, email, None).await.unwrap();
    env
}

async fn approval(env: &Environment) -> Value {
    env.control.json("/journal?outcome=revocation.approved&wait=60s").await
}

#[tokio::test]
async fn what_is_due_is_told_when_it_comes_after_the_clock_was_moved_to_shortly_before() {
    let env = applied().await;
    env.control.put("/clock", &json!({"mode": "running"})).await;
    env.control.advance("1h 59m 59s").await;
    assert_eq!(approval(&env).await[0]["time"], "2026-11-23T05:00:00Z");
}

#[tokio::test]
async fn what_was_due_is_told_in_a_world_that_was_saved_before() {
    let env = applied().await;
    let mut file = env.control.json("/world").await;
    file["settings"]["clock"] = json!({"mode": "frozen", "now": "2026-11-23T06:00:00Z"});
    let other = Environment::start().await;
    assert_eq!(other.control.put("/world", &file).await.status, 204);
    assert_eq!(approval(&other).await[0]["time"], "2026-11-23T05:00:00Z");
}
