//! 証明書更新申請 (manual 2.2): from the menu to 送信完了, and how it is issued.

use obn_tests::{Browser, Environment, Kept, Page, RENEWING, on_each_store};
use serde_json::{Value, json};

/// A terminal whose certificate can be renewed today.
async fn renewable(env: &Environment) -> Browser {
    let terminal = env.terminal(&env.issue().await).await;
    env.control.freeze(RENEWING).await;
    terminal
}

fn status(page: &Page) -> String {
    page.beside("証明書ステータス").join("")
}

fn request_id(page: &Page) -> String {
    page.beside("リクエストID").join("")
}

fn refresh(page: &Page) -> Option<String> {
    page.attribute("meta[http-equiv=refresh]", "content")
}

async fn count(env: &Environment, path: &str) -> usize {
    env.control.json(path).await.as_array().unwrap().len()
}

#[tokio::test]
async fn a_certificate_is_renewed_as_the_manual_tells() {
    let env = Environment::with("issue.delays = [\"10s\", \"10s\"]").await;
    let old = env.issue().await;
    let terminal = env.terminal(&old).await;
    env.control.freeze(RENEWING).await;

    let confirm = terminal.to_confirmation().await;
    assert_eq!(confirm.heading(), "証明書更新申請");
    assert_eq!(confirm.beside("Common Name"), ["0110119153"]);

    let sent = terminal.submit(&confirm, "Submit").await;
    assert_eq!(sent.heading(), "送信完了");
    assert!(sent.says("申請情報を受け付けました。証明書の発行申請はこれで完了です。"), "{}", sent.outline());
    assert!(sent.says("受け付けた申請情報の詳細は以下のとおりです。"));
    assert_eq!(request_id(&sent), "202912010000001");
    assert_eq!(sent.beside("リファレンス ID")[0].len(), 10);
    assert_eq!(sent.beside("Organizational Unit"), ["medical", "hokkaido"]);
    assert_eq!(sent.beside("Organization"), ["ReceiptOnline"]);
    assert_eq!(sent.beside("Country"), ["JP"]);
    assert_eq!((status(&sent).as_str(), refresh(&sent).as_deref()), ("鍵生成中", Some("1")));

    env.control.advance("10s").await;
    let sent = terminal.open(&sent.url).await;
    assert_eq!(status(&sent), "発行要求中");
    env.control.advance("10s").await;
    let sent = terminal.open(&sent.url).await;
    let on = format!("3; url=/p/ru/key/{}", request_id(&sent));
    assert_eq!((status(&sent).as_str(), refresh(&sent)), ("発行済み", Some(on)));

    let key = terminal.follow(&sent, "鍵の取得").await;
    assert_eq!(key.heading(), "鍵の取得");
    let file = terminal.fetch_key(&key, "2468").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"202912010000001.p12\"");
    let new = file.pfx("2468");
    assert_ne!(new.serial, old.serial);

    let certificates = env.control.json("/certificates").await;
    assert_eq!(certificates[0]["status"], "valid");
    assert_eq!(certificates[1]["serial"], new.serial.as_str());
    assert_eq!(certificates[1]["not_before"], "2029-11-30T15:00:00Z");
    assert_eq!(certificates[1]["not_after"], "2033-03-01T14:59:59Z");
    let notice = env.control.json("/notices/202912010000001").await;
    assert_eq!((&notice["terminal_name"], &notice["downloads"]), (&"受付1号機".into(), &1.into()));
    // Nobody posts a 発行通知書 for it.
    assert_eq!(notice["renewal"], true);
    let listed = env.control.json("/notices").await;
    assert_eq!((&listed[0]["renewal"], &listed[1]["renewal"]), (&Value::Null, &true.into()));
    let printed: Value = env.control.get("/notices/202912010000001/print").await.json();
    assert_eq!(printed["status"], 404);
    assert!(printed["detail"].as_str().unwrap().contains("送信完了"), "{printed}");
    // The new certificate opens the door as well, years later.
    env.control.freeze("2033-02-01T00:00:00Z").await;
    assert_eq!(env.browser_showing(&new).to_confirmation().await.heading(), "証明書更新申請");
}

#[tokio::test]
async fn one_second_decides_when_the_window_opens_and_when_it_ends() {
    let env = Environment::start().await;
    let terminal = env.terminal(&env.issue().await).await;
    env.control.freeze("2029-11-24T14:59:59Z").await;
    let early = terminal.to_confirmation().await;
    assert_eq!(early.heading(), "更新を申請できません");
    assert!(early.says("2029/11/25 から更新を申請できます"), "{}", early.outline());
    env.control.freeze("2029-11-24T15:00:00Z").await;
    assert_eq!(terminal.to_confirmation().await.heading(), "証明書更新申請");
    env.control.freeze("2030-02-23T14:59:59Z").await;
    assert_eq!(terminal.to_confirmation().await.heading(), "証明書更新申請");
    env.control.freeze("2030-02-23T15:00:00Z").await;
    assert_eq!(terminal.visit("/p/ru").await.status, 403);
}

