//! 鍵の取得 (manual 2.2.1): the way to the new certificate, once it is issued.

use obn_ca::profile::ListScope;

use crate::site::{Pfx, RENEWING, Site};

#[tokio::test]
async fn a_lost_download_is_fetched_again_with_another_password() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let menu = terminal.open("/p/ru").await;
    let empty = terminal.follow(&menu, "更新後証明書の取得").await;
    assert_eq!(empty.heading(), "更新後証明書の取得");
    assert!(empty.says("更新後の証明書はありません"), "{}", empty.html);

    terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    assert!(terminal.open("/p/ru/list").await.says("更新後の証明書はありません"));
    site.later(2).await;
    let mut files = Vec::new();
    for password in ["1111", "2222"] {
        let list = terminal.open("/p/ru/list").await;
        let key = terminal.press(&list, "Download Key", &[]).await;
        assert_eq!(key.heading(), "鍵の取得");
        files.push(terminal.fetch_key(&key, password).await.1);
    }
    assert!(!Pfx::opens(&files[1], "1111"));
    assert_eq!(Pfx::open(&files[0], "1111").serial, Pfx::open(&files[1], "2222").serial);
    assert_eq!(site.control("/notices").await[1]["downloads"], 2);
}

#[tokio::test]
async fn the_pickup_period_ends() {
    let site = Site::with(|profile| profile.renewal.pickup_days = 30).await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    let key = format!("/p/ru/key/{}", sent.request_id());
    site.at("2029-12-31T14:59:59Z").await;
    terminal.open("/p/ru").await;
    assert_eq!(terminal.open(&key).await.heading(), "鍵の取得");
    site.later(1).await;
    assert!(terminal.open(&key).await.says("取得できる期間は終了しました"));
    assert!(terminal.open("/p/ru/list").await.says("更新後の証明書はありません"));
}

#[tokio::test]
async fn by_the_profile_a_terminal_sees_those_of_its_institution() {
    let site = Site::with(|profile| profile.renewal.list_scope = ListScope::SameCommonName).await;
    let (first, second) = (site.issue("受付1号機").await, site.issue("受付2号機").await);
    let (one, other) = (site.terminal(&first).await, site.terminal(&second).await);
    site.at(RENEWING).await;
    one.press(&one.to_confirmation().await, "Submit", &[]).await;
    site.later(2).await;
    other.open("/p/ru").await;
    let key = other.press(&other.open("/p/ru/list").await, "Download Key", &[]).await;
    assert!(Pfx::opens(&other.fetch_key(&key, "1234").await.1, "1234"));
}

#[tokio::test]
async fn a_password_of_other_than_four_digits_is_asked_for_again() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    site.later(2).await;
    let key = terminal.follow(&terminal.open(&sent.url).await, "鍵の取得").await;
    for (password, text) in
        [("", "入力してください。"), ("123", "4桁の半角数字"), ("１２３４", "4桁の半角数字")]
    {
        let page = terminal.press(&key, "Submit", &[("証明書パスワード", password)]).await;
        assert!(page.heading() == "鍵の取得" && page.says(text), "{}", page.html);
        assert!(page.texts(".error").join("").contains(text));
    }
    assert_eq!(site.outcomes("renewal.collected"), [""; 0]);
}

#[tokio::test]
async fn the_key_is_not_to_be_had_before_it_is_issued() {
    let site = Site::start().await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    let page = terminal.open(&format!("/p/ru/key/{}", sent.request_id())).await;
    assert_eq!((page.heading().as_str(), page.status_word().as_str()), ("送信完了", "鍵生成中"));
}

#[tokio::test]
async fn the_ids_of_a_renewal_open_rcd_only_by_the_profile() {
    for (allowed, expected) in [(false, "refused.handed_out_at_renewal"), (true, "rcd.file")] {
        let site = Site::with(|profile| profile.renewal.download_at_rcd = allowed).await;
        let terminal = site.terminal(&site.issue("受付1号機").await).await;
        site.at(RENEWING).await;
        let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
        site.later(2).await;
        let visitor = site.browser(None);
        let form = visitor.open("/p/rcd").await;
        let (request_id, reference_id) = (sent.request_id(), sent.beside("リファレンス ID").join(""));
        let typed = [
            ("リクエスト ID", request_id.as_str()),
            ("リファレンス ID", &reference_id),
            ("証明書パスワード", "1234"),
            ("証明書パスワード(確認用)", "1234"),
        ];
        visitor.press(&form, "ダウンロード", &typed).await;
        assert_eq!(site.outcomes(expected).len(), 1, "{expected}");
    }
}

#[tokio::test]
async fn by_the_profile_the_old_certificate_is_revoked_and_can_still_fetch_the_new_key() {
    let site = Site::with(|profile| profile.renewal.revoke_old = true).await;
    let terminal = site.terminal(&site.issue("受付1号機").await).await;
    site.at(RENEWING).await;
    let sent = terminal.press(&terminal.to_confirmation().await, "Submit", &[]).await;
    site.later(2).await;
    assert_eq!(site.control("/certificates").await[0]["status"], "valid");
    for _ in 0..2 {
        let key = terminal.follow(&terminal.open(&sent.url).await, "鍵の取得").await;
        assert!(Pfx::opens(&terminal.fetch_key(&key, "1234").await.1, "1234"));
        assert_eq!(site.control("/certificates").await[0]["revocation"]["reason"], "superseded");
    }
    assert!(terminal.to_confirmation().await.says("失効しているため"));
}
