//! Keys for worlds that nobody has any more.

use obn_tests::Environment;
use serde_json::json;

#[tokio::test]
async fn nobody_makes_the_keys_of_worlds_that_were_thrown_away() {
    const WORLDS: u64 = 40;
    let env = Environment::start().await;
    for number in 0..WORLDS {
        let name = format!("w{number}");
        env.create(&name, json!({"seed": format!("thrown away {number}")})).await;
        assert_eq!(env.control.delete(&format!("/worlds/{name}")).await.status, 204);
    }
    // Whoever comes next gets theirs.
    let notice = env.issue().await;
    assert!(env.browser().download(&notice, "1234").await.is_file());
    let last = env.create("last", json!({"seed": "last"})).await;
    let notice = last.issue().await;
    assert!(last.browser().download(&notice, "1234").await.is_file());

    let metrics = env.control.text("//metrics").await;
    let searched =
        metrics.lines().find_map(|line| line.strip_prefix("obn_ca_keys_searched ")).expect(&metrics);
    // Each has a client CA. One or the other may have begun before its world was thrown away.
    assert!(
        searched.parse::<u64>().unwrap() < WORLDS / 2,
        "{searched} keys for {WORLDS} worlds that are gone"
    );
}
