//! 証明書更新申請 (manual 2.2): from the menu to 送信完了, and how it is issued.

use obn_ca::clock::Duration;
use obn_ca::store::StoreUrl;

use crate::site::{Pfx, RENEWING, Site};

#[tokio::test]
async fn a_certificate_is_renewed_as_the_manual_tells() {
    let site = Site::with(|profile| {
        profile.issue.delays = vec![Duration::seconds(10), Duration::seconds(10)];
    })
    .await;
    let old = site.issue("受付1号機").await;
    let terminal = site.terminal(&old).await;
    site.at(RENEWING).await;

    let confirm = terminal.to_confirmation().await;
    assert_eq!(confirm.heading(), "証明書更新申請");
    assert_eq!(confirm.beside("Common Name"), ["0110119153"]);

    let sent = terminal.press(&confirm, "Submit", &[]).await;
    assert_eq!(sent.heading(), "送信完了");
    assert!(sent.says("申請情報を受け付けました。証明書の発行申請はこれで完了です。"), "{}", sent.html);
    assert!(sent.says("受け付けた申請情報の詳細は以下のとおりです。"));
    assert_eq!(sent.request_id(), "202912010000001");
    assert_eq!(sent.beside("リファレンス ID")[0].len(), 10);
    assert_eq!(sent.beside("Organizational Unit"), ["medical", "hokkaido"]);
    assert_eq!(sent.beside("Organization"), ["ReceiptOnline"]);
    assert_eq!(sent.beside("Country"), ["JP"]);
    assert_eq!((sent.status_word().as_str(), sent.refresh().as_deref()), ("鍵生成中", Some("1")));

    site.later(10).await;
    let sent = terminal.open(&sent.url).await;
    assert_eq!(sent.status_word(), "発行要求中");
    site.later(10).await;
    let sent = terminal.open(&sent.url).await;
    assert_eq!((sent.status_word().as_str(), sent.refresh()), ("発行済み", None));

    let key = terminal.follow(&sent, "鍵の取得").await;
    assert_eq!(key.heading(), "鍵の取得");
    let (name, file) = terminal.fetch_key(&key, "2468").await;
    assert_eq!(name, "attachment; filename=\"202912010000001.p12\"");
    let new = Pfx::open(&file, "2468");
    assert_ne!(new.serial, old.certificate.serial.to_string());

    let certificates = site.control("/certificates").await;
    assert_eq!(certificates[0]["status"], "valid");
    assert_eq!(certificates[1]["serial"], new.serial.as_str());
    assert_eq!(certificates[1]["not_before"], "2029-11-30T15:00:00Z");
    assert_eq!(certificates[1]["not_after"], "2033-03-01T14:59:59Z");
    let notice = site.control("/notices/202912010000001").await;
    assert_eq!((&notice["terminal_name"], &notice["downloads"]), (&"受付1号機".into(), &1.into()));
    // Nobody posts a 発行通知書 for it.
    assert_eq!(notice["renewal"], true);
    let listed = site.control("/notices").await;
    assert_eq!((&listed[0]["renewal"], &listed[1]["renewal"]), (&serde_json::Value::Null, &true.into()));
    let printed = site.control("/notices/202912010000001/print").await;
    assert_eq!(printed["status"], 404);
    assert!(printed["detail"].as_str().unwrap().contains("送信完了"), "{printed}");
    // The new certificate opens the door as well, years later.
    site.at("2033-02-01T00:00:00Z").await;
    assert_eq!(site.browser(Some(&new)).to_confirmation().await.heading(), "証明書更新申請");
}

#[tokio::test]
async fn one_second_decides_when_the_window_opens_and_when_it_ends() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at("2029-11-24T14:59:59Z").await;
    let early = terminal.to_confirmation().await;
    assert_eq!(early.heading(), "更新を申請できません");
    assert!(early.says("2029/11/25 から更新を申請できます"), "{}", early.html);
    site.at("2029-11-24T15:00:00Z").await;
    assert_eq!(terminal.to_confirmation().await.heading(), "証明書更新申請");
    site.at("2030-02-23T14:59:59Z").await;
    assert_eq!(terminal.to_confirmation().await.heading(), "証明書更新申請");
    site.at("2030-02-23T15:00:00Z").await;
    assert_eq!(terminal.open("/p/ru").await.status, 403);
}

