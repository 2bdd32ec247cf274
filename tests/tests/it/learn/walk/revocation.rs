//! `/p/rx`, the revocation list, and what is left when the certificates are over.

use obn_tests::{Page, Pfx};

use super::visitor::Visitor;
use super::{EMAIL, Held, PASSWORD, Tools, Walker};

impl Walker {
    pub(super) async fn list(&self) {
        let Some(path) = self.profile.crl.path() else { return };
        let url = format!("{}{path}", self.env.simulator.http_url().expect("tests have one"));
        let _ = match &self.tools {
            Tools::Own(recorder) => {
                Visitor::Own(self.env.plain_browser().recorded_by(recorder)).try_get(path).await
            }
            Tools::Real(_) => self.browser().await.try_get(&url).await,
        };
    }

    /// `/p/rx`, from wrong IDs to the list.
    pub(super) async fn revocation(&self, dental: &Held, pharmacy: &Held) {
        self.at("2026-12-14T02:17:31Z").await;
        self.list().await;
        // Without a certificate first.
        let plain = self.browser().await;
        let _ = plain.try_visit("/p/rx").await;
        let Some(pfx) = &dental.pfx else { return };
        let browser = self.showing(pfx).await;
        let (id, reference) = (dental.notice.request_id.as_str(), dental.notice.reference_id.as_str());
        for ids in [("", ""), (id, "FPwNiG5g4r"), ("999912319999999", "FPwNiG5g4r")] {
            self.identify(&browser, ids).await;
        }
        let Some(mail) = self.identify(&browser, (id, reference)).await else { return };
        let mut page = mail;
        for email in [("", ""), ("nobody", "nobody"), (EMAIL, "other@clinic.example.jp"), (EMAIL, EMAIL)] {
            self.tick().await;
            let Some(form) = page.forms.first().cloned() else { return };
            page = browser.press(&self.emails(form, email.0, email.1), "申請").await.page();
        }
        self.tick().await;
        browser.press(&page.form(), "申請").await;
        self.identify(&browser, (id, reference)).await;
        self.env.control.revoke_for("keyCompromise", &pharmacy.notice).await;
        if self.profile.revocation.approval == obn_ca::profile::Approval::Manual {
            self.tick().await;
            self.env.control.order(&format!("/revocations/{id}/approve")).await;
        }
        self.env.control.advance("60s").await;
        self.list().await;
        self.identify(&browser, (id, reference)).await;
        let ids = (id, reference);
        self.fetch(&self.browser().await, ids, (PASSWORD, PASSWORD)).await;
        self.browser_at_door(pharmacy.pfx.as_ref()).await;
        self.browser_at_door(Some(&Pfx::foreign("Another CA"))).await;
        for day in ["2026-12-15", "2026-12-24"] {
            self.at(&format!("{day}T02:17:31Z")).await;
            self.list().await;
        }
    }

    /// 次へ of `/p/rx`; the page that comes.
    pub(super) async fn identify(&self, browser: &Visitor, ids: (&str, &str)) -> Option<Page> {
        self.tick().await;
        let page = browser.try_visit("/p/rx").await.ok()?.page();
        let form = page.forms.first()?.clone();
        self.tick().await;
        Some(browser.try_press(&self.ids(form, ids.0, ids.1), "次へ").await.ok()?.page())
    }

    /// When the certificates are over.
    pub(super) async fn at_the_end(&self, nursing: &Held, dental: &Held) {
        self.at("2030-03-20T02:17:31Z").await;
        self.browser_at_door(nursing.pfx.as_ref()).await;
        let ids = (nursing.notice.request_id.as_str(), nursing.notice.reference_id.as_str());
        self.fetch(&self.browser().await, ids, (PASSWORD, PASSWORD)).await;
        let browser = match &dental.pfx {
            Some(pfx) if self.profile.client_auth.rx => self.showing(pfx).await,
            _ => self.browser().await,
        };
        self.identify(&browser, ids).await;
        self.list().await;
    }
}
