//! `/p/rcr`, and how long a session lasts.

use obn_tests::{Form, Notice};

use super::{EMAIL, Walker};

impl Walker {
    /// `/p/rcr`, wrong and right. Answers with the number in place of a code.
    pub(super) async fn application(&self) -> Option<Notice> {
        let browser = self.browser().await;
        let menu = browser.open("/p/rcr").await;
        self.tick().await;
        let number = "2026A1B2C3D4E5";
        let names = self.profile.wire.application_fields.names();
        let fill = |form: Form, values: [&str; 6], email: (&str, &str)| {
            let filled = names.iter().zip(values).fold(form, |form, (name, value)| form.forge(name, value));
            self.emails(filled, email.0, email.1)
        };
        let long = "あ".repeat(65);
        let long_mail = format!("a@{}.example.jp", "b".repeat(250));
        let good = ["0110119153", "札幌中央診療所", "医事課", "011-123-4567", "受付1号機", "1"];
        for (values, email) in [
            ([""; 6], ("", "")),
            (["12", &long, &long, "x", &long, "100"], ("nobody", "")),
            (
                ["0110119154", good[1], good[2], good[3], good[4], "0"],
                (long_mail.as_str(), long_mail.as_str()),
            ),
            (["0110119154", good[1], good[2], good[3], good[4], "1"], (EMAIL, EMAIL)),
            (good, (EMAIL, "other@clinic.example.jp")),
        ] {
            let page = browser.follow(&menu, "医療機関等").await;
            self.tick().await;
            browser.press(&fill(page.form(), values, email), "次へ").await;
        }
        let page = browser.follow(&menu, "医療機関等").await;
        let [_, name, department, telephone, terminal, count] = good;
        let right = [number, name, department, telephone, terminal, count];
        let confirm = browser.press(&fill(page.form(), right, (EMAIL, EMAIL)), "次へ").await.page();
        self.tick().await;
        browser.submit(&confirm, "申請").await;
        let applications = self.env.control.json("/applications").await;
        let of = applications.as_array()?.last()?["number"].as_str()?.to_owned();
        self.env.control.order(&format!("/applications/{of}/approve")).await;
        let application = self.env.control.json(&format!("/applications/{of}")).await;
        let id = application["request_ids"].as_array()?.first()?.as_str()?.to_owned();
        serde_json::from_value(self.env.control.json(&format!("/notices/{id}")).await).ok()
    }

    /// Pauses of each length that there might be: just too short, and just too long.
    pub(super) async fn time_out(&self) {
        for pause in [300, 600, 900, 1_800] {
            let browser = self.browser().await;
            let menu = browser.open("/p/rcr").await;
            self.env.control.advance(&format!("{}s", pause - 1)).await;
            browser.follow(&menu, "医療機関等").await;
            self.env.control.advance(&format!("{}s", pause + 1)).await;
            let page = browser.follow(&menu, "医療保険者等").await;
            if page.forms.is_empty() {
                self.tick().await;
                browser.open("/p/rcd").await;
                return;
            }
        }
    }
}
