//! Who can't be a user of control isn't served, and what control answers stays with the one who asked.

use obn_tests::Environment;
use reqwest::Method;
use reqwest::header::HeaderMap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::with_fields;

/// The status of the answer to a request, sent as it is.
async fn status(env: &Environment, request: &str) -> u16 {
    let mut stream = TcpStream::connect(env.simulator.control_address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("{request}: {answer}"))
}

#[tokio::test]
async fn one_host_is_named_and_it_is_loopback() {
    let env = Environment::start().await;
    let get = |target: &str, hosts: &[&str]| {
        let hosts: String = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
        format!("GET {target} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n")
    };
    for (host, expected) in [
        ("localhost", 200),
        ("localhost:8444", 200),
        ("127.0.0.1:8444", 200),
        ("[::1]:8444", 200),
        ("[::ffff:127.0.0.1]", 200),
        ("localhost:1@evil.example", 403),
        ("localhost@evil.example", 403),
        ("evil.example@localhost", 403),
        ("[::1].evil.example", 403),
        ("[::1]evil.example", 403),
        ("localhost.evil.example", 403),
        ("localhost.", 403),
        ("127.0.0.1.", 403),
        ("127.0.0.1.evil.example", 403),
        ("127.1", 403),
        ("2130706433", 403),
        ("0x7f.0.0.1", 403),
        ("localhost:80:80", 403),
        ("localhost:", 403),
        ("localhost:99999", 403),
        ("localhost, evil.example", 403),
        ("localhost/", 403),
        ("*", 403),
        ("", 403),
    ] {
        assert_eq!(status(&env, &get("/api/v1/clock", &[host])).await, expected, "{host}");
    }
    for (target, hosts, expected) in [
        ("/api/v1/clock", &["localhost", "localhost"][..], 400),
        ("/api/v1/clock", &["localhost", "evil.example"], 400),
        ("/api/v1/clock", &[], 400),
        ("http://localhost/api/v1/clock", &["localhost"], 200),
        ("http://localhost/api/v1/clock", &["evil.example"], 400),
        ("http://evil.example/api/v1/clock", &["localhost"], 400),
        ("http://evil.example/api/v1/clock", &["evil.example"], 403),
    ] {
        assert_eq!(status(&env, &get(target, hosts)).await, expected, "{target} {hosts:?}");
    }
}

/// The status of an answer of HTTP/2, as far as it stands in the static table (RFC 7541, A).
async fn status_h2(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), fields: &[(&str, &str)]) -> u16 {
    stream.write_all(&with_fields("/api/v1/clock", 1, fields)).await.unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        stream.read_exact(&mut payload).await.unwrap();
        if head[3] == 1 {
            return match payload[0] & 0x7f {
                8 => 200,
                12 => 400,
                13 => 404,
                _ => 0,
            };
        }
    }
}

#[tokio::test]
async fn in_http_2_a_host_beside_the_authority_says_the_same() {
    let env = Environment::start().await;
    for (fields, on_control, on_portal) in [
        (&[][..], 200, 404),
        (&[("host", "localhost")], 200, 404),
        (&[("host", "evil.example")], 400, 400),
        (&[("host", "localhost"), ("host", "localhost")], 400, 400),
    ] {
        let mut control = TcpStream::connect(env.simulator.control_address()).await.unwrap();
        assert_eq!(status_h2(&mut control, fields).await, on_control, "{fields:?}");
        let tls = tokio_rustls::TlsConnector::from(std::sync::Arc::new(env.tls().alpn("h2").config()));
        let portal = TcpStream::connect(env.simulator.portal_address()).await.unwrap();
        let mut portal = tls.connect("localhost".try_into().unwrap(), portal).await.unwrap();
        assert_eq!(status_h2(&mut portal, fields).await, on_portal, "{fields:?}");
    }
}

#[tokio::test]
async fn every_answer_is_kept_by_nobody_guessed_at_by_nobody_and_framed_by_nobody() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let print = format!("/notices/{}/print", notice.request_id);
    let paths = [
        "//",
        "//healthz",
        "//metrics",
        "/world",
        "/root.pem",
        "/openapi.json",
        "/journal",
        "/nothing",
        &print,
    ];
    for path in paths {
        let answer = env.control.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
    let refused = env.control.clone().with_header("host", "evil.example").get("/clock").await;
    assert_eq!((refused.status.as_u16(), refused.header("cache-control")), (403, "no-store"));
}

#[tokio::test]
async fn what_a_form_of_another_page_could_send_changes_nothing() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let revoke = format!("/certificates/{}/revoke", notice.serial);
    let send = async |method: Method, path: &str, headers: &[(&'static str, &str)], body: &'static str| {
        let fields: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let request = env.control.request(method, path).headers(fields).body(body);
        request.send().await.unwrap().status().as_u16()
    };
    let kind = "content-type";
    for wrong in [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ] {
        for (path, body) in [
            (revoke.as_str(), "{}"),
            (revoke.as_str(), ""),
            ("/reset", ""),
            ("/clock/advance", "{\"by\":\"1d\"}"),
        ] {
            assert_eq!(send(Method::POST, path, &[(kind, wrong)], body).await, 415, "{wrong:?} {path}");
        }
        assert_eq!(send(Method::PUT, "/world", &[(kind, wrong)], "{}").await, 415, "{wrong:?}");
        assert_eq!(send(Method::DELETE, "/sessions", &[(kind, wrong)], "").await, 415, "{wrong:?}");
    }
    assert_eq!(send(Method::POST, &revoke, &[], "{}").await, 415, "a body of no kind");
    for site in ["cross-site", "same-site"] {
        assert_eq!(send(Method::POST, "/reset", &[("sec-fetch-site", site)], "").await, 403, "{site}");
    }
    assert_eq!(env.control.json("/certificates").await[0]["status"], "valid");

    let own = [("sec-fetch-site", "same-origin"), (kind, "application/json; charset=utf-8")];
    assert_eq!(send(Method::POST, &revoke, &own, "{\"reason\":\"superseded\"}").await, 200);
    let other = env.issue().await;
    let revoke = format!("/certificates/{}/revoke", other.serial);
    assert_eq!(send(Method::POST, &revoke, &[], "").await, 200, "no body, no kind");
}

#[tokio::test]
async fn a_body_that_is_too_large_or_too_slow_is_told_so() {
    let limits = obn_ca::Limits { body: std::time::Duration::from_millis(50), ..obn_ca::Limits::default() };
    let env = super::start(limits).await;
    let post = |path: &str, length: usize| {
        format!(
            "POST /api/v1/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{{"
        )
    };
    assert_eq!(status(&env, &post("notices", 20)).await, 408);
    assert_eq!(status(&env, &post("notices", 65 * 1024)).await, 413);
    assert_eq!(status(&env, &post("worlds", 1024 * 1024 * 1024)).await, 413);
    assert_eq!(status(&env, &post("worlds", 128 * 1024)).await, 408);
}
