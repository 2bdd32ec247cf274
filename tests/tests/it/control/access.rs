//! Control: who may call it.

use obn_tests::{Control, Environment};

#[tokio::test]
async fn only_programs_of_this_machine_may_call_control() {
    let options =
        obn_ca::Options { control_hosts: vec!["ca.test".to_owned()], ..obn_ca::Options::for_tests() };
    let env = Environment::options(options).await;
    let port = env.simulator.control_address().port();
    let with = |name, value: &str| env.control.clone().with_header(name, value);
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("127.0.0.1", 200),
        ("127.9.9.9:80", 200),
        ("[::1]:8444", 200),
        ("ca.test", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("192.0.2.1", 403),
        ("[::2]", 403),
        ("", 403),
    ] {
        assert_eq!(with("host", host).get("/clock").await.status, status, "{host:?}");
    }
    let own = format!("http://127.0.0.1:{port}");
    for (origin, status) in [
        (own.as_str(), 200),
        ("http://127.0.0.1", 403),
        ("http://localhost:1", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ] {
        let answer = with("origin", origin).delete("/sessions").await;
        let expected = if status == 200 { 204 } else { status };
        assert_eq!(answer.status, expected, "{origin}");
    }
}

#[tokio::test]
async fn with_a_token_every_call_must_carry_it_but_health() {
    let options =
        obn_ca::Options { control_token: Some("s3cret".to_owned()), ..obn_ca::Options::for_tests() };
    let env = Environment::options(options).await;
    let with = |value: &str| env.control.clone().with_header("authorization", value);
    let refused = env.control.get("/clock").await;
    assert_eq!((refused.status.as_u16(), refused.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    for wrong in ["Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "s3cret", "Basic s3cret"] {
        assert_eq!(with(wrong).get("/clock").await.status, 401, "{wrong}");
    }
    // RFC 9110, 11.1: the scheme's name is case-insensitive.
    for right in ["Bearer s3cret", "bearer s3cret"] {
        assert_eq!(with(right).get("/clock").await.status, 200, "{right}");
    }
    for path in ["//openapi.json", "//metrics", "/openapi.json"] {
        assert_eq!(env.control.get(path).await.status, 401, "{path}");
    }
    for path in ["//healthz", "//readyz"] {
        assert_eq!(env.control.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_portal_shows_nothing_of_control_and_control_nothing_of_the_portal() {
    let env = Environment::start().await;
    assert_eq!(env.browser().get("/api/v1/clock").await.status, 404);
    assert_eq!(Control::get(&env.control, "//p/rcd").await.status, 404);
}
