//! Which certificates open `/p/ru`, and what the others get.

use obn_ca::profile::{ClientAuthMode, ClientAuthRefusal, TlsVersion};
use obn_ca::terms::RevocationReason;
use rustls::HandshakeKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::site::{Page, Pfx, RENEWING, Site};

/// A certificate of this issuer that the simulator never made.
fn foreign(issuer: &str) -> Pfx {
    let key = || rcgen::KeyPair::generate().unwrap();
    let (ca_key, key) = (key(), key());
    let named = |name: &str| {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params
    };
    let ca = rcgen::Issuer::new(named(issuer), &ca_key);
    let certificate = named("0110119153").signed_by(&key, &ca).unwrap();
    Pfx::of(certificate.der(), &key.serialize_der())
}

fn assert_turned_away(page: &Page, status: u16, text: &str) {
    assert_eq!(page.heading(), "証明書を確認できません", "{}", page.html);
    assert_eq!(page.status, status);
    assert!(page.says(text), "{}", page.html);
}

#[tokio::test]
async fn each_bad_certificate_gets_a_page_of_its_own_with_its_status() {
    let site = Site::with(|profile| {
        profile.client_auth.missing_status = 401;
        profile.client_auth.foreign_status = 400;
        profile.client_auth.expired_status = 200;
    })
    .await;
    let record = site.issue("受付1号機").await;
    let terminal = site.terminal(&record).await;
    assert_turned_away(&site.browser(None).open("/p/ru").await, 401, "証明書が選択されていません");
    for issuer in ["Another CA", "Online Billing NW Common Root CA - G1"] {
        let page = site.browser(Some(&foreign(issuer))).open("/p/ru").await;
        assert_turned_away(&page, 400, "この認証局が発行したものではありません");
    }
    assert_eq!(terminal.open("/p/ru").await.heading(), "更新申請画面");
    site.at("2026-11-22T14:59:59Z").await;
    assert_turned_away(&terminal.open("/p/ru").await, 200, "まだ有効期間が始まっていません");
    site.at("2030-02-23T15:00:00Z").await;
    assert_turned_away(&terminal.open("/p/ru").await, 200, "有効期限が切れています");
    site.at(RENEWING).await;
    site.world.revoke(record.certificate.serial, RevocationReason::KeyCompromise).await.unwrap();
    assert_turned_away(&terminal.open("/p/ru").await, 403, "失効しているため");
    // The other pages ask for none.
    for path in ["/p/rcd", "/p/rx", "/p/cert"] {
        assert_eq!(site.browser(None).open(path).await.status, 200);
        assert_eq!(terminal.open(path).await.status, 200);
    }
    let refused = site.outcomes("refused.");
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
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.worlds().reset(&obn_ca::world::WorldName::default_world()).await.unwrap();
    assert_turned_away(&terminal.open("/p/ru").await, 403, "登録されていません");
}

#[tokio::test]
async fn a_kept_connection_is_checked_anew() {
    let site = Site::start().await;
    let record = site.issue("受付1号機").await;
    let terminal = site.terminal(&record).await;
    site.at(RENEWING).await;
    let confirm = terminal.to_confirmation().await;
    assert_eq!(confirm.heading(), "証明書更新申請");
    site.world.revoke(record.certificate.serial, RevocationReason::Unspecified).await.unwrap();
    assert_turned_away(&terminal.open("/p/ru").await, 403, "失効しているため");
    assert_turned_away(&terminal.press(&confirm, "Submit", &[]).await, 403, "失効しているため");
    assert_eq!(site.control("/renewals").await, serde_json::json!([]));
}

