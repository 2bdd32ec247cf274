//! Control: the profile in force.

use obn_tests::Environment;
use serde_json::json;

#[tokio::test]
async fn the_profile_in_force_is_shown_with_all_that_is_known_of_each_key() {
    let env = Environment::with("session.ttl = \"5m\"").await;
    let profile = env.control.json("/profile").await;
    assert_eq!((&profile["session"]["ttl"], &profile["pfx"]["iterations"]), (&json!("5m"), &json!(2048)));
    let keys = env.control.json("/profile/keys").await;
    let key = keys.as_array().unwrap().iter().find(|key| key["key"] == "session.ttl");
    insta::assert_snapshot!(serde_json::to_string_pretty(key.expect("it is a key")).unwrap());
}