#[tokio::test]
async fn a_page_from_before_the_end_is_refused_after_it() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at("2030-02-23T14:59:50Z").await;
    let confirm = terminal.to_confirmation().await;
    site.at("2030-02-23T15:00:00Z").await;
    assert!(terminal.press(&confirm, "Submit", &[]).await.says("有効期限が切れています"));
    assert_eq!(site.control("/renewals").await, serde_json::json!([]));
}

#[tokio::test]
async fn a_double_submit_two_tabs_and_the_back_button_are_one_application() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let (one, other) = (terminal.to_confirmation().await, terminal.to_confirmation().await);
    // Another browser with the same certificate has a session of its own.
    let elsewhere = terminal.to_confirmation().await;
    let (a, b, c, d) = tokio::join!(
        terminal.press(&one, "Submit", &[]),
        terminal.press(&one, "Submit", &[]),
        terminal.press(&other, "Submit", &[]),
        terminal.press(&elsewhere, "Submit", &[]),
    );
    site.later(60).await;
    let back = terminal.press(&one, "Submit", &[]).await;
    for page in [a, b, c, d, back] {
        assert_eq!((page.heading().as_str(), page.request_id().as_str()), ("送信完了", "202912010000001"));
    }
    assert_eq!(site.control("/renewals").await.as_array().unwrap().len(), 1);
    assert_eq!(site.control("/certificates").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn who_comes_back_while_it_is_issued_finds_the_application_and_afterwards_a_refusal() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    let found = terminal.to_confirmation().await;
    assert_eq!((found.heading(), found.request_id()), ("送信完了".to_owned(), sent.request_id()));
    site.later(2).await;
    let again = terminal.to_confirmation().await;
    assert!(again.says("この証明書はすでに更新されています"), "{}", again.html);
}

#[tokio::test]
async fn more_renewals_are_a_matter_of_the_profile() {
    let site = Site::with(|profile| profile.renewal.max = 2).await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    for expected in ["202912010000001", "202912010000002"] {
        let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
        assert_eq!(sent.request_id(), expected);
        site.later(2).await;
    }
    assert!(terminal.to_confirmation().await.says("すでに更新されています"));
}

#[tokio::test]
async fn two_terminals_of_one_institution_never_mix() {
    let site = Site::start().await;
    let (first, second) = (site.issue("受付1号機").await, site.issue("受付2号機").await);
    let (one, other) = (site.terminal(&first).await, site.terminal(&second).await);
    site.at(RENEWING).await;
    let sent = one.press(&one.to_confirmation().await, "Submit", &[]).await;
    site.later(2).await;
    let key = one.follow(&one.open(&sent.url).await, "鍵の取得").await;

    other.open("/p/ru").await;
    for path in [&sent.url, &key.url] {
        let page = other.open(path).await;
        assert!(page.says("該当する更新申請がありません"), "{}", page.html);
    }
    assert!(other.open("/p/ru/list").await.says("更新後の証明書はありません"));
    let sent = other.press(&other.to_confirmation().await, "Submit", &[]).await;
    assert_eq!(sent.request_id(), "202912010000002");
    assert_eq!(site.control("/renewals").await[1]["renews"], second.certificate.serial.to_string());
}

#[tokio::test]
async fn a_form_of_one_certificate_sent_with_another_ends_the_session() {
    let site = Site::start().await;
    let (first, second) = (site.issue("受付1号機").await, site.issue("受付2号機").await);
    // One browser that has both certificates: the session is the same.
    let cookies = std::sync::Arc::new(reqwest::cookie::Jar::default());
    let (first, second) = (site.pfx(&first).await, site.pfx(&second).await);
    let [one, other] =
        [&first, &second].map(|pfx| site.browser_with(Some(pfx), |it| it.cookie_provider(cookies.clone())));
    site.at(RENEWING).await;
    let confirm = one.to_confirmation().await;
    assert_eq!(other.press(&confirm, "Submit", &[]).await.heading(), "セッション無効");
    let sent = one.press(&confirm, "Submit", &[]).await;
    site.later(2).await;
    let key = one.follow(&one.open(&sent.url).await, "鍵の取得").await;
    let ready = one.press(&key, "Submit", &[("証明書パスワード", "1234")]).await;
    assert_eq!(other.press(&ready, "Download", &[]).await.heading(), "セッション無効");
    assert!(Pfx::opens(&one.save(&ready, "Download").await.1, "1234"));
}

