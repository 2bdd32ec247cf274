//! Faults strike exactly as often as they say, whoever is asked.

use futures_util::future::join_all;
use obn_tests::Replicas;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_from_the_third_time_on_strikes_twice_under_300_requests_at_once() {
    let Some(replicas) = Replicas::start().await else { return };
    let rule = json!({"effect": {"kind": "status", "status": 418}, "match": {"path": "/p/rcd", "nth": 3}, "times": 2});
    replicas.replica(0).control.fault(&rule).await;
    let browser = replicas.browser().await;
    let asked = join_all((0..300).map(|_| browser.get("/p/rcd"))).await;
    let struck = asked.iter().filter(|answer| answer.status == 418).count();
    assert_eq!((struck, asked.len()), (2, 300));
    for program in replicas.all() {
        let faults = program.control.json("/faults").await;
        assert_eq!((&faults[0]["seen"], &faults[0]["fired"]), (&json!(4), &json!(2)), "{faults}");
    }
    let told = replicas.control.json("/journal?path=/p/rcd").await;
    let with_fault = told.as_array().unwrap().iter().filter(|entry| entry["fault"] == "status").count();
    assert_eq!(with_fault, 2, "the journal says so");
}

#[tokio::test]
async fn a_fault_is_set_at_one_strikes_at_another_and_is_removed_at_a_third() {
    let Some(replicas) = Replicas::start().await else { return };
    let [first, second, third] = [0, 1, 2].map(|number| replicas.replica(number));
    let rule = json!({"effect": {"kind": "maintenance"}, "match": {"path": "/p/rcd"}, "times": 0});
    let id = first.control.fault(&rule).await["id"].clone();
    let [second_browser, third_browser] = [second.browser().await, third.browser().await];
    assert_eq!(second_browser.get("/p/rcd").await.status, 503);
    assert_eq!(third_browser.get("/p/rcd").await.status, 503);
    assert_eq!(first.control.fired().await, [2]);
    assert_eq!(third.control.delete(&format!("/faults/{id}")).await.status, 204);
    assert_eq!(second_browser.get("/p/rcd").await.status, 200);
    assert_eq!(first.control.json("/faults").await, json!([]));

    // One of handshakes counts the same.
    first.control.fault(&json!({"name": "tls_expired", "times": 1})).await;
    let failed = join_all(
        [second, third].map(|program| async { program.browser().await.try_get("/p/rcd").await.is_err() }),
    )
    .await;
    assert_eq!(failed.iter().filter(|failed| **failed).count(), 1, "once over all: {failed:?}");
}

#[tokio::test]
async fn what_is_withheld_at_one_comes_when_the_fault_is_switched_off_at_another() {
    let Some(replicas) = Replicas::start().await else { return };
    let rule = json!({"effect": {"kind": "withhold"}, "match": {"path": "/p/rcd"}});
    let id = replicas.replica(0).control.fault(&rule).await["id"].clone();
    let browser = replicas.replica(1).browser().await;
    let mut response =
        browser.respond(reqwest::Method::GET, "/p/rcd", reqwest::header::HeaderMap::new(), "").await.unwrap();
    let first = response.chunk().await.unwrap().expect("half of it");
    assert!(!first.is_empty());
    assert_eq!(replicas.replica(2).control.delete(&format!("/faults/{id}")).await.status, 204);
    let mut rest = Vec::new();
    while let Some(chunk) = response.chunk().await.unwrap() {
        rest.extend_from_slice(&chunk);
    }
    assert!(String::from_utf8_lossy(&rest).contains("</html>"));
}