#[tokio::test]
async fn a_page_from_before_the_end_is_refused_after_it() {
    let env = Environment::start().await;
    let terminal = env.terminal(&env.issue().await).await;
    env.control.freeze("2030-02-23T14:59:50Z").await;
    let confirm = terminal.to_confirmation().await;
    env.control.freeze("2030-02-23T15:00:00Z").await;
    assert!(terminal.submit(&confirm, "Submit").await.says("有効期限が切れています"));
    assert_eq!(env.control.json("/renewals").await, json!([]));
}

#[tokio::test]
async fn a_double_submit_two_tabs_and_the_back_button_are_one_application() {
    let env = Environment::start().await;
    let terminal = renewable(&env).await;
    let (one, other) = (terminal.to_confirmation().await, terminal.to_confirmation().await);
    // Another browser with the same certificate has a session of its own.
    let another = terminal.fresh();
    let elsewhere = another.to_confirmation().await;
    let (a, b, c, d) = tokio::join!(
        terminal.submit(&one, "Submit"),
        terminal.submit(&one, "Submit"),
        terminal.submit(&other, "Submit"),
        another.submit(&elsewhere, "Submit"),
    );
    env.control.advance("60s").await;
    let back = terminal.submit(&one, "Submit").await;
    for page in [a, b, c, d, back] {
        assert_eq!((page.heading().as_str(), request_id(&page).as_str()), ("送信完了", "202912010000001"));
    }
    assert_eq!(count(&env, "/renewals").await, 1);
    assert_eq!(count(&env, "/certificates").await, 2);
}

#[tokio::test]
async fn who_comes_back_while_it_is_issued_finds_the_application_and_afterwards_a_refusal() {
    let env = Environment::start().await;
    let terminal = renewable(&env).await;
    let sent = terminal.renew().await;
    let found = terminal.to_confirmation().await;
    assert_eq!((found.heading(), request_id(&found)), ("送信完了".to_owned(), request_id(&sent)));
    env.control.advance("2s").await;
    let again = terminal.to_confirmation().await;
    assert!(again.says("この証明書はすでに更新されています"), "{}", again.outline());
}

#[tokio::test]
async fn more_renewals_are_a_matter_of_the_profile() {
    let env = Environment::with("renewal.max = 2").await;
    let terminal = renewable(&env).await;
    for expected in ["202912010000001", "202912010000002"] {
        assert_eq!(request_id(&terminal.renew().await), expected);
        env.control.advance("2s").await;
    }
    assert!(terminal.to_confirmation().await.says("すでに更新されています"));
}

#[tokio::test]
async fn two_terminals_of_one_institution_never_mix() {
    let env = Environment::start().await;
    let first = env.issue().await;
    let second = env.control.issue_to(&json!({"terminal_name": "受付2号機"})).await;
    let (one, other) = (env.terminal(&first).await, env.terminal(&second).await);
    env.control.freeze(RENEWING).await;
    let sent = one.renew().await;
    env.control.advance("2s").await;
    let key = one.follow(&one.open(&sent.url).await, "鍵の取得").await;

    other.open("/p/ru").await;
    for path in [&sent.url, &key.url] {
        let page = other.open(path).await;
        assert!(page.says("該当する更新申請がありません"), "{}", page.outline());
    }
    assert!(other.open("/p/ru/list").await.says("更新後の証明書はありません"));
    assert_eq!(request_id(&other.renew().await), "202912010000002");
    assert_eq!(env.control.json("/renewals").await[1]["renews"], second.serial.as_str());
}

#[tokio::test]
async fn a_form_of_one_certificate_sent_with_another_ends_the_session() {
    let env = Environment::start().await;
    let first = env.issue().await;
    let second = env.control.issue_to(&json!({"terminal_name": "受付2号機"})).await;
    // One browser that has both certificates: the session is the same.
    let one = env.terminal(&first).await;
    let other = env.terminal(&second).await.sharing_cookies_with(&one);
    env.control.freeze(RENEWING).await;
    let confirm = one.to_confirmation().await;
    assert_eq!(other.submit(&confirm, "Submit").await.heading(), "セッション無効");
    let sent = one.submit(&confirm, "Submit").await;
    env.control.advance("2s").await;
    let key = one.follow(&one.open(&sent.url).await, "鍵の取得").await;
    let ready = one.choose(&key, "1234").await;
    assert_eq!(other.submit(&ready, "Download").await.heading(), "セッション無効");
    one.press(&ready.form(), "Download").await.pfx("1234");
}

