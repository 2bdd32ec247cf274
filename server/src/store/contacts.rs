//! Applicants' mail addresses, and when each is written to next.

use jiff::Timestamp;

use super::rows::{instant, parsed};
use super::sql::{Row, sql};
use super::{DueKind, StoreError, Transaction, View};
use crate::authority::Contact;
use crate::terms::RequestId;

impl View {
    /// Whom to write to about a certificate.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn contact(&mut self, world: &str, id: &RequestId) -> Result<Option<Contact>, StoreError> {
        let row = sql("SELECT request_id, email, due FROM contacts WHERE world = $1 AND request_id = $2");
        let row = row.bind(world).bind(id.as_str()).optional(self.inner.on()).await?;
        row.as_ref().map(contact).transpose()
    }

    /// All addresses of a world.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row of another version, [`StoreError::Corrupt`] for a damaged file.
    pub async fn contacts(&mut self, world: &str) -> Result<Vec<Contact>, StoreError> {
        let rows = sql("SELECT request_id, email, due FROM contacts WHERE world = $1 ORDER BY request_id")
            .bind(world);
        rows.all(self.inner.on()).await?.iter().map(contact).collect()
    }
}

impl Transaction {
    /// Keeps an address in the place of what is there for the certificate.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn put_contact(&mut self, world: &str, contact: &Contact) -> Result<(), StoreError> {
        sql("INSERT INTO contacts (world, request_id, email, due) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (world, request_id) DO UPDATE SET email = excluded.email, due = excluded.due")
        .bind(world)
        .bind(contact.request_id.as_str())
        .bind(contact.email.as_str())
        .bind(contact.due.map(Timestamp::as_millisecond))
        .run(self.inner.on())
        .await?;
        self.await_reminder(world, contact).await
    }

    /// Keeps when an applicant is written to next.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no space left, [`StoreError::ReadOnly`] without write access.
    pub async fn await_reminder(&mut self, world: &str, contact: &Contact) -> Result<(), StoreError> {
        self.set_due(world, (DueKind::Reminder, contact.request_id.as_str(), 0), contact.due).await
    }
}

fn contact(row: &Row) -> Result<Contact, StoreError> {
    let due: Option<i64> = row.try_get("due")?;
    Ok(Contact {
        request_id: parsed(row, "request_id")?,
        email: parsed(row, "email")?,
        due: due.map(instant).transpose()?,
    })
}
