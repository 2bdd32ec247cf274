//! `/p/rcd`: wrong and odd input, the lock-out, and each day that decides something.

use obn_tests::{Answer, Notice};

use super::visitor::Visitor;
use super::{Held, PASSWORD, Walker};

impl Walker {
    /// `/p/rcd`, from a fresh form; `None` where there is none.
    pub(super) async fn fetch(
        &self,
        browser: &Visitor,
        ids: (&str, &str),
        passwords: (&str, &str),
    ) -> Option<Answer> {
        self.tick().await;
        let page = browser.try_get("/p/rcd").await.ok()?.page();
        let form = page.forms.first()?.clone();
        let form = self.passwords(self.ids(form, ids.0, ids.1), passwords.0, passwords.1);
        self.tick().await;
        browser.try_press(&form, "ダウンロード").await.ok()
    }

    pub(super) async fn download(&self, notice: Notice) -> Held {
        let browser = self.browser().await;
        let ids = (notice.request_id.as_str(), notice.reference_id.as_str());
        let answer = self.fetch(&browser, ids, (PASSWORD, PASSWORD)).await;
        let pfx = answer.filter(Answer::is_file).map(|answer| answer.pfx(PASSWORD));
        Held { notice, pfx }
    }

    /// Wrong and odd input at `/p/rcd`.
    pub(super) async fn refusals(&self, notice: &Notice) {
        let (id, reference) = (notice.request_id.as_str(), notice.reference_id.as_str());
        let browser = self.browser().await;
        let wide: String = id.chars().map(|digit| char::from_u32(digit as u32 + 0xfee0).unwrap()).collect();
        let padded = format!(" {id} ");
        let swapped: String = reference
            .chars()
            .map(|letter| {
                if letter.is_ascii_lowercase() {
                    letter.to_ascii_uppercase()
                } else {
                    letter.to_ascii_lowercase()
                }
            })
            .collect();
        for (ids, passwords) in [
            (("", ""), ("", "")),
            (("2026", "ab"), ("12", "12")),
            ((id, reference), (PASSWORD, "9999")),
            (("999912319999999", "FPwNiG5g4r"), (PASSWORD, PASSWORD)),
            ((id, "FPwNiG5g4r"), (PASSWORD, PASSWORD)),
            ((padded.as_str(), reference), (PASSWORD, PASSWORD)),
            ((wide.as_str(), reference), (PASSWORD, PASSWORD)),
            ((id, swapped.as_str()), (PASSWORD, PASSWORD)),
            ((id, reference), ("5678", "5678")),
            ((id, reference), (PASSWORD, PASSWORD)),
        ] {
            self.fetch(&browser, ids, passwords).await;
        }
    }

    /// Wrong reference IDs in a row, and how long that lasts.
    pub(super) async fn lock_out(&self, notice: &Notice) {
        let id = notice.request_id.as_str();
        let browser = self.browser().await;
        self.fetch(&browser, (id, &notice.reference_id), (PASSWORD, PASSWORD)).await;
        let mut locked = false;
        for _ in 0..6 {
            let answer = self.fetch(&browser, (id, "FPwNiG5g4r"), (PASSWORD, PASSWORD)).await;
            locked = answer.is_some_and(|answer| !answer.is_file() && answer.page().forms.is_empty());
            if locked {
                break;
            }
        }
        if !locked {
            return;
        }
        // The last wrong try was 14 seconds before the one that was locked out.
        let mut passed: i64 = 14;
        for until in [1_799, 1_801, 3_599, 3_601, 86_399, 86_401] {
            self.env.control.advance(&format!("{}s", until - passed)).await;
            passed = until;
            // The session may have come to its end meanwhile: a fresh form.
            let browser = self.browser().await;
            let page = browser.open("/p/rcd").await;
            let form = self.passwords(self.ids(page.form(), id, "FPwNiG5g4r"), PASSWORD, PASSWORD);
            let answer = browser.press(&form, "ダウンロード").await;
            if !answer.page().forms.is_empty() {
                break;
            }
        }
    }

    pub(super) async fn later_days(&self, reception: Option<Notice>) {
        for day in ["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"] {
            self.at(&format!("{day}T03:17:31Z")).await;
            self.download(self.issue("0110119153", None).await).await;
        }
        if let Some(notice) = reception {
            self.download(notice).await;
        }
    }

    pub(super) async fn maintenance(&self) {
        for moment in
            ["2026-12-09T12:59:59Z", "2026-12-09T13:00:00Z", "2026-12-09T22:59:59Z", "2026-12-09T23:00:00Z"]
        {
            self.at(moment).await;
            let _ = self.browser().await.try_get("/p/rcd").await;
        }
    }

    /// The last day of the download, and the one after.
    pub(super) async fn last_days(&self) {
        self.at("2026-12-26T03:17:31Z").await;
        let (on_the_last, too_late) =
            (self.issue("0110119153", None).await, self.issue("0110119153", None).await);
        self.at("2027-06-24T03:17:31Z").await;
        self.download(on_the_last).await;
        self.at("2027-06-25T03:17:31Z").await;
        self.download(too_late).await;
    }
}
