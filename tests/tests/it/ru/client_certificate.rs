//! Which certificates open `/p/ru`, and what the others get.

use obn_tests::{Answer, Environment, Pfx, RENEWING, Tls};
use rustls::HandshakeKind;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn assert_turned_away(answer: &Answer, status: u16, text: &str) {
    let page = answer.page();
    assert_eq!(page.heading(), "証明書を確認できません", "{}", page.outline());
    assert_eq!(answer.status, status);
    assert!(page.says(text), "{}", page.outline());
}

#[tokio::test]
async fn each_bad_certificate_gets_a_page_of_its_own_with_its_status() {
    let env =
        Environment::with("[client_auth]\nmissing_status = 401\nforeign_status = 400\nexpired_status = 200")
            .await;
    let notice = env.issue().await;
    let terminal = env.terminal(&notice).await;
    assert_turned_away(&env.browser().visit("/p/ru").await, 401, "証明書が選択されていません");
    for issuer in ["Another CA", "Online Billing NW Common Root CA - G1"] {
        let answer = env.browser_showing(&Pfx::foreign(issuer)).visit("/p/ru").await;
        assert_turned_away(&answer, 400, "この認証局が発行したものではありません");
    }
    assert_eq!(terminal.open("/p/ru").await.heading(), "更新申請画面");
    env.control.freeze("2026-11-22T14:59:59Z").await;
    assert_turned_away(&terminal.visit("/p/ru").await, 200, "まだ有効期間が始まっていません");
    env.control.freeze("2030-02-23T15:00:00Z").await;
    assert_turned_away(&terminal.visit("/p/ru").await, 200, "有効期限が切れています");
    env.control.freeze(RENEWING).await;
    env.control.revoke_for("keyCompromise", &notice).await;
    assert_turned_away(&terminal.visit("/p/ru").await, 403, "失効しているため");
    // The other pages ask for none.
    for path in ["/p/rcd", "/p/rx", "/p/cert"] {
        assert_eq!(env.browser().visit(path).await.status, 200);
        assert_eq!(terminal.visit(path).await.status, 200);
    }
    let refused = env.control.outcomes_of("refused.").await;
    assert_eq!(
        refused,
        [
            "refused.no_client_certificate",
            "refused.foreign_client_certificate",
            "refused.foreign_client_certificate",
            "refused.client_certificate_not_yet_valid",
            "refused.client_certificate_expired",
            "refused.client_certificate_revoked",
        ]
    );
}

#[tokio::test]
async fn a_certificate_from_before_a_reset_is_unknown() {
    let env = Environment::start().await;
    let terminal = env.terminal(&env.issue().await).await;
    assert_eq!(env.control.order("/reset").await.status, 204);
    env.control.freeze(obn_tests::NOON).await;
    assert_turned_away(&terminal.visit("/p/ru").await, 403, "登録されていません");
}

#[tokio::test]
async fn a_kept_connection_is_checked_anew() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let terminal = env.terminal(&notice).await;
    env.control.freeze(RENEWING).await;
    let confirm = terminal.to_confirmation().await;
    assert_eq!(confirm.heading(), "証明書更新申請");
    env.control.revoke(&notice).await;
    assert_turned_away(&terminal.visit("/p/ru").await, 403, "失効しているため");
    assert_turned_away(&terminal.press(&confirm.form(), "Submit").await, 403, "失効しているため");
    assert_eq!(env.control.json("/renewals").await, json!([]));
}

#[tokio::test]
async fn a_resumed_session_is_checked_anew() {
    for version in ["1.2", "1.3"] {
        let env = Environment::with(&format!("tls.versions = [\"{version}\"]")).await;
        let notice = env.issue().await;
        let tls = connector(&env.tls().showing(&env.pfx(&notice).await));
        env.control.freeze(RENEWING).await;
        let (kind, first) = get(&env, &tls, "/p/ru").await;
        assert!(kind == HandshakeKind::Full && first.contains("更新申請画面"), "{first}");
        env.control.revoke(&notice).await;
        let (kind, second) = get(&env, &tls, "/p/ru").await;
        assert_eq!(kind, HandshakeKind::Resumed, "{version:?}");
        assert!(second.starts_with("HTTP/1.1 403") && second.contains("失効しているため"), "{second}");
    }
}

