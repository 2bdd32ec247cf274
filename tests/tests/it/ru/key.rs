//! 鍵の取得 (manual 2.2.1): the way to the new certificate, once it is issued.

use obn_tests::{Browser, Environment, Notice, Page, Pfx, RENEWING};
use serde_json::json;

/// A terminal that has applied for a renewal, and the page that it was shown.
async fn applied(env: &Environment) -> (Browser, Page) {
    let terminal = env.terminal(&env.issue().await).await;
    env.control.freeze(RENEWING).await;
    let sent = terminal.renew().await;
    (terminal, sent)
}

fn request_id(page: &Page) -> String {
    page.beside("リクエストID").join("")
}

#[tokio::test]
async fn a_lost_download_is_fetched_again_with_another_password() {
    let env = Environment::start().await;
    let terminal = env.terminal(&env.issue().await).await;
    env.control.freeze(RENEWING).await;
    let menu = terminal.open("/p/ru").await;
    let empty = terminal.follow(&menu, "更新後証明書の取得").await;
    assert_eq!(empty.heading(), "更新後証明書の取得");
    assert!(empty.says("更新後の証明書はありません"), "{}", empty.outline());

    terminal.renew().await;
    assert!(terminal.open("/p/ru/list").await.says("更新後の証明書はありません"));
    env.control.advance("2s").await;
    let mut files = Vec::new();
    for password in ["1111", "2222"] {
        let list = terminal.open("/p/ru/list").await;
        let key = terminal.submit(&list, "Download Key").await;
        assert_eq!(key.heading(), "鍵の取得");
        files.push(terminal.fetch_key(&key, password).await);
    }
    assert_eq!(Pfx::open(files[1].file().1, "1111"), None);
    assert_eq!(files[0].pfx("1111").serial, files[1].pfx("2222").serial);
    assert_eq!(env.control.json("/notices").await[1]["downloads"], 2);
}

#[tokio::test]
async fn the_pickup_period_ends() {
    let env = Environment::with("renewal.pickup_days = 30").await;
    let (terminal, sent) = applied(&env).await;
    let key = format!("/p/ru/key/{}", request_id(&sent));
    env.control.freeze("2029-12-31T14:59:59Z").await;
    terminal.open("/p/ru").await;
    assert_eq!(terminal.open(&key).await.heading(), "鍵の取得");
    env.control.advance("1s").await;
    assert!(terminal.open(&key).await.says("取得できる期間は終了しました"));
    assert!(terminal.open("/p/ru/list").await.says("更新後の証明書はありません"));
}

#[tokio::test]
async fn by_the_profile_a_terminal_sees_those_of_its_institution() {
    let env = Environment::with("renewal.list_scope = \"same_common_name\"").await;
    let first = env.issue().await;
    let second = env.control.issue_to(&json!({"terminal_name": "受付2号機"})).await;
    let (one, other) = (env.terminal(&first).await, env.terminal(&second).await);
    env.control.freeze(RENEWING).await;
    one.renew().await;
    env.control.advance("2s").await;
    other.open("/p/ru").await;
    let key = other.submit(&other.open("/p/ru/list").await, "Download Key").await;
    other.fetch_key(&key, "1234").await.pfx("1234");
}

#[tokio::test]
async fn a_password_of_other_than_four_digits_is_asked_for_again() {
    let env = Environment::start().await;
    let (terminal, sent) = applied(&env).await;
    env.control.advance("2s").await;
    let key = terminal.follow(&terminal.open(&sent.url).await, "鍵の取得").await;
    for (password, text) in
        [("", "入力してください。"), ("123", "4桁の半角数字"), ("１２３４", "4桁の半角数字")]
    {
        let page = terminal.choose(&key, password).await;
        assert!(page.heading() == "鍵の取得" && page.says(text), "{}", page.outline());
        assert!(page.texts(".error").join("").contains(text));
    }
    assert_eq!(env.control.outcomes_of("renewal.collected").await, [""; 0]);
}

#[tokio::test]
async fn the_key_is_not_to_be_had_before_it_is_issued() {
    let env = Environment::start().await;
    let (terminal, sent) = applied(&env).await;
    let page = terminal.open(&format!("/p/ru/key/{}", request_id(&sent))).await;
    let status = page.beside("証明書ステータス").join("");
    assert_eq!((page.heading().as_str(), status.as_str()), ("送信完了", "鍵生成中"));
}

#[tokio::test]
async fn the_ids_of_a_renewal_open_rcd_only_by_the_profile() {
    for (allowed, expected) in [(false, "refused.handed_out_at_renewal"), (true, "rcd.file")] {
        let env = Environment::with(&format!("renewal.download_at_rcd = {allowed}")).await;
        let notice = env.issue().await;
        let terminal = env.terminal(&notice).await;
        env.control.freeze(RENEWING).await;
        let sent = terminal.renew().await;
        env.control.advance("2s").await;
        let before = env.control.outcomes_of(expected).await.len();
        let reference_id = sent.beside("リファレンス ID").join("");
        let renewal = Notice { request_id: request_id(&sent), reference_id, ..notice };
        env.browser().download(&renewal, "1234").await;
        assert_eq!(env.control.outcomes_of(expected).await.len(), before + 1, "{expected}");
    }
}

#[tokio::test]
async fn by_the_profile_the_old_certificate_is_revoked_and_can_still_fetch_the_new_key() {
    let env = Environment::with("renewal.revoke_old = true").await;
    let (terminal, sent) = applied(&env).await;
    env.control.advance("2s").await;
    assert_eq!(env.control.json("/certificates").await[0]["status"], "valid");
    for _ in 0..2 {
        let key = terminal.follow(&terminal.open(&sent.url).await, "鍵の取得").await;
        terminal.fetch_key(&key, "1234").await.pfx("1234");
        assert_eq!(env.control.json("/certificates").await[0]["revocation"]["reason"], "superseded");
    }
    assert!(terminal.to_confirmation().await.says("失効しているため"));
}
