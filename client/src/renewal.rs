//! `/p/ru`: an application for renewal, from the menu to the issued key (manual 2.2).

use std::fmt;

use crate::client::Client;
use crate::download::Download;
use crate::error::Error;
use crate::site::browser::{Answer, Browser};
use crate::site::form::Request;
use crate::site::page::Page;
use crate::site::words;
use crate::terms::breach::Breach;
use crate::terms::identifiers::{ReferenceId, RequestId};
use crate::terms::patience::Patience;
use crate::terms::pin::Pin;
use crate::terms::usage::UsageError;
use crate::tries::Looks;

/// How far the CA is (manual 2.2: 鍵生成中 → 発行要求中 → 発行済み).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RenewalStatus {
    /// 鍵生成中: the CA generates the key.
    GeneratingKey,
    /// 発行要求中: the certificate is being issued.
    RequestingIssue,
    /// 発行済み: the key can be fetched.
    Issued,
}

/// An application that the CA took. It lives in the session in which it was made; what outlives that are its IDs, by
/// which [`Client::collect`] finds it in the list 更新後証明書の取得.
pub struct Renewal {
    browser: Browser,
    patience: Patience,
    page: Page,
    request_id: RequestId,
    reference_id: Option<ReferenceId>,
    status: RenewalStatus,
}

impl Client {
    /// Applies for the renewal of this client's identity: 証明書更新申請, then Submit.
    ///
    /// Each call makes an application of its own, and nothing is tried again. [`Client::renew`] is the safe way, which
    /// outlives a lost session, a broken connection and a crash without applying twice.
    ///
    /// # Cancel safety
    ///
    /// None: once Submit is pressed the CA may have the application, whether or not the answer is awaited.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: obn_client::Client) -> Result<(), obn_client::Error> {
    /// let mut renewal = client.apply_for_renewal().await?;
    /// println!("{}", renewal.request_id());
    /// renewal.issued(|status| println!("{status}")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn apply_for_renewal(&self) -> Result<Renewal, Error> {
        let mut browser = self.visit();
        let menu = self.renewal_menu(&mut browser).await?;
        let prepared = self.prepare_renewal(&mut browser, &menu).await?;
        self.submit_renewal(browser, prepared).await
    }

    pub(crate) async fn renewal_menu(&self, browser: &mut Browser) -> Result<Page, Error> {
        if self.credential.is_none() {
            return Err(UsageError::NoIdentity.into());
        }
        let menu = browser.open_page("/p/ru", "更新申請画面").await?;
        // Without a certificate that the CA likes there is a page with other words and no menu.
        let has_menu = menu.press(&words::RENEW).is_ok() || menu.press(&words::COLLECT).is_ok();
        if has_menu { Ok(menu) } else { Err(menu.refused_or(menu.instead_of("更新申請画面"))) }
    }

    /// 証明書更新申請: the page with the button Submit, and what pressing that sends. A site may show the status of an
    /// application that is under way instead; then there is nothing to press.
    pub(crate) async fn prepare_renewal(
        &self,
        browser: &mut Browser,
        menu: &Page,
    ) -> Result<(Page, Option<Request>), Error> {
        let confirm = browser.go(menu.press(&words::RENEW)?).await?.page("証明書更新申請画面")?;
        if confirm.value(&words::REQUEST_ID).is_some() && confirm.value(&words::STATUS).is_some() {
            return Ok((confirm, None));
        }
        let submit = confirm.press_on(&words::SUBMIT).map_err(|breach| confirm.refused_or(breach))?;
        Ok((confirm, Some(submit)))
    }

    /// Submit: from here on the CA may have the application.
    pub(crate) async fn submit_renewal(
        &self,
        mut browser: Browser,
        (confirm, submit): (Page, Option<Request>),
    ) -> Result<Renewal, Error> {
        let page = match submit {
            Some(submit) => browser.go(submit).await?.page("送信完了画面")?,
            None => confirm.clone(),
        };
        let Some(request_id) = page.value(&words::REQUEST_ID).and_then(|text| text.parse().ok()) else {
            return Err(page.no_receipt(&confirm));
        };
        let reference_id = page.value(&words::REFERENCE_ID).and_then(|text| text.parse().ok());
        let status = RenewalStatus::on(&page)?.ok_or_else(|| page.instead_of("送信完了画面"))?;
        Ok(Renewal { browser, patience: self.patience.clone(), page, request_id, reference_id, status })
    }
}

impl Renewal {
    /// The new request ID.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The new reference ID, which a revocation asks for.
    pub fn reference_id(&self) -> Option<&ReferenceId> {
        self.reference_id.as_ref()
    }

    /// The status when it was last looked at.
    pub fn status(&self) -> RenewalStatus {
        self.status
    }

