//! Control: health, readiness, counters.

use obn_tests::Environment;

#[tokio::test]
async fn health_readiness_and_counters_are_there() {
    let env = Environment::start().await;
    assert_eq!(env.control.text("//healthz").await, "ok\n");
    assert_eq!(env.control.text("//readyz").await, "ready\n");
    env.browser().get("/p/rcd").await;
    let metrics = env.control.get("//metrics").await;
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    let text = metrics.text();
    assert!(text.contains("obn_ca_exchanges_total{outcome=\"rcd.form\",status=\"200\"} 1"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
}
