//! Clients that hang up, and a stop, in the middle of what the simulator does: what has begun is finished.

use std::time::Duration;

use obn_ca::store::Transaction;
use obn_ca::{Limits, Options};
use obn_tests::{Control, Environment};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// With one place for connections: who is served has the place of one that has ended.
async fn start() -> Environment {
    let limits = Limits { connections: 1, ..Limits::default() };
    Environment::options(Options { limits, ..Options::for_tests() }).await
}

/// Waits until the form of `/p/rcd` has come in: a fault that never strikes counts it.
async fn posted(control: &Control) {
    while control.json("/faults").await[0]["seen"] == 0 {}
}

async fn watch_posts(control: &Control) {
    let second = json!({ "path": "/p/rcd", "method": "POST", "nth": 2 });
    let fault = json!({ "effect": { "kind": "maintenance" }, "at": "request", "match": second });
    control.fault(&fault).await;
}

#[tokio::test]
async fn a_download_whose_client_hangs_up_is_finished_and_in_the_journal() {
    for protocol in ["http/1.1", "h2"] {
        let env = start().await;
        let notice = env.issue().await;
        let browser = env.browser_with(&env.tls().alpn(protocol));
        watch_posts(&env.control).await;
        // Nobody gets at the store meanwhile, so the download can't end before the client hangs up.
        let held = env.simulator.worlds().store().begin().await.unwrap();
        tokio::select! {
            answer = browser.download(&notice, "1234") => panic!("{protocol}: {}", answer.summary()),
            () = posted(&env.control) => {}
        }
        // Comes after the end of the other one, on its connection or in its place.
        assert_eq!(browser.get("/p/cert").await.status, 200);
        drop(held);
        let journal = env.control.json("/journal?wait=10s&outcome=rcd.file").await;
        assert_eq!(journal[0]["serial"], notice.serial, "{protocol}: {journal}");
        assert_eq!(journal[0]["exchange"]["status"], 0, "{protocol}: {journal}");
        assert_eq!(journal[0]["detail"], "the client had hung up");
        let outcomes = env.control.outcomes().await;
        assert!(outcomes.contains(&"downloaded".to_owned()), "{protocol}: {outcomes:?}");
        let metrics = env.control.text("//metrics").await;
        assert!(metrics.contains("outcome=\"rcd.file\",status=\"0\"} 1"), "{protocol}: {metrics}");
    }
}

#[tokio::test]
async fn a_call_of_control_whose_client_hangs_up_is_finished() {
    // With a place for each: the next one would else take that of a call which has not begun.
    let env = Environment::start().await;
    let world = env.world();
    let held = env.simulator.worlds().store().begin().await.unwrap();
    let mut call = TcpStream::connect(env.simulator.control_address()).await.unwrap();
    let body = r#"{"now":"2027-01-01T00:00:00Z"}"#;
    let head = "PUT /api/v1/clock HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";
    let length = body.len();
    call.write_all(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes()).await.unwrap();
    // Who came later has an answer, so it has begun, and waits for the store.
    healthy(&env).await;
    drop(call);
    // Once more, so that its end was seen.
    healthy(&env).await;
    drop(held);
    // The first record is of the environment's own clock.
    let mut written = world.journal.watch();
    let saved = tokio::time::timeout(Duration::from_secs(10), written.wait_for(|last| *last == 2)).await;
    assert!(saved.is_ok(), "{:?}", world.journal.after(0));
    assert_eq!(world.journal.after(1)[0].outcome, "clock.set");
}

/// Asks control, on a connection of its own, what it answers without the store.
async fn healthy(env: &Environment) {
    let mut connection = TcpStream::connect(env.simulator.control_address()).await.unwrap();
    let ask = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    connection.write_all(ask).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("ok\n"), "{answer}");
}

/// Stops a simulator while nobody gets at the store, until the stop has come as far as it can.
async fn stop(env: Environment, held: Transaction) {
    let release = async {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        drop(held);
    };
    tokio::join!(env.stop(), release);
}

#[tokio::test]
async fn a_stop_waits_for_what_goes_on_for_a_client_that_has_hung_up() {
    let env = Environment::start().await;
    let world = env.world();
    let notice = env.issue().await;
    let browser = env.browser_with(&env.tls().alpn("h2"));
    watch_posts(&env.control).await;
    let held = env.simulator.worlds().store().begin().await.unwrap();
    tokio::select! {
        answer = browser.download(&notice, "1234") => panic!("{}", answer.summary()),
        () = posted(&env.control) => {}
    }
    assert_eq!(browser.get("/p/cert").await.status, 200);
    stop(env, held).await;
    let last = world.journal.after(0).pop().unwrap();
    assert_eq!(last.outcome, "rcd.file", "{last:?}");
}

#[tokio::test]
async fn a_stop_lets_answers_on_a_world_s_own_port_be_finished() {
    let env = Environment::start().await;
    let own = env.create("own", json!({ "listen": "127.0.0.1:0" })).await;
    let (control, browser, notice) = (own.control.clone(), own.browser(), own.issue().await);
    drop(own);
    watch_posts(&control).await;
    let held = env.simulator.worlds().store().begin().await.unwrap();
    let stop = async {
        posted(&control).await;
        stop(env, held).await;
    };
    let (answer, ()) = tokio::join!(browser.download(&notice, "1234"), stop);
    assert!(answer.is_file(), "{}", answer.summary());
}
