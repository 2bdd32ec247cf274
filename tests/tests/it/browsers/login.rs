//! The whole way in a real browser: download, log in where the certificate is for, renew, log in, and be refused once a list
//! tells of the revocation (manual 1.1, 1.6, 2.2, 3).

use jiff::SignedDuration;
use obn_ca::Options;
use obn_ca::profile::Profile;
use obn_tests::{Chromium, Environment, require};

use super::phone::fits;
use super::renewal::{Terminal, now};

const SITE: &str = "https://hweb.oqs.onshikaku.org/";

/// Opens the site; answers when the page with this heading is there.
async fn logs_in(terminal: &Terminal, heading: &str, picture: &str) {
    terminal.chromium.client.goto(SITE).await.unwrap();
    terminal.arrives(heading).await;
    terminal.picture(picture).await;
}

#[tokio::test]
async fn a_person_logs_in_before_and_after_a_renewal_and_no_more_after_a_revocation() {
    if !require("openssl") {
        return;
    }
    let options = Options::for_tests().profile(Profile::from_toml("crl.immediate = false").unwrap());
    let env = Environment::options(Options { relying_party: Some(options.control), ..options }).await;
    let now = now();
    env.control.freeze(&(now - SignedDuration::from_hours(24 * 1125)).to_string()).await;
    let notice = env.issue().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let mut terminal = Terminal { env, notice, old: Vec::new(), chromium };
    logs_in(&terminal, "ログインできません", "login-1-without").await;
    terminal.sees("//*[@role = 'alert'][contains(., '証明書が提示されていません')]").await;
    terminal.open("/p/rcd", "証明書の取得画面").await;
    terminal.fill("リクエスト ID", &terminal.notice.request_id).await;
    terminal.fill("リファレンス ID", &terminal.notice.reference_id).await;
    terminal.fill("証明書パスワード", "1234").await;
    terminal.fill("証明書パスワード(確認用)", "1234").await;
    terminal.press("ダウンロード").await;
    let first = std::fs::read(terminal.file(&terminal.notice.request_id).await).unwrap();
    terminal.env.control.freeze(&now.to_string()).await;

    let Some(chromium) = Chromium::with_identity(&terminal.env, &first, "1234").await else { return };
    std::mem::replace(&mut terminal.chromium, chromium).end().await;
    logs_in(&terminal, "ログインしました", "login-2-first").await;
    assert_eq!(terminal.fact("医療機関コード").await, "0110119153");
    assert_eq!(terminal.fact("シリアル番号").await, terminal.notice.serial);
    let request_id = terminal.applies().await;
    terminal.env.control.advance("2s").await;
    terminal.chooses("8642").await;
    terminal.press("Download").await;
    let second = std::fs::read(terminal.file(&request_id).await).unwrap();

    let Some(chromium) = Chromium::with_identity(&terminal.env, &second, "8642").await else { return };
    std::mem::replace(&mut terminal.chromium, chromium).end().await;
    logs_in(&terminal, "ログインしました", "login-3-renewed").await;
    fits(&terminal.chromium, "relying-party-logged-in").await;
    let renewal = terminal.env.control.json(&format!("/renewals/{request_id}")).await;
    assert_eq!(terminal.fact("シリアル番号").await, renewal["serial"].as_str().unwrap());

    let revoke = format!("/certificates/{}/revoke", renewal["serial"].as_str().unwrap());
    assert_eq!(terminal.env.control.order(&revoke).await.status, 200);
    logs_in(&terminal, "ログインしました", "login-4-stale-list").await;
    terminal.env.control.advance("1d").await;
    logs_in(&terminal, "ログインできません", "login-5-revoked").await;
    terminal.sees("//*[@role = 'alert'][contains(., '失効')]").await;
    terminal.end().await;
}
