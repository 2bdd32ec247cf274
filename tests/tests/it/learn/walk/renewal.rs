//! `/p/ru`: the door, applications, statuses, keys and the list.

use obn_tests::{Page, Pfx};

use super::visitor::Visitor;
use super::{Held, PASSWORD, Walker};

impl Walker {
    /// A renewal three years too early.
    pub(super) async fn too_early(&self, one: &Held) {
        self.browser_at_door(None).await;
        if let Some(pfx) = &one.pfx {
            let browser = self.showing(pfx).await;
            self.tick().await;
            let Ok(menu) = browser.try_visit("/p/ru").await else { return };
            if menu.page().links.iter().any(|(words, _)| words == "証明書更新申請") {
                let _ = browser.try_visit(&menu.page().link("証明書更新申請")).await;
            }
        }
        let future = self.issue("0110119153", Some("2027-02-01")).await;
        let _ = self.download(future).await;
    }

    /// `/p/ru` as who shows this.
    pub(super) async fn browser_at_door(&self, pfx: Option<&Pfx>) {
        self.tick().await;
        let browser = match pfx {
            None => self.browser().await,
            Some(pfx) => self.showing(pfx).await,
        };
        let _ = browser.try_visit("/p/ru").await;
    }

    pub(super) async fn renewals(&self, one: &Held, two: &Held, single: &Held, failing: &Held) {
        let (Some(one_pfx), Some(two_pfx)) = (&one.pfx, &two.pfx) else { return };
        self.at("2029-12-01T02:17:31Z").await;
        self.confirm(&self.showing(one_pfx).await).await;
        self.at("2029-12-27T02:17:31Z").await;
        if let Some(pfx) = &single.pfx {
            let browser = self.showing(pfx).await;
            for _ in 0..3 {
                let Some(page) = self.confirm(&browser).await else { break };
                self.tick().await;
                browser.submit(&page, "Submit").await;
                self.env.control.advance("200s").await;
            }
            self.open_list(&browser).await;
        }
        if let Some(pfx) = &failing.pfx {
            let browser = self.showing(pfx).await;
            if let Some(page) = self.confirm(&browser).await {
                let status = browser.submit(&page, "Submit").await;
                let id = status.beside("リクエストID").join("");
                self.env.control.order(&format!("/renewals/{id}/fail")).await;
                self.tick().await;
                let _ = browser.try_get(&status.url).await;
            }
        }
        let first = self.renew(one_pfx).await;
        let _second = self.renew(two_pfx).await;
        self.tick().await;
        self.open_list(&self.showing(two_pfx).await).await;
        self.list().await;
        if let Some((id, reference, key)) = first {
            self.fetch(&self.browser().await, (&id, &reference), (PASSWORD, PASSWORD)).await;
            for day in ["2030-01-26", "2030-01-27"] {
                self.at(&format!("{day}T02:30:31Z")).await;
                let browser = self.showing(one_pfx).await;
                let _ = browser.try_visit("/p/ru").await;
                let _ = browser.try_get(&key).await;
            }
        }
    }

    /// 証明書更新申請; the page with Submit, if there is one.
    pub(super) async fn confirm(&self, browser: &Visitor) -> Option<Page> {
        self.tick().await;
        let menu = browser.try_visit("/p/ru").await.ok()?.page();
        menu.links.iter().find(|(words, _)| words == "証明書更新申請")?;
        self.tick().await;
        let page = browser.try_visit(&menu.link("証明書更新申請")).await.ok()?.page();
        (!page.forms.is_empty()).then_some(page)
    }

    pub(super) async fn open_list(&self, browser: &Visitor) -> Option<Page> {
        self.tick().await;
        let menu = browser.try_visit("/p/ru").await.ok()?.page();
        menu.links.iter().find(|(words, _)| words == "更新後証明書の取得")?;
        Some(browser.try_visit(&menu.link("更新後証明書の取得")).await.ok()?.page())
    }

    /// A renewal to its key, with a second look at the list. Answers with its IDs, and with where its key is.
    pub(super) async fn renew(&self, pfx: &Pfx) -> Option<(String, String, String)> {
        let browser = self.showing(pfx).await;
        let page = self.confirm(&browser).await?;
        self.tick().await;
        let mut status = browser.submit(&page, "Submit").await;
        let id = status.beside("リクエストID").join("");
        let reference = status.beside("リファレンス ID").join("");
        let mut passed = 0;
        for until in [1, 2, 29, 30, 31, 89, 90, 91] {
            if status.links.iter().any(|(words, _)| words == "鍵の取得") {
                break;
            }
            self.env.control.advance(&format!("{}s", until - passed)).await;
            passed = until;
            status = browser.try_get(&status.url).await.ok()?.page();
        }
        self.tick().await;
        let key = browser.follow(&status, "鍵の取得").await;
        let address = key.url.clone();
        for password in ["12", PASSWORD] {
            self.tick().await;
            let form = key.form_with("Submit").forge(&self.profile.wire.password, password);
            let next = browser.press(&form, "Submit").await.page();
            if next.forms.iter().any(|form| form.buttons.iter().any(|(_, _, words)| words == "Download")) {
                self.tick().await;
                browser.press(&next.form_with("Download"), "Download").await;
            }
        }
        self.tick().await;
        let list = self.open_list(&browser).await?;
        if let Some(form) = list.forms.first() {
            self.tick().await;
            browser.press(form, "Download Key").await;
        }
        Some((id, reference, address))
    }
}
