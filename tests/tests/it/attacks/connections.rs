//! Who holds connections keeps nobody out.

use std::time::Duration;

use obn_ca::Limits;
use obn_tests::Control;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{
    MANY, PLACES, connect_from, hold, hold_tls, start, users_are_served, with_places, without_window,
};

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn users_are_served_while_a_stranger_never_begins_a_handshake() {
    let env = with_places().await;
    let _held = hold(env.simulator.portal_address(), b"").await;
    users_are_served(&env).await;
    let metrics = env.control.text("//metrics").await;
    assert!(!metrics.contains("connections_evicted_total 0"), "{metrics}");
}

#[tokio::test]
async fn users_are_served_while_a_stranger_sends_requests_and_never_reads() {
    let env = with_places().await;
    let requests = "GET /p/s HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(64);
    let _held = hold_tls(&env, "http/1.1", requests.as_bytes()).await;
    users_are_served(&env).await;
}

#[tokio::test]
async fn users_are_served_while_a_stranger_never_ends_headers_or_bodies() {
    let env = with_places().await;
    let begun = "POST /p/rcd HTTP/1.1\r\nhost: localhost\r\n";
    let form =
        format!("{begun}content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\na=");
    let _headers = hold_tls(&env, "http/1.1", begun.as_bytes()).await;
    users_are_served(&env).await;
    let _bodies = hold_tls(&env, "http/1.1", form.as_bytes()).await;
    users_are_served(&env).await;
}

#[tokio::test]
async fn users_are_served_while_a_stranger_gives_streams_no_window() {
    let env = with_places().await;
    let _held = hold_tls(&env, "h2", &without_window("/p/s", 16)).await;
    users_are_served(&env).await;
}

#[tokio::test]
async fn users_are_served_while_a_stranger_holds_control() {
    let env = with_places().await;
    let control = env.simulator.control_address();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    for sent in [
        String::new(),
        "POST /api/v1/notices HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
            .to_owned(),
        "PUT /api/v1/world HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n{"
            .to_owned(),
        get("/api/v1/journal/stream"),
        get("/api/v1/journal?wait=9999999h&outcome=never"),
        get("/api/v1/openapi.json").repeat(16),
        get("/api/v1/world").repeat(16),
    ] {
        let _held = hold(control, sent.as_bytes()).await;
        users_are_served(&env).await;
    }
}

#[tokio::test]
async fn worlds_on_ports_of_their_own_and_plain_http_share_the_places() {
    let env = with_places().await;
    let _held = hold(env.simulator.http_address().unwrap(), b"").await;
    let own = env.create("own", serde_json::json!({ "listen": "127.0.0.1:0" })).await;
    assert_eq!(own.browser().get("/p/rcd").await.status, 200);
    users_are_served(&env).await;
}

#[tokio::test]
async fn a_kept_connection_outlives_those_of_an_address_that_holds_more() {
    let env = with_places().await;
    let control = env.simulator.control_address();
    let mut kept = TcpStream::connect(control).await.unwrap();
    let mut ask = async || {
        kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
        let mut answer = [0; 15];
        kept.read_exact(&mut answer).await?;
        // The rest of it lies ready.
        assert!(kept.read(&mut [0; 1024]).await? > 0);
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        Ok::<_, std::io::Error>(())
    };
    ask().await.unwrap();
    let mut strangers = Vec::new();
    for _ in 0..MANY {
        strangers.push(connect_from([127, 0, 0, 2], control).await);
    }
    ask().await.expect("a user who was there before");
    // And of the stranger's connections, the newest are left.
    let mut open = 0;
    for stranger in &mut strangers {
        let ended = tokio::time::timeout(Duration::from_millis(20), stranger.read(&mut [0])).await;
        open += usize::from(ended.is_err());
    }
    assert!((PLACES - 3..=PLACES).contains(&open), "{open}");
}

#[tokio::test]
async fn who_never_reads_is_cut_off_also_where_there_is_room() {
    let env = start(Limits { stall: SHORT, ..Limits::default() }).await;
    let mut stream = TcpStream::connect(env.simulator.control_address()).await.unwrap();
    let cut = async {
        while stream.write_all(b"GET /api/v1/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n").await.is_ok()
        {
        }
    };
    tokio::time::timeout(Duration::from_secs(20), cut).await.expect("it is cut off");
}

#[tokio::test]
async fn streams_without_a_window_end_also_where_there_is_room() {
    let env = start(Limits { stall: SHORT, ..Limits::default() }).await;
    let mut stream = TcpStream::connect(env.simulator.control_address()).await.unwrap();
    stream.write_all(&without_window("/api/v1/openapi.json", 4)).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end as well.
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "it is never cut off");
}

#[tokio::test]
async fn a_live_journal_that_is_read_goes_on_however_little_happens() {
    let env = start(Limits { stall: SHORT, headers: SHORT, ..Limits::default() }).await;
    let request = env.control.request(reqwest::Method::GET, "/journal/stream?outcome=issued");
    let mut stream = request.send().await.unwrap();
    for _ in 0..4 {
        tokio::time::sleep(2 * SHORT).await;
        // Not on a kept connection, which ends just now.
        Control::new(&env.simulator.control_url(), &env.transcript).issue().await;
        let event = stream.chunk().await.unwrap().expect("the stream goes on");
        assert!(event.starts_with(b"id:"), "{event:?}");
    }
}