    /// Looks at the status again.
    pub async fn refresh(&mut self) -> Result<RenewalStatus, Error> {
        let request = self.page.reload();
        let page = self.browser.go(request).await?.page("送信完了画面")?;
        self.status = match RenewalStatus::on(&page)? {
            Some(status) => status,
            // The site may go on to the page 鍵の取得 by itself.
            None if page.form_with(&[&words::PASSWORD]).is_some() => RenewalStatus::Issued,
            // Whatever it says, the application was accepted.
            None => return Err(page.instead_of("送信完了画面").into()),
        };
        self.page = page;
        Ok(self.status)
    }

    /// Waits until the certificate is issued, as long as the client's [`Patience`] goes, and tells every new status. A
    /// look that fails of what may pass, such as a site that is busy, is one look; the last one's error is told.
    pub async fn issued(&mut self, mut progress: impl FnMut(RenewalStatus)) -> Result<(), Error> {
        progress(self.status);
        let patience = self.patience.clone();
        let mut looks = Looks::new(&patience, patience.polls);
        let mut failure: Option<Error> = None;
        while self.status != RenewalStatus::Issued {
            if !looks.wait(failure.as_ref().and_then(Error::retry_after)).await {
                let status = self.status.in_japanese().to_owned();
                return Err(failure.unwrap_or_else(|| Breach::NotIssuedInTime(status).into()));
            }
            let before = self.status;
            failure = match self.refresh().await {
                Ok(status) => {
                    if status != before {
                        progress(status);
                    }
                    None
                }
                Err(error) if error.is_temporary() => Some(error),
                Err(error) => return Err(error),
            };
        }
        Ok(())
    }

    /// Fetches the key of an issued certificate: 鍵の取得, password, Submit, Download. The file is not verified against
    /// the old certificate yet.
    pub(crate) async fn fetch(&mut self, pin: &Pin) -> Result<Download, Error> {
        let answer = if self.page.form_with(&[&words::PASSWORD]).is_some() {
            Answer::Page(Box::new(self.page.clone()))
        } else {
            self.browser.fetch(self.page.press_on(&words::FETCH_KEY)?).await?
        };
        fetch_key(&mut self.browser, answer, pin).await
    }
}

/// Walks from where the key is in reach to the file: the password wherever it is asked for, Download wherever it is
/// offered.
pub(crate) async fn fetch_key(
    browser: &mut Browser,
    mut answer: Answer,
    pin: &Pin,
) -> Result<Download, Error> {
    let mut asked: Option<Page> = None;
    // 鍵の取得 → Submit → Download → the file; one more page in between does no harm.
    for _ in 0..4 {
        let page = match answer {
            Answer::File(pfx) => return Download::verified(pfx, pin),
            Answer::Page(page) => *page,
        };
        let request = match page.form_with(&[&words::PASSWORD]) {
            Some(form) => {
                if let Some(before) = &asked {
                    return Err(page.refused_after("証明書ファイル", before));
                }
                let mut entries = vec![(&words::PASSWORD, pin.expose())];
                if form.field(&words::PASSWORD_AGAIN).is_some() {
                    entries.push((&words::PASSWORD_AGAIN, pin.expose()));
                }
                let request = page.fill(&entries, &words::SUBMIT)?;
                asked = Some(page);
                request
            }
            None => page.press(&words::DOWNLOAD_KEY).map_err(|breach| page.refused_or(breach))?,
        };
        answer = browser.fetch(request).await?;
    }
    match answer {
        Answer::File(pfx) => Download::verified(pfx, pin),
        Answer::Page(page) => Err(page.refused_or(page.instead_of("証明書ファイル"))),
    }
}

impl RenewalStatus {
    /// The status that a page shows, if it shows any. One that tells of a failure is the CA's refusal.
    fn on(page: &Page) -> Result<Option<Self>, Error> {
        let Some(shown) = page.value(&words::STATUS) else { return Ok(None) };
        let text = words::normal(shown);
        let all = [Self::GeneratingKey, Self::RequestingIssue, Self::Issued];
        match all.into_iter().find(|status| text.contains(status.in_japanese())) {
            Some(status) => Ok(Some(status)),
            None if words::FAILED.fit(shown).is_some() || !page.alerts.is_empty() => {
                let mut refusal = page.refusal();
                if page.alerts.is_empty() {
                    refusal.messages = vec![shown.to_owned()];
                }
                Err(Error::Refused(refusal))
            }
            None => Err(Breach::UnknownStatus(shown.to_owned()).into()),
        }
    }

    /// The site's word for it.
    pub fn in_japanese(self) -> &'static str {
        match self {
            Self::GeneratingKey => "鍵生成中",
            Self::RequestingIssue => "発行要求中",
            Self::Issued => "発行済み",
        }
    }
}

impl fmt::Display for RenewalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_japanese())
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal")
            .field("request_id", &self.request_id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
