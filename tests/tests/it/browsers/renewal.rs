//! A real browser with the client certificate of `/p/rcd` in its NSS database: manual 2.2, 2.2.1 and 3.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::Locator;
use jiff::{SignedDuration, Timestamp};
use obn_tests::{Chromium, Environment, Notice, nss_database, require, run};
use reqwest::Method;
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, X509Certificate, parse_x509_crl};

const SITE: &str = "https://cert.obn.managedpki.ne.jp";
const PATIENCE: Duration = Duration::from_secs(90);

/// A terminal of the institution, whose certificate is in its last 90 days.
pub(super) struct Terminal {
    pub(super) env: Environment,
    pub(super) notice: Notice,
    pub(super) old: Vec<u8>,
    pub(super) chromium: Chromium,
}

impl Terminal {
    /// `None` where a part of it is missing.
    async fn start() -> Option<Self> {
        if !require("openssl") {
            return None;
        }
        let env = Environment::start().await;
        let now = now();
        env.control.freeze(&(now - SignedDuration::from_hours(24 * 1125)).to_string()).await;
        let notice = env.issue().await;
        let pfx = env.browser().download(&notice, "1234").await.file().1.to_vec();
        env.control.freeze(&now.to_string()).await;
        let chromium = Chromium::with_identity(&env, &pfx, "1234").await?;
        let old = certificate_in(&chromium.path("identity.p12"), "1234").await;
        Some(Self { env, notice, old, chromium })
    }

    pub(super) async fn open(&self, path: &str, heading: &str) {
        self.chromium.client.goto(&format!("{SITE}{path}")).await.unwrap();
        self.arrives(heading).await;
    }

    /// Waits for the page with this heading.
    pub(super) async fn arrives(&self, heading: &str) {
        self.sees(&format!("//h1[normalize-space() = '{heading}']")).await;
    }

    /// Waits for this 証明書ステータス, while the page loads itself anew.
    pub(super) async fn arrives_at_status(&self, status: &str) {
        self.sees(&format!("//tr[th = '証明書ステータス']/td[normalize-space() = '{status}']")).await;
        self.arrives("送信完了").await;
    }

    pub(super) async fn sees(&self, path: &str) {
        let found = self.chromium.client.wait().at_most(PATIENCE).for_element(Locator::XPath(path)).await;
        if let Err(error) = found {
            panic!("{path}: {error}; instead:\n{}", self.chromium.client.source().await.unwrap_or_default());
        }
    }

