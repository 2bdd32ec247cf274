//! What is made at one replica is there at all.

use std::net::SocketAddr;

use obn_tests::{NOON, Program, RENEWING, Replicas, Tls};
use reqwest::Url;
use rustls::HandshakeKind;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn worlds_clocks_and_what_becomes_of_them_are_the_same_everywhere() {
    let Some(replicas) = Replicas::start().await else { return };
    let [first, second, third] = [0, 1, 2].map(|number| replicas.replica(number).control.clone());
    let made = first.post("//api/v1/worlds", &json!({"name": "one", "seed": "one"})).await;
    assert_eq!(made.status, 201, "{}", made.summary());

    // Its clock is set at one and read at another, and moved there.
    second.of_world("one").freeze(NOON).await;
    third.of_world("one").advance("2d").await;
    for control in [&first, &second, &third] {
        let clock = control.of_world("one").json("/clock").await;
        assert_eq!((&clock["now"], &clock["mode"]), (&json!("2026-11-25T03:00:00Z"), &json!("frozen")));
        assert_eq!(control.json("/clock").await["now"], NOON, "the default world has its own");
    }

    // A page of it is had by its name anywhere, under its own root.
    let notice = third.of_world("one").issue().await;
    let tls = Tls::trusting(first.of_world("one").text("/root.pem").await);
    let browser = replicas.browser_at("one.localhost", &tls);
    for password in ["1111", "2222", "3333"] {
        assert!(browser.download(&notice, password).await.pfx(password).fits());
    }

    // Reset at one, it is fresh at all; thrown away at one, it is gone from all.
    assert_eq!(second.of_world("one").order("/reset").await.status, 204);
    for control in [&first, &second, &third] {
        assert_eq!(control.of_world("one").json("/notices").await, json!([]));
    }
    assert_eq!(third.delete("//api/v1/worlds/one").await.status, 204);
    for control in [&first, &second, &third] {
        assert_eq!(control.of_world("one").get("/notices").await.status, 404);
        let names = control.json("//api/v1/worlds").await;
        assert!(!names.to_string().contains("\"one\""), "{names}");
    }
    for _ in 0..3 {
        assert!(browser.try_get("/p/rcd").await.is_err(), "nobody speaks in its name");
    }
}

#[tokio::test]
async fn a_session_goes_on_at_any_replica_until_it_is_ended_at_one() {
    let Some(replicas) = Replicas::start().await else { return };
    let profile = json!({"name": "quick", "profile": {"issue": {"delays": ["0s", "0s"]}}});
    let made = replicas.control.post("//api/v1/worlds", &profile).await;
    assert_eq!(made.status, 201, "{}", made.summary());
    let control = replicas.control.of_world("quick");
    control.freeze(NOON).await;
    let notice = control.issue().await;
    let tls = Tls::trusting(control.text("/root.pem").await);
    let pfx = replicas.browser_at("quick.localhost", &tls).download(&notice, "1234").await.pfx("1234");
    control.freeze(RENEWING).await;

    // Each step of it comes to another replica than the one before.
    let terminal = replicas.browser_at("quick.localhost", &tls.clone().showing(&pfx));
    let sent = terminal.renew().await;
    assert_eq!(sent.heading(), "送信完了", "{}", sent.outline());
    let renewals = control.json("/renewals").await;
    let request_id = renewals[0]["request_id"].as_str().expect("there is one").to_owned();
    assert!(terminal.collect(&request_id, "2468").await.pfx("2468").fits());

    let confirm = terminal.open("/p/rx").await;
    assert_eq!(control.delete("/sessions").await.status, 204);
    for _ in 0..3 {
        let form = confirm.form().notice(&notice);
        assert_eq!(terminal.press(&form, "次へ").await.page().heading(), "セッション無効");
    }
}

#[tokio::test]
async fn a_tls_session_is_resumed_at_another_replica() {
    for version in ["1.2", "1.3"] {
        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("profile.toml");
        std::fs::write(&profile, format!("tls.versions = [\"{version}\"]\n")).unwrap();
        let profile = profile.display().to_string();
        let Some(replicas) = Replicas::with(&["--profile", &profile]).await else { return };
        let tls = Tls { alpn: Vec::new(), ..replicas.tls().await };
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(tls.config()));
        let mut kinds = Vec::new();
        for program in replicas.all() {
            kinds.push(handshake(program, &connector).await);
        }
        assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed], "{version}");
    }
}

/// How a connection to this one comes about.
async fn handshake(program: &Program, connector: &tokio_rustls::TlsConnector) -> HandshakeKind {
    let port = Url::parse(&program.ready.portal).unwrap().port().unwrap();
    let stream = tokio::net::TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    let request = "GET /p/rcd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // One that closes without saying goodbye has answered all the same.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    stream.get_ref().1.handshake_kind().unwrap()
}

#[tokio::test]
async fn what_a_replica_can_t_share_is_refused_in_one_line() {
    let Some(replicas) = Replicas::start().await else { return };
    for member in ["listen", "relying_party"] {
        let answer =
            replicas.control.post("//api/v1/worlds", &json!({"name": "own", member: "127.0.0.1:0"})).await;
        assert_eq!(answer.status, 422, "{}", answer.summary());
        let detail = answer.json::<Value>()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(member) && detail.lines().count() == 1, "{detail}");
    }
    assert_eq!(replicas.control.of_world("own").get("/clock").await.status, 404, "nothing was made");
}

#[tokio::test]
async fn worlds_are_listed_in_the_order_of_their_bytes_whatever_the_server_s_collation() {
    let Some(replicas) = Replicas::start().await else { return };
    for name in ["b", "a-b", "ab", "a"] {
        let made = replicas.control.post("//api/v1/worlds", &json!({ "name": name })).await;
        assert_eq!(made.status, 201, "{}", made.summary());
    }
    for program in replicas.all() {
        let worlds = program.control.json("//api/v1/worlds").await;
        let names: Vec<_> =
            worlds.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(names, sorted);
        assert_eq!(names.len(), 5, "{names:?}");
    }
}
