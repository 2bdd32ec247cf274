//! A real browser on the real address: what a person at a terminal does, with the certificate verified.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::Locator;
use obn_tests::{Chromium, Environment, Notice, nss_database, require, run};

const FORM: &str = "https://cert.obn.managedpki.ne.jp/p/rcd";

/// Someone at `/p/rcd`.
struct Person(Chromium);

impl Person {
    /// `None` where a part of the browser is missing.
    async fn start(env: &Environment) -> Option<Self> {
        Chromium::start(env).await.map(Self)
    }

    async fn open(&self) {
        self.0.client.goto(FORM).await.unwrap();
        assert_eq!(self.heading().await, "証明書の取得画面");
    }

    async fn heading(&self) -> String {
        self.0.client.find(Locator::Css("h1")).await.unwrap().text().await.unwrap()
    }

    /// Types into the field of a label, as a person finds it.
    async fn type_into(&self, label: &str, text: &str) {
        let path = format!("//input[@id = //label[normalize-space() = '{label}']/@for]");
        let field = self.0.client.find(Locator::XPath(&path)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn fill(&self, request_id: &str, reference_id: &str, password: &str) {
        self.type_into("リクエスト ID", request_id).await;
        self.type_into("リファレンス ID", reference_id).await;
        self.type_into("証明書パスワード", password).await;
        self.type_into("証明書パスワード(確認用)", password).await;
    }

    async fn press(&self) {
        let button = Locator::XPath("//button[normalize-space() = 'ダウンロード']");
        self.0.client.find(button).await.unwrap().click().await.unwrap();
    }

    /// Waits for a page with these words.
    async fn sees(&self, words: &str) {
        let path = format!("//*[contains(text(), '{words}')]");
        let wait = self.0.client.wait().at_most(Duration::from_secs(60));
        wait.for_element(Locator::XPath(&path)).await.unwrap();
    }

    /// Waits for a file; Chromium names it differently until it is whole.
    async fn file(&self, name: &str) -> PathBuf {
        let path = self.0.path("downloads").join(name);
        for _ in 0..600 {
            if path.is_file() {
                return path;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let seen: Vec<_> =
            path.parent().unwrap().read_dir().unwrap().flatten().map(|e| e.file_name()).collect();
        panic!("{name} did not come; there is {seen:?}");
    }

    async fn picture(&self, name: &str) {
        self.0.picture(name).await;
    }

    async fn end(self) {
        self.0.end().await;
    }
}

/// Imports the file as a person's tools would.
async fn assert_imports(path: &Path, password: &str, notice: &Notice) {
    let path = path.to_str().unwrap();
    if require("pk12util") {
        let folder = tempfile::tempdir().unwrap();
        let database = nss_database(folder.path()).await;
        run("pk12util", &["-d", &database, "-i", path, "-W", password]).await.ok();
        assert!(run("certutil", &["-d", &database, "-L"]).await.ok().contains("u,u,u"));
    }
    if require("openssl") {
        let password = format!("pass:{password}");
        let told = run("openssl", &["pkcs12", "-in", path, "-nodes", "-passin", &password]).await.ok();
        assert!(told.contains(&format!("CN = {}", notice.institution_code)), "{told}");
        assert_eq!(told.matches("BEGIN CERTIFICATE").count(), 2, "{told}");
    }
}

#[tokio::test]
async fn a_person_types_the_notice_gets_the_file_and_imports_it() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let Some(person) = Person::start(&env).await else { return };
    person.open().await;
    person.picture("1-form").await;
    person.fill(&notice.request_id, &notice.reference_id, "0427").await;
    person.picture("2-form-filled").await;
    person.press().await;
    let file = person.file(&format!("{}.p12", notice.request_id)).await;
    assert_imports(&file, "0427", &notice).await;
    person.end().await;
    // Browsers send an Origin, and were let through with it.
    assert!(env.control.outcomes().await.contains(&"downloaded".to_owned()));
}

#[tokio::test]
async fn a_person_mistypes_is_told_so_and_corrects_it() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let Some(person) = Person::start(&env).await else { return };
    person.open().await;
    person.fill(&notice.request_id[..14], "", "12").await;
    person.press().await;
    person.sees("15桁の半角数字").await;
    person.picture("3-messages").await;
    person.fill(&notice.request_id, "FPwNiG5g4r", "0427").await;
    person.press().await;
    person.sees("誤りがあります").await;
    person.picture("4-wrong-ids").await;
    // What was typed is still there; only what was wrong and the passwords are typed again.
    person.type_into("リファレンス ID", &notice.reference_id).await;
    person.type_into("証明書パスワード", "0427").await;
    person.type_into("証明書パスワード(確認用)", "0427").await;
    person.press().await;
    let file = person.file(&format!("{}.p12", notice.request_id)).await;
    assert_imports(&file, "0427", &notice).await;
    person.end().await;
}

#[tokio::test]
async fn a_browser_sends_what_is_typed_in_the_encoding_of_the_page() {
    for charset in ["shift_jis", "euc-jp"] {
        let env = Environment::with(&format!("html.charset = '{charset}'\ninput.normalise = 'fold'")).await;
        let notice = env.issue().await;
        let Some(person) = Person::start(&env).await else { return };
        person.open().await;
        person.fill(&notice.request_id, "リファレンスソ１", "0427").await;
        person.press().await;
        person.sees("10文字の半角英数字").await;
        let field = person.0.client.find(Locator::Id("reference_id")).await.unwrap();
        assert_eq!(field.prop("value").await.unwrap().as_deref(), Some("リファレンスソ1"), "{charset}");
        let full_width = |letter: char| char::from_u32(u32::from(letter) + 0xfee0).unwrap();
        let request_id: String = notice.request_id.chars().map(full_width).collect();
        person.fill(&request_id, &notice.reference_id, "0427").await;
        person.press().await;
        person.file(&format!("{}.p12", notice.request_id)).await;
        person.end().await;
    }
}

#[tokio::test]
async fn a_person_who_was_away_too_long_starts_again() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let Some(person) = Person::start(&env).await else { return };
    person.open().await;
    person.fill(&notice.request_id, &notice.reference_id, "0427").await;
    env.control.advance("15m").await;
    person.press().await;
    person.sees("セッションがタイムアウトしました。").await;
    assert_eq!(person.heading().await, "セッション無効");
    person.picture("5-session-invalid").await;
    person.0.client.goto(FORM).await.unwrap();
    person.sees("セッションがタイムアウトしました。").await;
    // Closing the browser takes its cookie away.
    person.0.client.delete_all_cookies().await.unwrap();
    person.0.client.goto(FORM).await.unwrap();
    person.sees("証明書の取得画面").await;
    person.fill(&notice.request_id, &notice.reference_id, "0427").await;
    person.press().await;
    person.file(&format!("{}.p12", notice.request_id)).await;
    person.end().await;
}

#[tokio::test]
async fn the_form_works_by_keyboard_alone_and_refusals_and_the_notice_look_well() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let Some(person) = Person::start(&env).await else { return };
    let client = &person.0.client;
    person.open().await;
    let (tab, enter) = ("\u{e004}", "\u{e007}");
    // The focus is in the first field when the page opens.
    let first = client.active_element().await.unwrap();
    let keys = [&notice.request_id, tab, &notice.reference_id, tab, "0427", tab, "0427", enter].concat();
    first.send_keys(&keys).await.unwrap();
    person.file(&format!("{}.p12", notice.request_id)).await;

    env.control.revoke(&notice).await;
    person.open().await;
    person.fill(&notice.request_id, &notice.reference_id, "0427").await;
    person.press().await;
    person.sees("失効しているため").await;
    person.picture("6-revoked").await;

    client.set_window_size(400, 900).await.unwrap();
    person.open().await;
    person.picture("7-form-narrow").await;
    client.set_window_size(1000, 1100).await.unwrap();
    let print = format!("{}/api/v1/notices/{}/print", env.simulator.control_url(), notice.request_id);
    client.goto(&print).await.unwrap();
    person.picture("8-notice").await;
    person.end().await;
}
