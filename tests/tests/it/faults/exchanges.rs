//! Faults of exchanges.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Environment, causes};

/// HTTP/1.1 breaks a connection in another way than HTTP/2, so both are looked at.
fn clients(environment: &Environment) -> [reqwest::Client; 2] {
    [environment.another().http1_only().build().unwrap(), environment.another().build().unwrap()]
}

#[tokio::test]
async fn a_lost_request_never_reaches_the_authority() {
    let environment = Environment::new().await;
    for client in clients(&environment) {
        environment.fault(json!({ "name": "request_lost" })).await;
        assert!(environment.download(&client).await.is_err());
        assert_eq!(environment.downloads().await, 0);
    }
    let record = environment.last("exchange").await;
    assert_eq!((&record["fault"], &record["outcome"]), (&json!("request_lost"), &json!("fault")));
    assert_eq!(record["exchange"]["status"], 0);
    assert_eq!(environment.fired().await, [1, 1]);
    assert_eq!(environment.download(&environment.client).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_lost_answer_is_lost_after_the_authority_has_done_its_work() {
    let environment = Environment::new().await;
    for (client, downloads) in clients(&environment).iter().zip(1..) {
        environment.fault(json!({ "name": "answer_lost" })).await;
        assert!(environment.download(client).await.is_err());
        assert_eq!(environment.downloads().await, downloads);
        let record = environment.last("exchange").await;
        assert_eq!((&record["fault"], &record["outcome"]), (&json!("answer_lost"), &json!("rcd.file")));
    }
}

#[tokio::test]
async fn a_broken_connection_is_reset_and_not_closed() {
    let environment = Environment::new().await;
    environment.fault(json!({ "effect": { "kind": "reset" }, "match": { "path": "/p/cert" } })).await;
    let client = environment.another().http1_only().build().unwrap();
    let error = client.get(environment.url("/p/cert")).send().await.unwrap_err();
    assert!(causes(&error).to_lowercase().contains("reset"), "{}", causes(&error));
}

#[tokio::test]
async fn a_line_that_drops_in_the_pfx_leaves_a_part_and_the_second_try_is_whole() {
    let environment = Environment::new().await;
    for client in clients(&environment) {
        environment.fault(json!({ "name": "line_drops_in_pfx" })).await;
        let mut response = environment.download(&client).await.unwrap();
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
        let again = environment.download(&client).await.unwrap().bytes().await.unwrap();
        assert_eq!(again.len(), whole);
    }
    assert_eq!(environment.last("exchange").await["fault"], Value::Null);
}

#[tokio::test]
async fn a_break_is_seen_however_late_it_comes() {
    let environment = Environment::new().await;
    environment.fault(json!({ "effect": { "kind": "reset", "after_bytes": 1_000_000 } })).await;
    let response = environment.get("/p/cert").await;
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn a_break_before_the_first_byte_is_no_answer_in_the_journal() {
    let environment = Environment::new().await;
    // The page has a body; the answer to HEAD has none, so that nothing of it goes out in any case.
    for (method, after_bytes) in [("GET", 0), ("HEAD", 1_000)] {
        environment.fault(json!({ "effect": { "kind": "reset", "after_bytes": after_bytes } })).await;
        let method = method.parse().unwrap();
        assert!(environment.client.request(method, environment.url("/p/rcd")).send().await.is_err());
        assert_eq!(environment.last("exchange").await["exchange"]["status"], 0);
    }
}

#[tokio::test]
async fn a_pfx_comes_short_damaged_or_under_a_wrong_name() {
    let environment = Environment::new().await;
    let good = environment.download(&environment.client).await.unwrap().bytes().await.unwrap();
    let read = |bytes: &[u8]| {
        p12_keystore::KeyStore::from_pkcs12(bytes, "1234", p12_keystore::Pkcs12ImportPolicy::Relaxed).is_ok()
    };
    assert!(read(&good));

    environment.fault(json!({ "name": "pfx_truncated" })).await;
    let short = environment.download(&environment.client).await.unwrap().bytes().await.unwrap();
    assert!(short.len() == good.len() / 2 && !read(&short), "{} of {} bytes", short.len(), good.len());

    environment.fault(json!({ "name": "pfx_corrupted" })).await;
    let damaged = environment.download(&environment.client).await.unwrap().bytes().await.unwrap();
    assert!(damaged.len() == good.len() && !read(&damaged));

    environment.fault(json!({ "name": "pfx_as_html" })).await;
    let response = environment.download(&environment.client).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/html; charset=UTF-8");
    assert!(read(&response.bytes().await.unwrap()));

    environment.fault(json!({ "name": "page_instead_of_pfx" })).await;
    let response = environment.download(&environment.client).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.text().await.unwrap().contains("ただ今アクセスが集中しています。"));
    assert_eq!(environment.fired().await, [1, 1, 1, 1]);
}

#[tokio::test]
async fn a_session_is_lost_between_two_pages_and_a_new_start_helps() {
    let environment = Environment::new().await;
    environment.fault(json!({ "name": "session_lost" })).await;
    let page = environment.download(&environment.client).await.unwrap().text().await.unwrap();
    assert!(page.contains("セッション無効"), "{page}");
    let record = environment.last("exchange").await;
    assert_eq!((&record["outcome"], &record["fault"]), (&json!("session.unknown"), &json!("session_lost")));
    assert_eq!(environment.downloads().await, 0);
    let response = environment.download(&environment.client).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-pkcs12");
}

#[tokio::test]
async fn errors_and_maintenance_take_the_place_of_pages() {
    let environment = Environment::new().await;
    environment.fault(json!({ "name": "server_error" })).await;
    assert_eq!(environment.get("/p/rcd").await.status(), 500);
    environment.fault(json!({ "name": "overloaded", "match": { "path": "/p/cert" } })).await;
    assert_eq!(environment.get("/p/rcd").await.status(), 200);
    let busy = environment.get("/p/cert").await;
    assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (503, &"30".parse().unwrap()));
    environment.fault(json!({ "name": "maintenance" })).await;
    for path in ["/p/rcd", "/p/cert", "/p/s"] {
        let page = environment.get(path).await;
        assert_eq!(page.status(), 503);
        assert!(page.text().await.unwrap().contains("メンテナンス"));
        assert_eq!(environment.last("exchange").await["fault"], "maintenance");
    }
    environment.control("DELETE", "/faults", Value::Null).await;
    assert_eq!(environment.get("/p/rcd").await.status(), 200);
}

#[tokio::test]
async fn a_slow_answer_and_a_slow_line_take_the_time_they_say() {
    let environment = Environment::new().await;
    let late = json!({ "effect": { "kind": "delay", "by": "1s" }, "match": { "path": "/p/cert" } });
    environment.fault(late).await;
    let patience = Duration::from_millis(700);
    assert!(tokio::time::timeout(patience, environment.get("/p/cert")).await.is_err());
    assert_eq!(environment.last("exchange").await["fault"], "delay");

    environment.fault(json!({ "name": "slow_line", "match": { "path": "/p/s" } })).await;
    let mut response = environment.get("/p/s").await;
    let mut received = 0;
    let timeout = tokio::time::timeout(Duration::from_millis(1_050), async {
        while let Some(chunk) = response.chunk().await.unwrap() {
            received += chunk.len();
        }
    });
    assert!(timeout.await.is_err());
    assert!((500..=1_200).contains(&received), "{received} bytes in a second");
}

#[tokio::test]
async fn the_nth_exchange_of_one_request_is_struck_and_no_other() {
    let environment = Environment::new().await;
    let request_id = environment.simulator.sample_notice().await.unwrap().request_id;
    let r#match = json!({ "outcome": "rcd.file", "request_id": request_id, "nth": 2 });
    environment
        .fault(json!({ "name": "mine", "effect": { "kind": "status", "status": 502 }, "match": r#match }))
        .await;
    let other = json!({ "request_id": "202001010000001" });
    environment.fault(json!({ "name": "answer_lost", "match": other })).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(environment.download(&environment.client).await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 502, 200]);
    assert_eq!(environment.downloads().await, 3);
    assert_eq!(environment.fired().await, [1, 0]);
}

#[tokio::test]
async fn a_fault_that_never_struck_is_told_when_it_goes() {
    let environment = Environment::new().await;
    environment.fault(json!({ "name": "maintenance" })).await;
    environment.fault(json!({ "name": "slow_line" })).await;
    environment.get("/p/rcd").await;
    environment.control("DELETE", "/faults/2", Value::Null).await;
    assert_eq!(environment.last("control").await["outcome"], "fault.removed");
    environment.fault(json!({ "name": "pfx_corrupted" })).await;
    environment.control("DELETE", "/faults/3", Value::Null).await;
    let record = environment.last("control").await;
    assert_eq!(
        (&record["outcome"], &record["fault"]),
        (&json!("fault.never_fired"), &json!("pfx_corrupted"))
    );
    let (status, _) = environment.control("DELETE", "/faults/3", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused_with_a_reason() {
    let environment = Environment::new().await;
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
        let (status, problem) = environment.control("POST", "/faults", body.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{body}: {problem}");
    }
    assert!(environment.fired().await.is_empty());
}

#[tokio::test]
async fn the_catalogue_can_be_switched_on_name_by_name_and_is_described() {
    let environment = Environment::new().await;
    let (_, catalogue) = environment.control("GET", "/faults/catalogue", Value::Null).await;
    let names: Vec<_> = catalogue.as_array().unwrap().iter().map(|named| &named["name"]).collect();
    assert!(names.len() > 15);
    for name in names {
        environment.fault(json!({ "name": name })).await;
    }
    let (_, description) = environment.control("GET", "/openapi.json", Value::Null).await;
    for path in
        ["/api/v1/faults", "/api/v1/faults/{id}", "/api/v1/faults/catalogue", "/api/v1/worlds/{world}/faults"]
    {
        assert!(description["paths"][path].is_object(), "{path} is not described");
    }
}

#[tokio::test]
async fn faults_go_along_with_a_saved_world_and_away_with_a_reset() {
    let environment = Environment::new().await;
    environment.fault(json!({ "name": "maintenance" })).await;
    environment.get("/p/rcd").await;
    let (_, file) = environment.control("GET", "/world", Value::Null).await;
    environment.control("POST", "/reset", Value::Null).await;
    assert!(environment.fired().await.is_empty());
    let (status, problem) = environment.control("PUT", "/world", file).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    assert_eq!(environment.fired().await, [1]);
    assert_eq!(environment.get("/p/rcd").await.status(), 503);
}

#[tokio::test]
async fn a_renewal_can_be_shown_as_stuck_or_failed() {
    use obn_ca::authority::{RenewalStatus, Stage};
    let environment = Environment::new().await;
    let faults = &environment.simulator.worlds().default_world().world.faults;
    let id = "202611230000001".parse().unwrap();
    assert_eq!(faults.status_override(&id), None);
    let stuck =
        json!({ "effect": { "kind": "renewal_stuck", "at": "鍵生成中" }, "match": { "request_id": id } });
    environment.fault(stuck).await;
    assert_eq!(faults.status_override(&id).unwrap().shown, RenewalStatus::Pending(Stage::KeyGeneration));
    environment.fault(json!({ "name": "renewal_fails" })).await;
    let shown = faults.status_override(&id).unwrap();
    assert_eq!((shown.shown, &*shown.fault), (RenewalStatus::Failed, "renewal_fails"));
    assert_eq!(environment.fired().await, [1, 1]);
}
