//! `/p/rcr` in a real browser, and the dashboard beside it: from the form to the notice.

use std::time::Duration;

use fantoccini::Locator;
use obn_tests::{Chromium, Environment};

const SITE: &str = "https://cert.obn.managedpki.ne.jp/p/rcr";

/// Someone with a browser.
struct Person<'a>(&'a Chromium);

impl Person<'_> {
    async fn sees(&self, path: &str) -> fantoccini::elements::Element {
        let wait = self.0.client.wait().at_most(Duration::from_secs(30));
        wait.for_element(Locator::XPath(path)).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn reads_heading(&self, words: &str) {
        self.sees(&format!("//h1[normalize-space() = '{words}']")).await;
    }

    async fn types(&self, label: &str, text: &str) {
        let field = self.sees(&format!("//input[@id = //label[normalize-space() = '{label}']/@for]")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses a button or follows a link. The dashboard may draw it anew between the look and the click: then once more.
    async fn presses(&self, words: &str) {
        let path = format!("//*[self::button or self::a][normalize-space() = '{words}']");
        loop {
            match self.sees(&path).await.click().await {
                Ok(()) => return,
                Err(error) if error.is_stale_element_reference() => {}
                Err(error) => panic!("{path}: {error}"),
            }
        }
    }
}

#[tokio::test]
async fn a_person_applies_and_the_dashboard_approves() {
    let env = Environment::start().await;
    env.control.freeze("2026-11-27T06:00:00Z").await;
    let Some(chromium) = Chromium::start(&env).await else { return };
    let person = Person(&chromium);
    chromium.client.goto(SITE).await.unwrap();
    person.reads_heading("電子証明書発行申請").await;
    chromium.picture("rcr-menu").await;
    person.presses("医療機関等").await;
    person.types("医療機関コードまたは受付番号", "0110119154").await;
    person.types("医療機関等の名称", "札幌中央診療所").await;
    person.presses("次へ").await;
    let message = person.sees("//input[@id = 'holder']/following-sibling::p[@role = 'alert']").await;
    assert_eq!(message.text().await.unwrap(), "入力されたコードに誤りがあります。番号をご確認ください。");
    chromium.picture("rcr-refused").await;
    person.types("医療機関コードまたは受付番号", "0110119153").await;
    person.types("部署名", "医事課").await;
    person.types("電話番号", "011-123-4567").await;
    person.types("申請者のメールアドレス", "tanto@clinic.example.jp").await;
    person.types("メールアドレス(確認用)", "tanto@clinic.example.jp").await;
    person.types("端末名称等", "受付1号機").await;
    person.types("発行枚数", "1").await;
    person.presses("次へ").await;
    person.reads_heading("電子証明書発行申請情報の入力内容確認画面").await;
    chromium.picture("rcr-confirm").await;
    person.presses("申請").await;
    person.reads_heading("電子証明書発行申請の受付完了").await;
    person.sees("//td[. = 'A20261127-0001']").await;
    chromium.picture("rcr-accepted").await;

    chromium.client.set_window_size(1400, 1000).await.unwrap();
    chromium.client.goto(&format!("{}/", env.simulator.control_url())).await.unwrap();
    person.sees("//*[@id='applications']//*[. = 'A20261127-0001']").await;
    chromium.picture("rcr-dashboard").await;
    person.presses("承認").await;
    person.sees("//*[@id='applications']//*[. = '郵送中']").await;
    person.presses("+30 日").await;
    person.sees("//*[@id='applications']//*[. = '到着済み']").await;
    chromium.picture("rcr-dashboard-delivered").await;
    assert_eq!(env.control.json("/applications").await[0]["status"], "delivered");

    // Another two: one is refused with a reason, one is withdrawn.
    for _ in 0..2 {
        env.browser().apply_for_certificates("tanto@clinic.example.jp").await;
    }
    person.sees("//*[@id='applications']//tbody/tr[3]").await;
    person.presses("却下").await;
    person.sees("//dialog[@open]//input").await.send_keys("登録のないコードです").await.unwrap();
    chromium.picture("rcr-dashboard-refuse").await;
    person.sees("//dialog[@open]//button[@value='yes']").await.click().await.unwrap();
    person.sees("//*[@id='applications']//td[contains(., '登録のないコードです')]").await;
    person.presses("取り下げ").await;
    person.sees("//dialog[@open]//button[@value='yes']").await.click().await.unwrap();
    person.sees("//*[@id='applications']//*[. = '取り下げ済み']").await;
    let applications = env.control.json("/applications").await;
    let statuses: Vec<_> = (0..3).map(|index| applications[index]["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["delivered", "cancelled", "refused"]);
    chromium.end().await;
}
