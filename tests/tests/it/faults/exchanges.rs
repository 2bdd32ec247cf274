//! Faults of exchanges.

use std::time::Duration;

use obn_tests::{Answer, Browser, Environment, Notice, Pfx, causes};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// HTTP/1.1 breaks a connection in another way than HTTP/2, so both are looked at.
fn browsers(env: &Environment) -> [Browser; 2] {
    ["http/1.1", "h2"].map(|protocol| env.browser_with(&env.tls().alpn(protocol)))
}

/// The form of `/p/rcd`, filled in and sent.
async fn download(browser: &Browser, notice: &Notice) -> reqwest::Result<Answer> {
    let form = browser.try_get("/p/rcd").await?.page().form().notice(notice).password("1234");
    browser.try_press(&form, "ダウンロード").await
}

async fn downloads(env: &Environment, notice: &Notice) -> Value {
    env.control.json(&format!("/notices/{}", notice.request_id)).await["downloads"].clone()
}

/// Whether something is there within so many milliseconds.
async fn within(patience: u64, got: impl Future<Output = ()>) -> bool {
    tokio::time::timeout(Duration::from_millis(patience), got).await.is_ok()
}

#[tokio::test]
async fn a_lost_request_never_reaches_the_authority() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    for browser in browsers(&env) {
        env.control.fault(&json!({ "name": "request_lost" })).await;
        assert!(download(&browser, &notice).await.is_err());
        assert_eq!(downloads(&env, &notice).await, 0);
    }
    let record = env.control.last("exchange").await;
    assert_eq!((&record["fault"], &record["outcome"]), (&json!("request_lost"), &json!("fault")));
    assert_eq!(record["exchange"]["status"], 0);
    assert_eq!(env.control.fired().await, [1, 1]);
    assert_eq!(env.browser().download(&notice, "1234").await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_is_lost_after_the_authority_has_done_its_work() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    for (browser, count) in browsers(&env).iter().zip(1..) {
        env.control.fault(&json!({ "name": "answer_lost" })).await;
        assert!(download(browser, &notice).await.is_err());
        assert_eq!(downloads(&env, &notice).await, count);
        let record = env.control.last("exchange").await;
        assert_eq!((&record["fault"], &record["outcome"]), (&json!("answer_lost"), &json!("rcd.file")));
    }
}

#[tokio::test]
async fn a_broken_connection_is_reset_and_not_closed() {
    let env = Environment::start().await;
    env.control.fault(&json!({ "effect": { "kind": "reset" }, "match": { "path": "/p/cert" } })).await;
    let [browser, _] = browsers(&env);
    let error = browser.try_get("/p/cert").await.unwrap_err();
    assert!(causes(&error).to_lowercase().contains("reset"), "{}", causes(&error));
}

#[tokio::test]
async fn a_line_that_drops_in_the_pfx_leaves_a_part_and_the_second_try_is_whole() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    for browser in browsers(&env) {
        env.control.fault(&json!({ "name": "line_drops_in_pfx" })).await;
        let form = browser.open("/p/rcd").await.form().notice(&notice).password("1234");
        let mut response = browser.begin(&form, "ダウンロード").await.unwrap();
        let whole: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let mut received = 0;
        let error = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => received += chunk.len(),
                Ok(None) => panic!("the body came to its end after {received} of {whole} bytes"),
                Err(error) => break error,
            }
        };
        assert_eq!(received, 1_000, "{}", causes(&error));
        assert_eq!(browser.download(&notice, "1234").await.body.len(), whole);
    }
    assert_eq!(env.control.last("exchange").await["fault"], Value::Null);
}

