//! Who may call the pages, and how much.

use obn_tests::{Answer, Studio};
use reqwest::Method;

/// Sends a form, or anything else.
async fn post(
    studio: &Studio,
    path: &str,
    headers: &[(&'static str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let mut request = studio.control.request(Method::POST, &format!("/{path}")).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(Method::POST, request.send().await.unwrap()).await
}

/// Nothing but 413 for a body that is too long. Who still sends when that comes may find the line closed.
async fn is_too_long(studio: &Studio, path: &str, length: usize) {
    let request = studio.control.request(Method::POST, &format!("/{path}")).body(vec![b'x'; length]);
    // Nobody else is to come by that line.
    let request = request.header("connection", "close");
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), 413, "{path}");
    }
}

async fn under_way(studio: &Studio) -> bool {
    !studio.control.text("//live").await.contains("実施中の検査はありません")
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing_run() {
    let studio = Studio::start("touch = ['touch', 'ran']\n", &["--host", "bench.test"]).await;
    let form = "kind=command&command=touch&filter=root/walk";
    let port = studio.url.rsplit(':').next().unwrap().to_owned();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://127.0.0.1"),
        ("origin", "http://localhost:1"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("host", "evil.example"),
        ("host", "localhost.evil.example"),
        ("host", "192.0.2.1"),
        ("host", "user@localhost"),
    ] {
        for path in [
            "/runs",
            "/live/stop",
            "/live/answer",
            "/live/file?number=1&name=x",
            "/runs/20261124-101500/again",
        ] {
            let answer = post(&studio, path, &[(name, value)], form).await;
            assert_eq!(answer.status, 403, "{path} {name}: {value}");
        }
    }
    for host in ["evil.example", "", "192.0.2.1"] {
        assert_eq!(studio.control.clone().with_header("host", host).get("//").await.status, 403, "{host:?}");
    }
    assert!(!under_way(&studio).await && studio.runs().is_empty());
    for host in ["bench.test", "localhost", "[::1]:1", "127.9.9.9"] {
        assert_eq!(studio.control.clone().with_header("host", host).get("//").await.status, 200, "{host}");
    }
    let own = format!("http://127.0.0.1:{port}");
    let begun = post(&studio, "/runs", &[("origin", &own), ("sec-fetch-site", "same-origin")], form).await;
    assert_eq!((begun.status.as_u16(), begun.path().as_str()), (200, "/live"));
    assert!(under_way(&studio).await);
}

#[tokio::test]
async fn no_page_says_what_is_run() {
    let studio = Studio::start("", &[]).await;
    for form in [
        "kind=command&command=touch+/tmp/ran",
        "kind=command&command=",
        "kind=command&arguments=-x",
        "kind=command&run=touch",
        "kind=shell",
    ] {
        assert_eq!(post(&studio, "/runs", &[], form).await.status, 422, "{form}");
    }
    assert!(!under_way(&studio).await);
}

#[tokio::test]
async fn what_comes_in_and_what_is_watched_has_a_bound() {
    let studio = Studio::start("", &[]).await;
    is_too_long(&studio, "/runs", 300 * 1024).await;
    post(&studio, "/runs", &[], "kind=person&first=1").await;
    is_too_long(&studio, "/live/file?number=2&name=new.p12", (16 << 20) + 1).await;
    assert!(studio.control.text("//live/guided").await.contains("data-file=\"false\""));
    assert_eq!(post(&studio, "/live/file?number=999&name=new.p12", &[], "x").await.status, 409);
    for path in [
        "//runs/..%2f..%2fcommands.toml",
        "//runs/2026/chosen.json",
        "//live/given/1/..%2froot.pem",
        "//nothing",
    ] {
        assert_eq!(studio.control.get(path).await.status, 404, "{path}");
    }
    let mut streams = Vec::new();
    for number in 0..17 {
        let stream = studio.control.request(Method::GET, "//live/events").send().await.unwrap();
        assert_eq!(stream.status(), if number < 16 { 200 } else { 503 }, "{number}");
        streams.push(stream);
    }
    // A second run waits for its turn.
    assert_eq!(post(&studio, "/runs", &[], "kind=person&first=1").await.status, 409);
    // Watchers hold nobody up, and what has been played is kept.
    let (status, folder) = studio.end().await;
    assert_eq!(status, Some(0));
    assert_eq!(std::fs::read_dir(folder.path().join("runs")).unwrap().count(), 1);
    drop(streams);
}

#[tokio::test]
async fn every_answer_says_what_a_browser_must_know() {
    let studio = Studio::start("", &[]).await;
    for path in ["//", "//live", "//runs", "//compare", "//studio.js", "//nothing"] {
        let answer = studio.control.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
    }
    // A choice of language leads to the page itself, and nowhere else.
    let english = studio.control.get("//live?lang=en").await;
    assert_eq!(english.path(), "/live");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let client =
        client.tls_backend_preconfigured(obn_tests::Tls::trusting(String::new()).config()).build().unwrap();
    let led = client.get(format!("{}//evil.example/?lang=en", studio.url)).send().await.unwrap();
    assert_eq!(led.headers()["location"], "/evil.example/");
}
