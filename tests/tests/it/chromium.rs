//! A real browser on the real address: what a person at a terminal does, with the certificate verified.
//!
//! Screenshots go to `target/screenshots`, to be looked at.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use obn_tests::{Environment, Notice, require, run};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const FORM: &str = "https://cert.obn.managedpki.ne.jp/p/rcd";

/// A Chromium with a home of its own, in which the simulator's root is trusted.
pub(crate) struct Chromium {
    pub(crate) client: Client,
    _driver: Child,
    home: tempfile::TempDir,
}

impl Chromium {
    /// `None` where a part of it is missing.
    pub(crate) async fn start(env: &Environment) -> Option<Self> {
        if !["chromium", "chromedriver", "certutil"].iter().all(|tool| require(tool)) {
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        let database = home.path().join(".pki/nssdb");
        std::fs::create_dir_all(&database).unwrap();
        let database = format!("sql:{}", database.display());
        run("certutil", &["-d", &database, "-N", "--empty-password"]).await.ok();
        let root = home.path().join("root.pem");
        std::fs::write(&root, env.tls().roots).unwrap();
        let root = root.to_str().unwrap();
        run("certutil", &["-d", &database, "-A", "-n", "simulator", "-t", "C,,", "-i", root]).await.ok();

        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("chromedriver says its port");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let downloads = home.path().join("downloads");
        std::fs::create_dir_all(&downloads).unwrap();
        let port_of_portal = env.simulator.portal_address().port();
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                    "--no-first-run", "--disable-background-networking", "--disable-component-update",
                    "--disable-sync", "--lang=ja", "--window-size=1000,900",
                    format!("--user-data-dir={}", home.path().join("profile").display()),
                    format!("--host-resolver-rules=MAP cert.obn.managedpki.ne.jp 127.0.0.1:{port_of_portal}"),
                ],
                "prefs": {
                    "download.default_directory": downloads,
                    "download.prompt_for_download": false,
                    "intl.accept_languages": "ja",
                },
            },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Self { client, _driver: driver, home })
    }

    async fn open(&self) {
        self.client.goto(FORM).await.unwrap();
        assert_eq!(self.heading().await, "証明書の取得画面");
    }

    async fn heading(&self) -> String {
        self.client.find(Locator::Css("h1")).await.unwrap().text().await.unwrap()
    }

    /// Types into the field of a label, as a person finds it.
    async fn type_into(&self, label: &str, text: &str) {
        let path = format!("//input[@id = //label[normalize-space() = '{label}']/@for]");
        let field = self.client.find(Locator::XPath(&path)).await.unwrap();
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
        self.client.find(button).await.unwrap().click().await.unwrap();
    }

    /// Waits for a page with these words.
    async fn sees(&self, words: &str) {
        let path = format!("//*[contains(text(), '{words}')]");
        let wait = self.client.wait().at_most(Duration::from_secs(60));
        wait.for_element(Locator::XPath(&path)).await.unwrap();
    }

    /// Waits for a file; Chromium names it differently until it is whole.
    async fn file(&self, name: &str) -> PathBuf {
        let path = self.home.path().join("downloads").join(name);
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

    pub(crate) async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let png = self.client.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }

    pub(crate) async fn end(self) {
        self.client.close().await.unwrap();
    }
}

/// Imports the file as a person's tools would.
async fn assert_imports(path: &Path, password: &str, notice: &Notice) {
    let path = path.to_str().unwrap();
    if require("pk12util") {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sql:{}", folder.path().display());
        run("certutil", &["-d", &database, "-N", "--empty-password"]).await.ok();
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
    let Some(chromium) = Chromium::start(&env).await else { return };
    chromium.open().await;
    chromium.picture("1-form").await;
    chromium.fill(&notice.request_id, &notice.reference_id, "0427").await;
    chromium.picture("2-form-filled").await;
    chromium.press().await;
    let file = chromium.file(&format!("{}.p12", notice.request_id)).await;
    assert_imports(&file, "0427", &notice).await;
    chromium.end().await;
    // Browsers send an Origin, and were let through with it.
    assert!(env.control.outcomes().await.contains(&"downloaded".to_owned()));
}

#[tokio::test]
async fn a_person_mistypes_is_told_so_and_corrects_it() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    chromium.open().await;
    chromium.fill(&notice.request_id[..14], "", "12").await;
    chromium.press().await;
    chromium.sees("15桁の半角数字").await;
    chromium.picture("3-messages").await;
    chromium.fill(&notice.request_id, "FPwNiG5g4r", "0427").await;
    chromium.press().await;
    chromium.sees("誤りがあります").await;
    chromium.picture("4-wrong-ids").await;
    // What was typed is still there; only what was wrong and the passwords are typed again.
    chromium.type_into("リファレンス ID", &notice.reference_id).await;
    chromium.type_into("証明書パスワード", "0427").await;
    chromium.type_into("証明書パスワード(確認用)", "0427").await;
    chromium.press().await;
    let file = chromium.file(&format!("{}.p12", notice.request_id)).await;
    assert_imports(&file, "0427", &notice).await;
    chromium.end().await;
}

#[tokio::test]
async fn a_person_who_was_away_too_long_starts_again() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    chromium.open().await;
    chromium.fill(&notice.request_id, &notice.reference_id, "0427").await;
    env.control.advance("15m").await;
    chromium.press().await;
    chromium.sees("セッションがタイムアウトしました。").await;
    assert_eq!(chromium.heading().await, "セッション無効");
    chromium.picture("5-session-invalid").await;
    chromium.client.find(Locator::LinkText("最初のページへ")).await.unwrap().click().await.unwrap();
    chromium.sees("証明書の取得画面").await;
    chromium.fill(&notice.request_id, &notice.reference_id, "0427").await;
    chromium.press().await;
    chromium.file(&format!("{}.p12", notice.request_id)).await;
    chromium.end().await;
}

#[tokio::test]
async fn the_form_works_by_keyboard_alone_and_refusals_and_the_notice_look_well() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let client = &chromium.client;
    chromium.open().await;
    let (tab, enter) = ("\u{e004}", "\u{e007}");
    // The focus is in the first field when the page opens.
    let first = client.active_element().await.unwrap();
    let keys = [&notice.request_id, tab, &notice.reference_id, tab, "0427", tab, "0427", enter].concat();
    first.send_keys(&keys).await.unwrap();
    chromium.file(&format!("{}.p12", notice.request_id)).await;

    env.control.revoke(&notice).await;
    chromium.open().await;
    chromium.fill(&notice.request_id, &notice.reference_id, "0427").await;
    chromium.press().await;
    chromium.sees("失効しているため").await;
    chromium.picture("6-revoked").await;

    client.set_window_size(400, 900).await.unwrap();
    chromium.open().await;
    chromium.picture("7-form-narrow").await;
    client.set_window_size(1000, 1100).await.unwrap();
    let print = format!("{}/api/v1/notices/{}/print", env.simulator.control_url(), notice.request_id);
    client.goto(&print).await.unwrap();
    chromium.picture("8-notice").await;
    chromium.end().await;
}