#[tokio::test]
async fn a_break_is_seen_however_late_it_comes() {
    let env = Environment::start().await;
    env.control.fault(&json!({ "effect": { "kind": "reset", "after_bytes": 1_000_000 } })).await;
    let response = env.browser().respond(Method::GET, "/p/cert", HeaderMap::new(), "").await.unwrap();
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn a_break_before_the_first_byte_is_no_answer_in_the_journal() {
    let env = Environment::start().await;
    let browser = env.browser();
    // The page has a body; the answer to HEAD has none, so that nothing of it goes out in any case.
    for (method, after_bytes) in [(Method::GET, 0), (Method::HEAD, 1_000)] {
        env.control.fault(&json!({ "effect": { "kind": "reset", "after_bytes": after_bytes } })).await;
        assert!(browser.respond(method, "/p/rcd", HeaderMap::new(), "").await.is_err());
        assert_eq!(env.control.last("exchange").await["exchange"]["status"], 0);
    }
}

#[tokio::test]
async fn a_pfx_comes_short_damaged_or_under_a_wrong_name() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let good = browser.download(&notice, "1234").await.body;
    let read = |bytes: &[u8]| Pfx::is_readable(bytes, "1234");
    assert!(read(&good));

    env.control.fault(&json!({ "name": "pfx_truncated" })).await;
    let short = browser.download(&notice, "1234").await.body;
    assert!(short.len() == good.len() / 2 && !read(&short), "{} of {} bytes", short.len(), good.len());

    env.control.fault(&json!({ "name": "pfx_corrupted" })).await;
    let damaged = browser.download(&notice, "1234").await.body;
    assert!(damaged.len() == good.len() && !read(&damaged));

    env.control.fault(&json!({ "name": "pfx_as_html" })).await;
    let answer = browser.download(&notice, "1234").await;
    assert_eq!(answer.header("content-type"), "text/html; charset=UTF-8");
    assert!(read(&answer.body));

    env.control.fault(&json!({ "name": "page_instead_of_pfx" })).await;
    let answer = browser.download(&notice, "1234").await;
    assert_eq!(answer.status, 200);
    assert!(answer.page().says("ただ今アクセスが集中しています。"));
    assert_eq!(env.control.fired().await, [1, 1, 1, 1]);
}

#[tokio::test]
async fn a_session_is_lost_between_two_pages_and_a_new_start_helps() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    env.control.fault(&json!({ "name": "session_lost" })).await;
    let page = browser.download(&notice, "1234").await.page();
    assert!(page.says("セッション無効"), "{}", page.outline());
    let record = env.control.last("exchange").await;
    assert_eq!((&record["outcome"], &record["fault"]), (&json!("session.unknown"), &json!("session_lost")));
    assert_eq!(downloads(&env, &notice).await, 0);
    let answer = browser.fresh().download(&notice, "1234").await;
    assert_eq!(answer.header("content-type"), "application/x-pkcs12");
}

#[tokio::test]
async fn errors_and_maintenance_take_the_place_of_pages() {
    let env = Environment::start().await;
    let browser = env.browser();
    env.control.fault(&json!({ "name": "server_error" })).await;
    assert_eq!(browser.get("/p/rcd").await.status, 500);
    env.control.fault(&json!({ "name": "overloaded", "match": { "path": "/p/cert" } })).await;
    assert_eq!(browser.get("/p/rcd").await.status, 200);
    let busy = browser.get("/p/cert").await;
    assert_eq!((busy.status.as_u16(), busy.header("retry-after")), (503, "30"));
    env.control.fault(&json!({ "name": "maintenance" })).await;
    for path in ["/p/rcd", "/p/cert", "/p/s"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 503);
        assert!(answer.page().says("メンテナンス"));
        assert_eq!(env.control.last("exchange").await["fault"], "maintenance");
    }
    env.control.delete("/faults").await;
    assert_eq!(browser.get("/p/rcd").await.status, 200);
}

#[tokio::test]
async fn a_slow_answer_and_a_slow_line_take_the_time_they_say() {
    let env = Environment::start().await;
    let browser = env.browser();
    let late = json!({ "effect": { "kind": "delay", "by": "1s" }, "match": { "path": "/p/cert" } });
    env.control.fault(&late).await;
    assert!(!within(700, async { drop(browser.get("/p/cert").await) }).await);
    assert_eq!(env.control.last("exchange").await["fault"], "delay");

    env.control.fault(&json!({ "name": "slow_line", "match": { "path": "/p/s" } })).await;
    let mut response = browser.respond(Method::GET, "/p/s", HeaderMap::new(), "").await.unwrap();
    let mut received = 0;
    let came = within(1_050, async {
        while let Some(chunk) = response.chunk().await.unwrap() {
            received += chunk.len();
        }
    });
    assert!(!came.await);
    assert!((500..=1_200).contains(&received), "{received} bytes in a second");
}