#[tokio::test]
async fn a_tester_holds_advances_and_fails_a_renewal() {
    let env = Environment::start().await;
    let terminal = renewable(&env).await;
    let sent = terminal.renew().await;
    let order =
        async |word: &str| env.control.order(&format!("/renewals/{}/{word}", request_id(&sent))).await;
    assert_eq!(order("hold").await.json::<Value>()["held"], true);
    env.control.advance("600s").await;
    assert_eq!(status(&terminal.open(&sent.url).await), "鍵生成中");
    assert_eq!(order("advance").await.json::<Value>()["status"], "発行要求中");
    assert_eq!(order("fail").await.json::<Value>()["status"], "発行エラー");
    assert_eq!(order("advance").await.status, 409);
    assert_eq!(env.control.order("/renewals/202912010000009/hold").await.status, 404);

    let failed = terminal.open(&sent.url).await;
    assert_eq!((status(&failed).as_str(), refresh(&failed)), ("発行エラー", None));
    assert!(failed.says("証明書を発行できませんでした"));
    assert_eq!(count(&env, "/certificates").await, 1);

    // A failed one is no renewal: the user begins again.
    let again = terminal.renew().await;
    assert_eq!(request_id(&again), "202912010000002");
    let order = format!("/renewals/{}/advance", request_id(&again));
    env.control.order(&order).await;
    let issued: Value = env.control.order(&order).await.json();
    assert_eq!((&issued["status"], issued["serial"].is_string()), (&"発行済み".into(), true));
    assert_eq!(status(&terminal.open(&again.url).await), "発行済み");
}

#[tokio::test]
async fn steps_out_of_order_end_the_session() {
    let env = Environment::start().await;
    let terminal = renewable(&env).await;
    for path in ["/p/ru/apply", "/p/ru/list", "/p/ru/status/202912010000001", "/p/ru/key/202912010000001"] {
        assert_eq!(terminal.open(path).await.heading(), "セッション無効", "{path}");
    }
    let confirm = terminal.to_confirmation().await.form();
    let state = format!("AAAA{}", confirm.field_named("state"));
    let forged = terminal.press(&confirm.forge("state", &state), "Submit").await.page();
    assert_eq!(forged.heading(), "セッション無効");
    let confirm = terminal.to_confirmation().await;
    env.control.advance("900s").await;
    assert_eq!(terminal.submit(&confirm, "Submit").await.heading(), "セッション無効");
    assert_eq!(env.control.json("/renewals").await, json!([]));
}

#[tokio::test]
async fn refresh_and_the_way_to_the_key_are_a_matter_of_the_profile() {
    let env = Environment::with("[issue]\nrefresh = \"0s\"").await;
    let terminal = renewable(&env).await;
    let sent = terminal.renew().await;
    assert_eq!(refresh(&sent), None);
    env.control.advance("2s").await;
    let issued = terminal.follow(&sent, "証明書ステータスを更新").await;
    assert_eq!(refresh(&issued), Some(format!("3; url=/p/ru/key/{}", request_id(&sent))));
}

on_each_store! {
    async fn what_was_accepted_is_there_after_a_restart_and_in_a_saved_world(kept: Kept) {
        let env = kept.open().await;
        let terminal = renewable(&env).await;
        let sent = terminal.renew().await;
        let file = env.control.json("/world").await;
        env.stop().await;

        let env = kept.open().await;
        assert_eq!(env.control.json("/renewals").await[0]["status"], "鍵生成中");
        env.control.advance("2s").await;
        let before = env.control.json("/renewals").await;
        assert_eq!(
            (&before[0]["request_id"], &before[0]["status"]),
            (&request_id(&sent).into(), &"発行済み".into())
        );
        assert_eq!(count(&env, "/certificates").await, 2);

        let other = Environment::start().await;
        assert_eq!(other.control.put("/world", &file).await.status, 204);
        assert_eq!(count(&other, "/renewals").await, 1);
        assert_eq!(count(&other, "/certificates").await, 1);
    }
}

#[tokio::test]
async fn who_waits_at_the_journal_hears_of_the_issue_in_real_time() {
    let env = Environment::with("issue.delays = [\"0s\", \"1s\"]").await;
    let terminal = renewable(&env).await;
    env.control.put("/clock", &json!({"now": RENEWING, "mode": "running"})).await;
    terminal.renew().await;
    let heard = env.control.json("/journal?outcome=renewal.issued&wait=10s").await;
    assert_eq!(heard[0]["request_id"], "202912010000001");
}