#[tokio::test]
async fn a_tester_holds_advances_and_fails_a_renewal() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    let order = |order| format!("/renewals/{}/{order}", sent.request_id());
    assert_eq!(site.post(&order("hold")).await.1["held"], true);
    site.later(600).await;
    assert_eq!(terminal.open(&sent.url).await.status_word(), "鍵生成中");
    assert_eq!(site.post(&order("advance")).await.1["status"], "発行要求中");
    assert_eq!(site.post(&order("fail")).await.1["status"], "発行エラー");
    assert_eq!(site.post(&order("advance")).await.0, 409);
    assert_eq!(site.post("/renewals/202912010000009/hold").await.0, 404);

    let failed = terminal.open(&sent.url).await;
    assert_eq!((failed.status_word().as_str(), failed.refresh()), ("発行エラー", None));
    assert!(failed.says("証明書を発行できませんでした"));
    assert_eq!(site.control("/certificates").await.as_array().unwrap().len(), 1);

    // A failed one is no renewal: the user begins again.
    let again = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    assert_eq!(again.request_id(), "202912010000002");
    let order = format!("/renewals/{}/advance", again.request_id());
    site.post(&order).await;
    let issued = site.post(&order).await.1;
    assert_eq!((&issued["status"], issued["serial"].is_string()), (&"発行済み".into(), true));
    assert_eq!(terminal.open(&again.url).await.status_word(), "発行済み");
}

#[tokio::test]
async fn steps_out_of_order_end_the_session() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    for path in ["/p/ru/apply", "/p/ru/list", "/p/ru/status/202912010000001", "/p/ru/key/202912010000001"] {
        assert_eq!(terminal.open(path).await.heading(), "セッション無効", "{path}");
    }
    let mut confirm = terminal.to_confirmation().await;
    confirm.html = confirm.html.replace("name=\"state\" value=\"", "name=\"state\" value=\"AAAA");
    assert_eq!(terminal.press(&confirm, "Submit", &[]).await.heading(), "セッション無効");
    let confirm = terminal.to_confirmation().await;
    site.later(900).await;
    assert_eq!(terminal.press(&confirm, "Submit", &[]).await.heading(), "セッション無効");
    assert_eq!(site.control("/renewals").await, serde_json::json!([]));
}

#[tokio::test]
async fn refresh_and_the_way_to_the_key_are_a_matter_of_the_profile() {
    let site = Site::with(|profile| {
        profile.issue.refresh = Duration::seconds(0);
        profile.issue.moves_on = true;
    })
    .await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    assert_eq!(sent.refresh(), None);
    site.later(2).await;
    let issued = terminal.follow(&sent, "証明書ステータスを更新").await;
    assert_eq!(issued.refresh(), Some(format!("0; url=/p/ru/key/{}", sent.request_id())));
}

#[tokio::test]
async fn what_was_accepted_is_there_after_a_restart_and_in_a_saved_world() {
    let folder = tempfile::tempdir().unwrap();
    let store = StoreUrl::Sqlite(folder.path().join("store.db"));
    let site = Site::on(store.clone(), |_| {}).await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    let file = serde_json::to_value(site.world.to_file().await.unwrap()).unwrap();
    site.stop().await;

    let site = Site::on(store, |_| {}).await;
    assert_eq!(site.control("/renewals").await[0]["status"], "鍵生成中");
    site.later(2).await;
    let before = site.control("/renewals").await;
    assert_eq!(
        (&before[0]["request_id"], &before[0]["status"]),
        (&sent.request_id().into(), &"発行済み".into())
    );
    assert_eq!(site.control("/certificates").await.as_array().unwrap().len(), 2);

    let file = obn_ca::world::WorldFile::from_json(file).unwrap();
    let other = Site::start().await;
    let name = obn_ca::world::WorldName::default_world();
    let copy = other.worlds().replace(&name, file).await.unwrap();
    assert_eq!(copy.world.renewals().await.unwrap().len(), 1);
    assert_eq!(copy.world.records().await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_waits_at_the_journal_hears_of_the_issue_in_real_time() {
    let site = Site::with(|profile| {
        profile.issue.delays = vec![Duration::seconds(0), Duration::seconds(1)];
    })
    .await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    let renewing = RENEWING.parse().unwrap();
    site.world.set_clock(Some(renewing), Some(obn_ca::clock::Mode::Running)).await.unwrap();
    terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    let heard = site.control("/journal?outcome=renewal.issued&wait=10s").await;
    assert_eq!(heard[0]["request_id"], "202912010000001");
}
