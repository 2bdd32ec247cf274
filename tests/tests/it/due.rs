//! What time brings about is told in the journal when it comes, though nobody looks.

use obn_ca::terms::EmailAddress;
use obn_tests::Environment;
use serde_json::{Value, json};

/// A simulator with an application for a revocation that is approved after two hours.
async fn applied() -> Environment {
    let env = Environment::with("revocation.approval = \"auto\"\nrevocation.delay = \"2h\"").await;
    let notice = env.issue().await;
    let world = env.simulator.worlds().default_world().world.clone();
    let email: EmailAddress = "clinic@example.jp".parse().unwrap();
    let request_id = notice.request_id.parse().unwrap();
    world.request_revocation(&request_id, 0, email, None).await.unwrap();
    env
}

async fn told(env: &Environment) -> Value {
    env.control.json("/journal?outcome=revocation.approved&wait=60s").await
}

#[tokio::test]
async fn after_the_clock_was_moved_to_shortly_before() {
    let env = applied().await;
    env.control.put("/clock", &json!({"mode": "running"})).await;
    env.control.advance("1h 59m 59s").await;
    assert_eq!(told(&env).await[0]["time"], "2026-11-23T05:00:00Z");
}

#[tokio::test]
async fn in_a_world_that_was_saved_before() {
    let env = applied().await;
    let mut file = env.control.json("/world").await;
    file["settings"]["clock"] = json!({"mode": "frozen", "now": "2026-11-23T06:00:00Z"});
    let other = Environment::start().await;
    assert_eq!(other.control.put("/world", &file).await.status, 204);
    assert_eq!(told(&other).await[0]["time"], "2026-11-23T05:00:00Z");
}