#[tokio::test]
async fn the_nth_exchange_of_one_request_is_struck_and_no_other() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let r#match = json!({ "outcome": "rcd.file", "request_id": notice.request_id, "nth": 2 });
    let effect = json!({ "kind": "status", "status": 502 });
    env.control.fault(&json!({ "name": "mine", "effect": effect, "match": r#match })).await;
    let other = json!({ "request_id": "202001010000001" });
    env.control.fault(&json!({ "name": "answer_lost", "match": other })).await;
    let (browser, mut statuses) = (env.browser(), Vec::new());
    for _ in 0..3 {
        statuses.push(browser.download(&notice, "1234").await.status.as_u16());
    }
    assert_eq!(statuses, [200, 502, 200]);
    assert_eq!(downloads(&env, &notice).await, 3);
    assert_eq!(env.control.fired().await, [1, 0]);
}

#[tokio::test]
async fn a_fault_that_never_struck_is_told_when_it_goes() {
    let env = Environment::start().await;
    env.control.fault(&json!({ "name": "maintenance" })).await;
    env.control.fault(&json!({ "name": "slow_line" })).await;
    env.browser().get("/p/rcd").await;
    env.control.delete("/faults/2").await;
    assert_eq!(env.control.last("control").await["outcome"], "fault.removed");
    env.control.fault(&json!({ "name": "pfx_corrupted" })).await;
    env.control.delete("/faults/3").await;
    let record = env.control.last("control").await;
    assert_eq!(
        (&record["outcome"], &record["fault"]),
        (&json!("fault.never_fired"), &json!("pfx_corrupted"))
    );
    assert_eq!(env.control.delete("/faults/3").await.status, 404);
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused_with_a_reason() {
    let env = Environment::start().await;
    let cases = [
        (json!({}), "a name of the catalogue or an effect"),
        (json!({ "name": "earthquake" }), "GET /faults/catalogue"),
        (json!({ "effect": { "kind": "explode" } }), "unknown variant"),
        (json!({ "effect": { "kind": "maintenance", "status": 3 } }), "unknown field"),
        (
            json!({ "name": "maintenance", "at": "request", "match": { "outcome": "rcd.file" } }),
            "known at the answer only",
        ),
        (json!({ "name": "tls_expired", "match": { "path": "/p/rcd" } }), "strikes no exchange"),
        (json!({ "name": "slow_line", "match": { "path": "p/rcd" } }), "slash"),
        (json!({ "name": "tls_expired", "at": "answer" }), "strikes at the request"),
        (
            json!({ "effect": { "kind": "renewal_stuck", "at": "key_generation" }, "at": "request" }),
            "strikes at the answer",
        ),
    ];
    for (body, reason) in cases {
        let answer = env.control.post("/faults", &body).await;
        let problem: Value = answer.json();
        assert_eq!(answer.status, 422, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{body}: {problem}");
    }
    assert!(env.control.fired().await.is_empty());
}

#[tokio::test]
async fn the_catalogue_can_be_switched_on_name_by_name_and_is_described() {
    let env = Environment::start().await;
    let catalogue = env.control.json("/faults/catalogue").await;
    let names: Vec<_> = catalogue.as_array().unwrap().iter().map(|named| &named["name"]).collect();
    assert!(names.len() > 15);
    for name in names {
        env.control.fault(&json!({ "name": name })).await;
    }
    let description = env.control.json("/openapi.json").await;
    for path in
        ["/api/v1/faults", "/api/v1/faults/{id}", "/api/v1/faults/catalogue", "/api/v1/worlds/{world}/faults"]
    {
        assert!(description["paths"][path].is_object(), "{path} is not described");
    }
}

#[tokio::test]
async fn faults_go_along_with_a_saved_world_and_away_with_a_reset() {
    let env = Environment::start().await;
    let browser = env.browser();
    env.control.fault(&json!({ "name": "maintenance" })).await;
    browser.get("/p/rcd").await;
    let file = env.control.json("/world").await;
    env.control.order("/reset").await;
    assert!(env.control.fired().await.is_empty());
    let put = env.control.put("/world", &file).await;
    assert_eq!(put.status, 204, "{}", put.summary());
    assert_eq!(env.control.fired().await, [1]);
    assert_eq!(browser.get("/p/rcd").await.status, 503);
}

#[tokio::test]
async fn a_renewal_can_be_shown_as_stuck_or_failed() {
    use obn_ca::authority::{RenewalStatus, Stage};
    use obn_ca::faults::{Occasion, of_status};
    let env = Environment::start().await;
    let world = env.world();
    let id = "202611230000001".parse().unwrap();
    let look = || of_status(world.faults.with(|switched| switched.strike(&Occasion::Status(&id))));
    assert_eq!(look(), None);
    let stuck =
        json!({ "effect": { "kind": "renewal_stuck", "at": "鍵生成中" }, "match": { "request_id": id } });
    env.control.fault(&stuck).await;
    assert_eq!(look().unwrap().shown, RenewalStatus::Pending(Stage::KeyGeneration));
    env.control.fault(&json!({ "name": "renewal_fails" })).await;
    let shown = look().unwrap();
    assert_eq!((shown.shown, &*shown.fault), (RenewalStatus::Failed, "renewal_fails"));
    assert_eq!(env.control.fired().await, [1, 1]);
}