    /// What stands beside these words in a table. The page may be loaded anew while it is read.
    pub(super) async fn fact(&self, name: &str) -> String {
        let path = format!("//tr[th[normalize-space() = '{name}']]/td");
        let read = async {
            loop {
                if let Ok(cell) = self.chromium.client.find(Locator::XPath(&path)).await
                    && let Ok(text) = cell.text().await
                {
                    return text;
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| panic!("{name} is nowhere"))
    }

    pub(super) async fn follow(&self, link: &str, heading: &str) {
        let path = format!("//a[normalize-space() = '{link}']");
        self.chromium.client.find(Locator::XPath(&path)).await.unwrap().click().await.unwrap();
        self.arrives(heading).await;
    }

    pub(super) async fn press(&self, button: &str) {
        let path = format!("//button[normalize-space() = '{button}']");
        self.chromium.client.find(Locator::XPath(&path)).await.unwrap().click().await.unwrap();
    }

    /// Types into the field of a label, as a person finds it.
    pub(super) async fn fill(&self, label: &str, typed: &str) {
        let path = format!("//input[@id = //label[normalize-space() = '{label}']/@for]");
        self.chromium.client.find(Locator::XPath(&path)).await.unwrap().send_keys(typed).await.unwrap();
    }

    /// From the menu to 送信完了; answers with the new request ID.
    pub(super) async fn applies(&self) -> String {
        self.open("/p/ru", "更新申請画面").await;
        self.follow("証明書更新申請", "証明書更新申請").await;
        self.press("Submit").await;
        self.arrives_at_status("鍵生成中").await;
        self.fact("リクエストID").await
    }

    /// From 鍵の取得 to the page with Download.
    pub(super) async fn chooses(&self, password: &str) {
        self.arrives("鍵の取得").await;
        self.fill("証明書パスワード", password).await;
        self.press("Submit").await;
        self.sees("//button[normalize-space() = 'Download']").await;
    }

    /// Waits until a file is whole; until then Chromium names it differently.
    pub(super) async fn file(&self, request_id: &str) -> PathBuf {
        let folder = self.chromium.path("downloads");
        let look = async {
            loop {
                for entry in folder.read_dir().unwrap().flatten() {
                    let name = entry.file_name().into_string().unwrap();
                    if name.starts_with(request_id) && name.ends_with(".p12") {
                        return entry.path();
                    }
                }
                // Asks the browser something, to give it its turn.
                self.chromium.client.current_url().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("no file for {request_id}"))
    }

    pub(super) async fn picture(&self, name: &str) {
        self.chromium.picture(name).await;
    }

    /// The file imports, and holds a successor of the certificate that was shown.
    async fn assert_successor(&self, file: &Path, password: &str, request_id: &str) {
        let database = nss_database(&self.chromium.path(&format!("imported-{request_id}"))).await;
        run("pk12util", &["-d", &database, "-i", text(file), "-W", password]).await.ok();
        let listed = run("certutil", &["-d", &database, "-L"]).await.ok();
        assert!(listed.contains("u,u,u"), "the key belongs to the certificate: {listed}");
        let new = certificate_in(file, password).await;
        let (_, new) = X509Certificate::from_der(&new).unwrap();
        let (_, old) = X509Certificate::from_der(&self.old).unwrap();
        assert_eq!(new.subject().as_raw(), old.subject().as_raw());
        assert_eq!(new.issuer().as_raw(), old.issuer().as_raw());
        assert!(new.validity().not_before > old.validity().not_before);
        assert!(new.validity().not_after > old.validity().not_after);
        assert_ne!(new.raw_serial(), old.raw_serial());
        assert_ne!(new.public_key().raw, old.public_key().raw);
        let renewal = self.env.control.json(&format!("/renewals/{request_id}")).await;
        assert_eq!(renewal["renews"], self.notice.serial.as_str());
        assert_eq!(renewal["serial"], hex(new.raw_serial()).as_str());
    }

    /// Waits for an exchange of the journal.
    async fn happens(&self, what: impl Fn(&Value) -> bool) {
        let mut after = 0;
        loop {
            let path = format!("/journal?kind=exchange&after={after}&wait=60s");
            let records = self.env.control.json(&path).await;
            let records = records.as_array().unwrap();
            assert!(!records.is_empty(), "nothing happens any more");
            if records.iter().any(&what) {
                return;
            }
            after = records.last().unwrap()["sequence"].as_u64().unwrap();
        }
    }

    pub(super) async fn end(self) {
        self.chromium.end().await;
    }
}

/// Chromium goes by the machine's clock, and offers no certificate that has ended by it.
#[expect(clippy::disallowed_methods, reason = "the certificate has to be valid for Chromium")]
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

/// The certificate that has its key in this file, by OpenSSL.
async fn certificate_in(file: &Path, password: &str) -> Vec<u8> {
    let password = format!("pass:{password}");
    let told =
        run("openssl", &["pkcs12", "-in", text(file), "-nokeys", "-clcerts", "-passin", &password]).await;
    assert_eq!(told.status, Some(0), "{}", told.stderr);
    pem::parse(told.stdout).unwrap().into_contents()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are ASCII")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[tokio::test]
async fn a_person_renews_the_certificate_and_imports_the_new_one() {
    let Some(terminal) = Terminal::start().await else { return };
    let control = &terminal.env.control;
    terminal.open("/p/ru", "更新申請画面").await;
    terminal.picture("ru-1-menu").await;
    terminal.follow("更新後証明書の取得", "更新後証明書の取得").await;
    terminal.picture("ru-2-nothing-to-fetch-yet").await;
    terminal.follow("最初のページへ", "更新申請画面").await;
    terminal.follow("証明書更新申請", "証明書更新申請").await;
    assert_eq!(terminal.fact("Common Name").await, "0110119153");
    terminal.picture("ru-3-confirm").await;

    terminal.press("Submit").await;
    terminal.arrives_at_status("鍵生成中").await;
    terminal.picture("ru-4-key-generation").await;
    let request_id = terminal.fact("リクエストID").await;
    assert!(request_id.len() == 15 && request_id != terminal.notice.request_id, "{request_id}");
    assert_ne!(terminal.fact("リファレンス ID").await, terminal.notice.reference_id);
    control.advance("1s").await;
    terminal.arrives_at_status("発行要求中").await;
    terminal.picture("ru-5-issue-requested").await;
    control.advance("1s").await;
    // The page goes on from 発行済み by itself.
    terminal.arrives("鍵の取得").await;
    terminal.picture("ru-7-password").await;
    terminal.fill("証明書パスワード", "86").await;
    terminal.press("Submit").await;
    terminal.sees("//input[@aria-invalid = 'true']").await;
    terminal.picture("ru-7-password-too-short").await;
    terminal.chooses("8642").await;
    terminal.picture("ru-8-download").await;
    terminal.press("Download").await;
    let file = terminal.file(&request_id).await;
    terminal.assert_successor(&file, "8642", &request_id).await;
    terminal.end().await;
}

#[tokio::test]
async fn a_person_whose_line_drops_in_the_download_fetches_the_key_again() {
    let Some(terminal) = Terminal::start().await else { return };
    let control = &terminal.env.control;
    let request_id = terminal.applies().await;
    control.advance("2s").await;
    terminal.arrives("鍵の取得").await;
    terminal.chooses("8642").await;
    let fault = control.post("/faults", &json!({"name": "line_drops_in_pfx"})).await;
    assert_eq!(fault.status, 201, "{}", fault.summary());
    terminal.press("Download").await;
    terminal.happens(|record| record["fault"] == "line_drops_in_pfx").await;
    terminal.picture("ru-9-download-broken").await;
    let downloads = terminal.chromium.path("downloads");
    let whole =
        downloads.read_dir().unwrap().flatten().filter(|e| e.path().extension().is_some_and(|e| e == "p12"));
    assert_eq!(whole.count(), 0, "only a part came");

    terminal.open("/p/ru", "更新申請画面").await;
    terminal.follow("更新後証明書の取得", "更新後証明書の取得").await;
    terminal.sees(&format!("//td[normalize-space() = '{request_id}']")).await;
    terminal.picture("ru-10-list").await;
    terminal.press("Download Key").await;
    // Another password than the first time: the file that broke off is worth nothing.
    terminal.chooses("1357").await;
    terminal.press("Download").await;
    let file = terminal.file(&request_id).await;
    terminal.assert_successor(&file, "1357", &request_id).await;
    assert_eq!(control.json("/renewals").await.as_array().unwrap().len(), 1);
    terminal.end().await;
}

#[tokio::test]
async fn a_person_applies_for_revocation_and_is_refused_once_it_is_approved() {
    let Some(terminal) = Terminal::start().await else { return };
    let (control, notice) = (&terminal.env.control, &terminal.notice);
    terminal.open("/p/ru", "更新申請画面").await;
    terminal.open("/p/rx", "証明書失効申請情報の入力画面").await;
    terminal.picture("rx-1-ids").await;
    terminal.fill("リクエスト ID", &notice.request_id).await;
    terminal.fill("リファレンス ID", &notice.reference_id).await;
    terminal.press("次へ").await;
    terminal.sees("//label[normalize-space() = '申請者のメールアドレス']").await;
    terminal.picture("rx-2-address").await;
    terminal.fill("申請者のメールアドレス", "tanto@clinic.example.jp").await;
    terminal.fill("メールアドレス(確認用)", "tanto@clinic.example.co").await;
    terminal.press("申請").await;
    terminal.sees("//input[@aria-invalid = 'true']").await;
    terminal.picture("rx-2-mistyped-address").await;
    let again = terminal.chromium.client.find(Locator::Id("email_confirmation")).await.unwrap();
    again.clear().await.unwrap();
    again.send_keys("tanto@clinic.example.jp").await.unwrap();
    terminal.press("申請").await;
    terminal.arrives("証明書失効申請情報の入力内容確認画面").await;
    assert_eq!(terminal.fact("申請者のメールアドレス").await, "tanto@clinic.example.jp");
    terminal.picture("rx-3-confirm").await;
    terminal.press("申請").await;
    terminal.arrives("証明書失効申請の受付完了").await;
    terminal.picture("rx-4-accepted").await;

    // Until somebody approves, nothing has changed.
    terminal.open("/p/ru", "更新申請画面").await;
    assert_eq!(control.json("/mails").await, json!([]));
    let approve = format!("/revocations/{}/approve", notice.request_id);
    let approved = control.call(Method::POST, &approve, None).await;
    assert_eq!(approved.status, 200, "{}", approved.summary());
    let mails = control.json("/mails").await;
    assert_eq!(mails[0]["to"], "tanto@clinic.example.jp");
    assert!(mails[0]["text"].as_str().unwrap().contains(&notice.request_id), "{mails}");
    let crl = terminal.env.browser_at("crldownload.obn.managedpki.ne.jp").get("/crl.crl").await;
    let (_, crl) = parse_x509_crl(&crl.body).unwrap();
    let listed: Vec<_> = crl.iter_revoked_certificates().map(|entry| hex(entry.raw_serial())).collect();
    assert_eq!(listed, [notice.serial.as_str()]);

    terminal.chromium.client.goto(&format!("{SITE}/p/ru")).await.unwrap();
    terminal.arrives("証明書を確認できません").await;
    terminal.sees("//p[contains(., '失効')]").await;
    terminal.picture("rx-5-refused-afterwards").await;
    terminal.end().await;
}