fn connector(tls: &Tls) -> tokio_rustls::TlsConnector {
    let tls = Tls { alpn: Vec::new(), ..tls.clone() };
    std::sync::Arc::new(tls.config()).into()
}

/// One request on a connection of its own, and how that connection came about.
async fn get(env: &Environment, tls: &tokio_rustls::TlsConnector, path: &str) -> (HandshakeKind, String) {
    let stream = tokio::net::TcpStream::connect(env.simulator.portal_address()).await.unwrap();
    let mut stream = tls.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes the connection without saying goodbye has still answered.
    let _ = stream.read_to_end(&mut answer).await;
    let kind = stream.get_ref().1.handshake_kind().unwrap();
    (kind, String::from_utf8(answer).unwrap())
}

#[tokio::test]
async fn by_the_profile_the_handshake_refuses() {
    let env = Environment::with("client_auth.refusal = \"handshake\"").await;
    let notice = env.issue().await;
    let pfx = env.pfx(&notice).await;
    // Connections that are open stay open: each time a fresh browser shakes hands.
    let fails = async |pfx: &Pfx| env.browser_showing(pfx).try_get("/p/rcd").await.is_err();
    assert_turned_away(&env.browser().visit("/p/ru").await, 403, "証明書が選択されていません");
    assert!(fails(&Pfx::foreign("Another CA")).await);
    for moment in ["2026-11-22T14:59:59Z", "2030-02-23T15:00:00Z"] {
        env.control.freeze(moment).await;
        assert!(fails(&pfx).await, "{moment}");
    }
    env.control.freeze(RENEWING).await;
    assert_eq!(env.browser_showing(&pfx).open("/p/ru").await.heading(), "更新申請画面");
    env.control.revoke(&notice).await;
    assert!(fails(&pfx).await);
    assert!(!env.control.outcomes_of("tls.failed").await.is_empty());
}

#[tokio::test]
async fn by_the_profile_renewals_have_a_listener_of_their_own() {
    let env = Environment::with("client_auth.mode = \"split\"").await;
    let terminal = env.terminal(&env.issue().await).await;
    env.control.freeze(RENEWING).await;
    let menu = terminal.open("/p/ru").await;
    assert_eq!(menu.heading(), "更新申請画面");
    let port = env.simulator.renewal_address().unwrap().port();
    assert!(menu.url.ends_with(&format!(":{port}/p/ru")), "{}", menu.url);
    let confirm = terminal.follow(&menu, "証明書更新申請").await;
    let sent = terminal.submit(&confirm, "Submit").await;
    env.control.advance("2s").await;
    let key = terminal.follow(&terminal.open(&sent.url).await, "鍵の取得").await;
    terminal.fetch_key(&key, "1234").await.pfx("1234");
    // Without a certificate there is a page next door as well.
    assert_turned_away(&env.browser().visit("/p/ru").await, 403, "証明書が選択されていません");
    assert_eq!(env.control.outcomes_of("door.next").await.len(), 2);
}

#[tokio::test]
async fn with_both_no_certificate_is_no_connection_next_door() {
    let env = Environment::with("[client_auth]\nmode = \"split\"\nrefusal = \"handshake\"").await;
    let terminal = env.terminal(&env.issue().await).await;
    assert_eq!(terminal.open("/p/ru").await.heading(), "更新申請画面");
    let nobody = env.browser();
    assert_eq!(nobody.get("/p/rcd").await.status, 200);
    assert!(nobody.try_visit("/p/ru").await.is_err());
}
