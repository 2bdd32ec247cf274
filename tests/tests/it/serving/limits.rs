//! Whoever is slow or many is cut off or waits, and the others are served.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use obn_ca::{Limits, Options};
use obn_tests::Environment;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const SHORT: Duration = Duration::from_millis(50);

async fn start(limits: Limits) -> Environment {
    Environment::options(Options { limits, ..Options::for_tests() }).await
}

/// Sends this and answers with all that comes until the other side hangs up.
async fn until_hung_up(address: SocketAddr, sent: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is a way to hang up as well.
    let _ = hung_up(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The end of a connection that must not last.
async fn hung_up<T>(end: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), end).await.expect("the other side never hangs up")
}

#[tokio::test]
async fn who_never_begins_a_handshake_is_cut_off() {
    let env = start(Limits { handshake: SHORT, ..Limits::default() }).await;
    assert_eq!(until_hung_up(env.simulator.portal_address(), "").await, "");
    assert_eq!(env.browser().get("/p/rcd").await.status, 200);
}

#[tokio::test]
async fn who_never_ends_the_headers_or_sends_nothing_more_is_cut_off() {
    let env = start(Limits { headers: SHORT, ..Limits::default() }).await;
    let control = env.simulator.control_address();
    let cut = until_hung_up(control, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n").await;
    assert!(!cut.contains("200 OK"), "{cut}");
    let idle = until_hung_up(control, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(idle.starts_with("HTTP/1.1 200 OK\r\n") && idle.ends_with("ok\n"), "{idle}");
}

#[tokio::test]
async fn who_never_says_which_http_it_speaks_is_cut_off() {
    let env = start(Limits { headers: SHORT, ..Limits::default() }).await;
    for sent in ["", "PRI * HTTP/2.0\r\n"] {
        assert_eq!(until_hung_up(env.simulator.control_address(), sent).await, "");
        assert_eq!(until_hung_up(env.simulator.http_address().unwrap(), sent).await, "");
        for protocol in ["http/1.1", "h2"] {
            let tls = TlsConnector::from(Arc::new(env.tls().alpn(protocol).config()));
            let stream = TcpStream::connect(env.simulator.portal_address()).await.unwrap();
            let mut stream = tls.connect("localhost".try_into().unwrap(), stream).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            // What ends without a farewell of TLS has ended as well.
            let _ = hung_up(stream.read_to_end(&mut Vec::new())).await;
        }
    }
}

#[tokio::test]
async fn who_never_ends_a_body_is_told_so() {
    let env = start(Limits { body: SHORT, ..Limits::default() }).await;
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 100";
    let tls = TlsConnector::from(Arc::new(env.tls().alpn("http/1.1").config()));
    let stream = TcpStream::connect(env.simulator.portal_address()).await.unwrap();
    let mut stream = tls.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    stream
        .write_all(format!("POST /p/rcd HTTP/1.1\r\nhost: localhost\r\n{form}\r\n\r\na=").as_bytes())
        .await
        .unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(std::str::from_utf8(&answer), Ok("HTTP/1.1 408"));
}

#[tokio::test]
async fn one_connection_too_many_takes_the_place_of_an_idle_one() {
    let env = start(Limits { connections: 1, ..Limits::default() }).await;
    let control = env.simulator.control_address();
    let mut first = TcpStream::connect(control).await.unwrap();
    first.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut second = TcpStream::connect(control).await.unwrap();
    second.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = [0; 15];
    second.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    let _ = hung_up(first.read_to_end(&mut Vec::new())).await;
}

#[tokio::test]
async fn one_connection_too_many_waits_for_one_that_the_server_works_for() {
    let env = start(Limits { connections: 1, ..Limits::default() }).await;
    env.control
        .fault(&json!({ "effect": { "kind": "delay", "by": "300ms" }, "match": { "path": "/p/cert" } }))
        .await;
    let (first, second) = (env.browser(), env.browser());
    let (delayed, waiting) = tokio::join!(first.get("/p/cert"), async {
        while env.control.fired().await != [1] {}
        second.get("/p/rcd").await
    });
    assert_eq!((delayed.status.as_u16(), waiting.status.as_u16()), (200, 200));
}
