//! Lists of a world, page by page. A page goes on after one of the things in the list.

use super::{World, WorldError};
use crate::authority::{Application, Record, Renewal, RevocationRequest};
use crate::mail::Mail;
use crate::store::{Order, Page};
use crate::terms::{ApplicationNumber, RequestId, Serial};

impl World {
    /// Notices in the order of issue, each with whether it is a web renewal's.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is nothing to go on after.
    pub async fn notices_page(&self, page: Page<RequestId>) -> Result<Vec<(Record, bool)>, WorldError> {
        let mut look = self.look().await?;
        let after = match &page.after {
            Some(id) => Some(look.record(&self.name, id).await?.ok_or(WorldError::NotFound)?),
            None => None,
        };
        let number = after.map(|record| record.certificate.number);
        Ok(look.records_page(&self.name, page.after(number)).await?)
    }

    /// Certificates in the order of issue.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is nothing to go on after.
    pub async fn certificates_page(&self, page: Page<Serial>) -> Result<Vec<(Record, bool)>, WorldError> {
        let mut look = self.look().await?;
        let after = match page.after {
            Some(it) => Some(look.record_by_serial(&self.name, it).await?.ok_or(WorldError::NotFound)?),
            None => None,
        };
        let number = after.map(|record| record.certificate.number);
        Ok(look.records_page(&self.name, page.after(number)).await?)
    }

    /// The notices and certificates whose request ID, serial number or institution code begins so, at most so many.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn find_records(
        &self,
        beginning: &str,
        limit: u32,
        order: Order,
    ) -> Result<Vec<(Record, bool)>, WorldError> {
        let page = Page { after: None, limit, order };
        Ok(self.look().await?.records_found(&self.name, beginning, page).await?)
    }

    /// Renewals in the order of their application.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is nothing to go on after.
    pub async fn renewals_page(&self, page: Page<RequestId>) -> Result<Vec<Renewal>, WorldError> {
        let mut look = self.look().await?;
        let after = match &page.after {
            Some(id) => Some(look.renewal(&self.name, id).await?.ok_or(WorldError::NotFound)?),
            None => None,
        };
        let number = after.map(|renewal| renewal.number);
        Ok(look.renewals_page(&self.name, page.after(number)).await?)
    }

    /// The renewals whose request ID or institution code begins so, at most so many.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn find_renewals(
        &self,
        beginning: &str,
        limit: u32,
        order: Order,
    ) -> Result<Vec<Renewal>, WorldError> {
        let page = Page { after: None, limit, order };
        Ok(self.look().await?.renewals_found(&self.name, beginning, page).await?)
    }

    /// Applications for revocations, in the order in which they were made. One is named by its certificate and its
    /// place among the applications for that.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is nothing to go on after.
    pub async fn revocations_page(
        &self,
        page: Page<(RequestId, u32)>,
    ) -> Result<Vec<RevocationRequest>, WorldError> {
        let mut look = self.look().await?;
        let after = match &page.after {
            Some((id, sequence)) => {
                let all = look.revocations_of(&self.name, id).await?;
                let one = all.into_iter().find(|request| request.sequence == *sequence);
                Some(one.ok_or(WorldError::NotFound)?)
            }
            None => None,
        };
        Ok(look.revocations_page(&self.name, page.after(after)).await?)
    }

    /// Applications for certificates, in the order in which they were made.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn applications_page(
        &self,
        page: Page<ApplicationNumber>,
    ) -> Result<Vec<Application>, WorldError> {
        let sequence = page.after.as_ref().map(ApplicationNumber::sequence);
        Ok(self.look().await?.applications_page(&self.name, page.after(sequence)).await?)
    }

    /// The outbox, by the numbers of mails.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn mails_page(&self, page: Page<u64>) -> Result<Vec<Mail>, WorldError> {
        Ok(self.look().await?.mails_page(&self.name, page).await?)
    }

    /// The first record that there was.
    ///
    /// # Errors
    /// [`WorldError`].
    pub async fn first_record(&self) -> Result<Option<Record>, WorldError> {
        let page = Page { after: None, limit: 1, order: Order::Oldest };
        let first = self.look().await?.records_page(&self.name, page).await?;
        Ok(first.into_iter().next().map(|(record, _)| record))
    }
}
