//! The dashboard in a real browser: each button does what it says, seen in control and on the page.

use std::path::Path;
use std::time::Duration;

use fantoccini::Locator;
use obn_ca::Options;
use obn_tests::{Chromium, Environment, require, run};
use serde_json::json;

/// Someone at the dashboard.
pub(super) struct Person<'a>(pub(super) &'a Chromium);

impl Person<'_> {
    pub(super) async fn opens(&self, env: &Environment) {
        self.0.client.goto(&format!("{}/", env.simulator.control_url())).await.unwrap();
    }

    /// Waits for what this XPath finds.
    pub(super) async fn sees(&self, path: &str) -> fantoccini::elements::Element {
        let wait = self.0.client.wait().at_most(Duration::from_secs(30));
        wait.for_element(Locator::XPath(path)).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Presses the button with these words in a part of the page.
    pub(super) async fn presses(&self, part: &str, words: &str) {
        self.clicks(&format!("//*[@id='{part}']//button[normalize-space() = '{words}']")).await;
    }

    /// Clicks what this XPath finds. The page may draw it anew between the look and the click: then once more.
    pub(super) async fn clicks(&self, path: &str) {
        loop {
            match self.sees(path).await.click().await {
                Ok(()) => return,
                Err(error) if error.is_stale_element_reference() => {}
                Err(error) => panic!("{path}: {error}"),
            }
        }
    }

    /// Waits for these words in a part of the page.
    pub(super) async fn reads(&self, part: &str, words: &str) {
        self.sees(&format!("//*[@id='{part}']//*[contains(normalize-space(text()), '{words}')]")).await;
    }
}

#[tokio::test]
async fn every_button_of_the_dashboard_steers_what_it_shows() {
    let env = Environment::start().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let person = Person(&chromium);
    person.opens(&env).await;
    person.presses("notices", "発行する").await;
    person.reads("notices", "202611230000001").await;
    person.presses("notices", "発行する").await;
    person.reads("notices", "202611230000002").await;
    let mut notices: Vec<obn_tests::Notice> =
        serde_json::from_value(env.control.json("/notices").await).unwrap();
    let second = notices.pop().expect("two were issued");

    // The newest stands first. The first question is called off, the second one is answered.
    person.presses("certificates", "失効させる").await;
    person.presses("ask", "キャンセル").await;
    person.presses("certificates", "失効させる").await;
    person.presses("ask", "失効させる").await;
    person.sees("//*[@id='certificates']//tbody/tr[1]//*[normalize-space() = '失効']").await;
    let certificate = env.control.json(&format!("/certificates/{}", second.serial)).await;
    assert_eq!(certificate["status"], "revoked");

    // /p/rx for the other one, approved here.
    let first = notices.pop().expect("two were issued");
    let browser = env.browser();
    let ids = browser.open("/p/rx").await.form().notice(&first);
    let typed = browser.press(&ids, "次へ").await.page().form();
    let email = "tanto@clinic.example.jp";
    let typed = typed.fill("申請者のメールアドレス", email).fill("メールアドレス(確認用)", email);
    let confirm = browser.press(&typed, "申請").await.page().form();
    browser.press(&confirm, "申請").await;
    person.presses("revocations", "承認").await;
    person.reads("revocations", "承認済み").await;
    person.reads("mails", email).await;
    assert_eq!(env.control.json(&format!("/certificates/{}", first.serial)).await["status"], "revoked");
    person.reads("journal", "失効申請を承認").await;
    chromium.picture("dashboard-ja").await;

    person.presses("clock", "+1 日").await;
    person.reads("clock", "2026/11/24 12:00:00 JST").await;
    assert_eq!(env.control.json("/clock").await["now"], "2026-11-24T03:00:00Z");
    person.presses("clock", "時計を動かす").await;
    person.reads("clock", "進行中").await;
    assert_eq!(env.control.json("/clock").await["mode"], "running");

    person.presses("faults", "発生させる").await;
    person.reads("faults", "未発生").await;
    assert_eq!(env.control.json("/faults").await.as_array().map(Vec::len), Some(1));
    person.presses("faults", "解除").await;
    person.sees("//ul[@id='active'][not(li)]").await;
    assert_eq!(env.control.json("/faults").await.as_array().map(Vec::len), Some(0));

    person.presses("sessions", "すべて終了させる").await;
    person.sees("//*[@id='sessions']//ul[not(li)]").await;

    person.clicks("//button[@data-language='en']").await;
    person.reads("clock", "running").await;
    chromium.picture("dashboard-en").await;
    person.presses("files", "Reset").await;
    person.presses("ask", "Reset").await;
    person.sees("//*[@id='notices']//td[@class='empty']").await;
    assert_eq!(env.control.json("/notices").await.as_array().map(Vec::len), Some(0));
    chromium.end().await;
}

#[tokio::test]
async fn with_a_token_the_dashboard_asks_for_it_until_it_is_right() {
    let options = Options { control_token: Some("s3cret".to_owned()), ..Options::for_tests() };
    let env = Environment::options(options).await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let person = Person(&chromium);
    person.opens(&env).await;
    for token in ["wrong", "s3cret"] {
        let field = person.sees("//dialog[@open]//input[@type='password']").await;
        field.send_keys(token).await.unwrap();
        person.clicks("//dialog[@open]//button[@value='yes']").await;
        if token == "wrong" {
            person.reads("ask", "トークンが違います").await;
        }
    }
    person.presses("notices", "発行する").await;
    person.reads("notices", "202611230000001").await;
    chromium.end().await;
}

/// What stands on the page once its script has run, with the whole journal.
async fn dump(env: &Environment, user_data: &Path, language: &str) -> String {
    let user_data = format!("--user-data-dir={}", user_data.display());
    let language = format!("--accept-lang={language}");
    let url = env.simulator.control_url() + "/";
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--virtual-time-budget=4000",
        "--dump-dom",
        &user_data,
        &language,
        &url,
    ];
    run("chromium", &flags).await.ok()
}

#[tokio::test]
async fn every_section_is_filled_and_a_terminal_name_is_only_text() {
    if !require("chromium") {
        return;
    }
    let env = Environment::start().await;
    env.issue().await;
    let dangerous = "<img src=x onerror=document.title=1>";
    let body = json!({ "institution_code": "1310199992", "terminal_name": dangerous });
    env.control.issue_to(&body).await;
    env.control.fault(&json!({ "name": "maintenance" })).await;
    env.browser().get("/p/rcd").await;
    let notices = env.control.json("/notices").await;
    let profile = tempfile::tempdir().unwrap();
    let (ja, en) = (dump(&env, profile.path(), "ja").await, dump(&env, profile.path(), "en").await);
    for notice in notices.as_array().unwrap() {
        assert!(ja.contains(notice["request_id"].as_str().unwrap()), "{ja}");
        assert!(ja.contains(notice["serial"].as_str().unwrap()));
    }
    assert!(ja.contains("&lt;img src=x onerror=document.title=1&gt;") && !ja.contains("<img"));
    assert!(ja.contains("発行する") && ja.contains("サイト全体がメンテナンス中の画面になります。"));
    assert!(ja.contains("接続中"), "the journal is not live");
    assert!(en.contains("The whole site shows its maintenance page.") && en.contains("fired 1"));
}
