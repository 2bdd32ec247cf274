//! 更新後証明書の取得: the list of renewed certificates whose key can be fetched (manual 2.2.1).

use crate::client::Client;
use crate::download::Download;
use crate::error::Error;
use crate::renewal::fetch_key;
use crate::site::browser::Browser;
use crate::site::page::{Control, Page};
use crate::site::words;
use crate::terms::breach::{Breach, LIST_PAGE};
use crate::terms::identifiers::{ReferenceId, RequestId};
use crate::terms::pin::Pin;
use crate::terms::refusal::Refusal;
use crate::terms::usage::UsageError;
use crate::tries::Tries;

/// A certificate that renews another. It has been verified like a [`Download`], and against the old certificate: the
/// same subject, and a later end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RenewedCertificate {
    /// The new request ID, if the site showed it.
    pub request_id: Option<RequestId>,
    /// The new reference ID, if the site showed it.
    pub reference_id: Option<ReferenceId>,
    /// The file and what it holds.
    pub download: Download,
}

/// A row of the list.
pub(crate) struct Row {
    pub(crate) request_id: Option<RequestId>,
    pub(crate) text: String,
    control: Control,
}

impl Client {
    /// Collects a renewed certificate from the list 更新後証明書の取得: the one of this request ID, or the only one there
    /// is. If the list is empty, the CA knows of no finished renewal; that is told as a refusal.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any time. The list keeps the key for the next call.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: obn_client::Client) -> Result<(), obn_client::Error> {
    /// let renewed = client.collect(None, &"2468".parse()?).await?;
    /// println!("until {}", renewed.download.identity.certificate().valid_until());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn collect(
        &self,
        request_id: Option<&RequestId>,
        pin: &Pin,
    ) -> Result<RenewedCertificate, Error> {
        let mut tries = Tries::new(&self.patience);
        loop {
            let result = self.collect_once(pin, |rows| choose(rows, request_id)).await;
            match result {
                Ok(Some(renewed)) => return Ok(renewed),
                Ok(None) => return Err(Error::Refused(Refusal::nothing_listed())),
                Err(error) => tries.after(error).await?,
            }
        }
    }

    /// Fetches the key of the row that `choose` picks, if it picks one.
    pub(crate) async fn collect_once(
        &self,
        pin: &Pin,
        choose: impl FnOnce(Vec<Row>) -> Result<Option<Row>, Error>,
    ) -> Result<Option<RenewedCertificate>, Error> {
        let mut browser = self.visit();
        let menu = self.renewal_menu(&mut browser).await?;
        let Some(row) = choose(self.renewed(&mut browser, &menu).await?)? else { return Ok(None) };
        let answer = browser.fetch(row.control.request()).await?;
        let download = fetch_key(&mut browser, answer, pin).await?;
        self.renewed_certificate(row.request_id, None, download).map(Some)
    }

    /// The list, opened from the menu.
    pub(crate) async fn renewed(&self, browser: &mut Browser, menu: &Page) -> Result<Vec<Row>, Error> {
        let list = browser.go(menu.press(&words::COLLECT)?).await?.page(LIST_PAGE)?;
        // Links of the menu, which may stand on this page as well, are no rows.
        let rows = list.every(&words::DOWNLOAD_KEY).into_iter().map(|control| Row {
            request_id: find_request_id(&control.surroundings),
            text: control.surroundings.clone(),
            control,
        });
        let rows: Vec<Row> = rows.collect();
        // That nothing is listed means that nothing was completed, so it takes the list to say it.
        if rows.is_empty() && !list.says(&words::LIST) {
            return Err(list.instead_of(LIST_PAGE).into());
        }
        Ok(rows)
    }

    /// Believes a renewed certificate only if it fits the old one.
    pub(crate) fn renewed_certificate(
        &self,
        request_id: Option<RequestId>,
        reference_id: Option<ReferenceId>,
        download: Download,
    ) -> Result<RenewedCertificate, Error> {
        let old = self.credential.as_ref().ok_or(UsageError::NoIdentity)?.certificate();
        let new = download.identity.certificate();
        if new.subject() != old.subject() {
            let (before, now) = (old.subject().to_string(), new.subject().to_string());
            return Err(Breach::SubjectChanged { before, now }.into());
        }
        if new.not_after() <= old.not_after() {
            return Err(Breach::DatesNotLater.into());
        }
        Ok(RenewedCertificate { request_id, reference_id, download })
    }
}

fn choose(mut rows: Vec<Row>, request_id: Option<&RequestId>) -> Result<Option<Row>, Error> {
    if let Some(wanted) = request_id {
        return Ok(rows.into_iter().find(|row| row.request_id.as_ref() == Some(wanted)));
    }
    if rows.len() > 1 {
        let list: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        return Err(UsageError::WhichRenewal(list.join(" | ")).into());
    }
    Ok(rows.pop())
}

/// The first 15 digits in a row that stand by themselves.
fn find_request_id(text: &str) -> Option<RequestId> {
    text.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse().ok())
}