#[tokio::test]
async fn a_resumed_session_is_checked_anew() {
    for version in [TlsVersion::V12, TlsVersion::V13] {
        let site = Site::with(|profile| profile.tls.versions = vec![version]).await;
        let record = site.issue("受付1号機").await;
        let tls = tls_client(&site, &site.pfx(&record).await);
        site.at(RENEWING).await;
        let (kind, first) = get(&site, &tls, "/p/ru").await;
        assert!(kind == HandshakeKind::Full && first.contains("更新申請画面"), "{first}");
        site.world.revoke(record.certificate.serial, RevocationReason::Unspecified).await.unwrap();
        let (kind, second) = get(&site, &tls, "/p/ru").await;
        assert_eq!(kind, HandshakeKind::Resumed, "{version:?}");
        assert!(second.starts_with("HTTP/1.1 403") && second.contains("失効しているため"), "{second}");
    }
}

fn tls_client(site: &Site, pfx: &Pfx) -> tokio_rustls::TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(site.world.tls.root().to_vec().into()).unwrap();
    let key = rustls_pki_types::PrivatePkcs8KeyDer::from(pfx.key.clone()).into();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![pfx.certificate.clone().into()], key);
    std::sync::Arc::new(config.unwrap()).into()
}

/// One request on a connection of its own, and how that connection came about.
async fn get(site: &Site, tls: &tokio_rustls::TlsConnector, path: &str) -> (HandshakeKind, String) {
    let stream = tokio::net::TcpStream::connect(site.portal_address()).await.unwrap();
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
    let site = Site::with(|profile| profile.client_auth.refusal = ClientAuthRefusal::Handshake).await;
    let record = site.issue("受付1号機").await;
    let pfx = site.pfx(&record).await;
    // Connections that are open stay open: each time a fresh browser shakes hands.
    let fails = async |pfx: &Pfx| {
        let browser = site.browser(Some(pfx));
        browser.client.get(format!("{}/p/rcd", browser.base)).send().await.is_err()
    };
    assert_turned_away(&site.browser(None).open("/p/ru").await, 403, "証明書が選択されていません");
    assert!(fails(&foreign("Another CA")).await);
    for moment in ["2026-11-22T14:59:59Z", "2030-02-23T15:00:00Z"] {
        site.at(moment).await;
        assert!(fails(&pfx).await, "{moment}");
    }
    site.at(RENEWING).await;
    assert_eq!(site.browser(Some(&pfx)).open("/p/ru").await.heading(), "更新申請画面");
    site.world.revoke(record.certificate.serial, RevocationReason::Unspecified).await.unwrap();
    assert!(fails(&pfx).await);
    assert!(!site.outcomes("tls.failed").is_empty());
}

#[tokio::test]
async fn by_the_profile_renewals_have_a_listener_of_their_own() {
    let site = Site::with(|profile| profile.client_auth.mode = ClientAuthMode::Split).await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let menu = terminal.open("/p/ru").await;
    assert_eq!(menu.heading(), "更新申請画面");
    assert!(menu.url.ends_with(&format!(":{}/p/ru", site.renewal_port().unwrap())), "{}", menu.url);
    let confirm = terminal.follow(&menu, "証明書更新申請").await;
    let sent = terminal.press(&confirm, "Submit", &[]).await;
    site.later(2).await;
    let key = terminal.follow(&terminal.open(&sent.url).await, "鍵の取得").await;
    assert!(Pfx::opens(&terminal.fetch_key(&key, "1234").await.1, "1234"));
    // Without a certificate there is a page next door as well.
    assert_turned_away(&site.browser(None).open("/p/ru").await, 403, "証明書が選択されていません");
    assert_eq!(site.outcomes("door.next").len(), 2);
}

#[tokio::test]
async fn with_both_no_certificate_is_no_connection_next_door() {
    let site = Site::with(|profile| {
        profile.client_auth.mode = ClientAuthMode::Split;
        profile.client_auth.refusal = ClientAuthRefusal::Handshake;
    })
    .await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    assert_eq!(terminal.open("/p/ru").await.heading(), "更新申請画面");
    let nobody = site.browser(None);
    assert_eq!(nobody.open("/p/rcd").await.status, 200);
    assert!(nobody.client.get(format!("{}/p/ru", nobody.base)).send().await.is_err());
}
