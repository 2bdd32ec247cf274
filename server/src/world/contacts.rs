//! The applicant's address, to which the CA writes before the certificate ends.

use std::sync::Arc;

use jiff::Timestamp;

use super::command::Command;
use super::{World, WorldError};
use crate::authority::{Contact, Course, Record, days_left};
use crate::journal::{Draft, Kind};
use crate::mail;
use crate::terms::{EmailAddress, RequestId};

impl World {
    /// Notes the applicant's address of a certificate. What would have been written before stays unwritten.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is no such certificate.
    pub async fn set_contact(
        self: &Arc<Self>,
        request_id: &RequestId,
        email: EmailAddress,
    ) -> Result<(), WorldError> {
        let mut command = self.current().await?;
        let record = command.record(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        let now = command.now();
        self.keep_contact(&mut command, &record, email, now).await?;
        command.note(Draft { kind: Kind::Control, ..Draft::of("contact.set", &record) });
        command.finish().await?;
        self.await_due();
        Ok(())
    }

    /// The same as a part of a command, as of this moment.
    pub(super) async fn keep_contact(
        &self,
        command: &mut Command<'_>,
        record: &Record,
        email: EmailAddress,
        at: Timestamp,
    ) -> Result<(), WorldError> {
        let contact = Contact::new(record, email, &self.profile, at);
        Ok(command.put_contact(&self.name, &contact).await?)
    }

    /// A renewed certificate has the applicant of the one before it.
    pub(super) async fn inherit_contact(
        &self,
        command: &mut Command<'_>,
        predecessor: &Record,
        record: &Record,
        at: Timestamp,
    ) -> Result<(), WorldError> {
        if let Some(known) = command.contact(&self.name, &predecessor.notice.request_id).await? {
            self.keep_contact(command, record, known.email, at).await?;
        }
        Ok(())
    }

    /// Writes a mail that is due at this moment. Who has renewed or revoked needs none.
    pub(super) async fn write_reminder(
        &self,
        command: &mut Command<'_>,
        contact: Contact,
        at: Timestamp,
    ) -> Result<(), WorldError> {
        let record = command.record(&self.name, &contact.request_id).await?.ok_or(WorldError::NotFound)?;
        let renewals = command.renewals_of(&self.name, record.certificate.serial).await?;
        let is_renewed = renewals.iter().any(|renewal| matches!(renewal.course, Course::Issued { .. }));
        if record.certificate.revocation.is_none() && !is_renewed {
            let number = command.next(&self.name, "mail").await?;
            let left = days_left(&record, &self.profile, at);
            let mail = mail::expiring(number, &record, &contact.email, (at, left), &self.profile);
            self.put_mail(command, &mail).await?;
            command.note_at(at, Draft::of("mail.written", &record));
        }
        Ok(command.put_contact(&self.name, &contact.after(&record, &self.profile, at)).await?)
    }
}
