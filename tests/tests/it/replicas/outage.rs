//! PostgreSQL goes away and comes back: nobody is told anything in the meantime that isn't so.

use std::time::{Duration, Instant};

use obn_tests::{Cluster, NOON, Replicas};
use reqwest::Method;
use serde_json::json;

/// How long it is away.
const AWAY: Duration = Duration::from_secs(5);

#[tokio::test]
async fn without_postgresql_replicas_say_so_and_with_it_they_go_on() {
    let Some(cluster) = Cluster::start().await else { return };
    let Some(replicas) = Replicas::fresh(cluster.clone(), &["--no-sample"]).await else { return };
    replicas.control.freeze(NOON).await;
    let before = replicas.control.issue().await;
    let browser = replicas.replica(0).browser().await;
    let mut form = browser.open("/p/rcd").await.form().notice(&before).password("1234");

    cluster.stop();
    #[expect(clippy::disallowed_methods, reason = "the time for which it is really away")]
    let since = Instant::now();
    let body = json!({"institution_code": "0110119153", "terminal_name": "受付"});
    while since.elapsed() < AWAY {
        for program in replicas.all() {
            let control = &program.control;
            assert_eq!(control.get("//readyz").await.status, 503);
            assert_eq!(control.get("//healthz").await.status, 200, "a restart would not help");
            for (method, path, body) in
                [(Method::POST, "/notices", Some(&body)), (Method::GET, "/notices", None)]
            {
                let answer = control.call(method, path, body).await;
                assert_eq!(answer.status, 503, "{}", answer.summary());
            }
        }
        let answer = browser.press(&form, "ダウンロード").await;
        assert_eq!(answer.status, 503, "{}", answer.summary());
        assert!(!answer.is_file());
    }

    cluster.resume().await;
    for program in replicas.all() {
        // Each call waits until it has a connection.
        while program.control.get("//readyz").await.status != 200 {
            assert!(since.elapsed() < AWAY * 12, "it doesn't come back");
        }
        let notices = program.control.json("/notices").await;
        assert_eq!(notices.as_array().unwrap().len(), 1, "nothing of what was refused: {notices}");
    }
    form = browser.open("/p/rcd").await.form().notice(&before).password("1234");
    assert!(browser.press(&form, "ダウンロード").await.pfx("1234").fits());
    let after = replicas.control.issue().await;
    assert_eq!(
        (before.request_id.as_str(), after.request_id.as_str()),
        ("202611230000001", "202611230000002")
    );
}
