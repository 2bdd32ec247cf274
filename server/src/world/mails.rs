//! The outbox: mails are written by what they tell of, and leave the queue when a mail server has them.

use jiff::Timestamp;

use super::application::about_application;
use super::command::Command;
use super::{World, WorldError};
use crate::authority::{Application, Record};
use crate::journal::{Draft, Kind};
use crate::mail::{self, Mail};
use crate::terms::EmailAddress;

impl World {
    /// The outbox, oldest mail first.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn mails(&self) -> Result<Vec<Mail>, WorldError> {
        Ok(self.look().await?.mails(&self.name).await?)
    }

    /// Writes 失効完了のご連絡, and queues it if a mail server shall have it.
    pub(super) async fn write_mail(
        &self,
        command: &mut Command<'_>,
        record: &Record,
        to: &EmailAddress,
        at: Timestamp,
    ) -> Result<(), WorldError> {
        let number = command.next(&self.name, "mail").await?;
        self.put_mail(command, &mail::revoked(number, record, to, at, &self.profile)).await?;
        command.note_at(at, Draft::of("mail.written", record));
        Ok(())
    }

    /// Writes 申請情報受付通知, likewise.
    pub(super) async fn write_receipt(
        &self,
        command: &mut Command<'_>,
        application: &Application,
    ) -> Result<(), WorldError> {
        let number = command.next(&self.name, "mail").await?;
        self.put_mail(command, &mail::application_received(number, application, &self.profile)).await?;
        command.note_at(application.accepted_at, about_application("mail.written", application));
        Ok(())
    }

    pub(super) async fn put_mail(&self, command: &mut Command<'_>, mail: &Mail) -> Result<(), WorldError> {
        command.insert_mail(&self.name, mail).await?;
        if self.outgoing.is_some() {
            command.queue_mail(&self.name, mail.number).await?;
            command.send_mail();
        }
        Ok(())
    }

    /// Takes a mail out of the queue: the mail server has it, or won't ever take it, for this reason.
    ///
    /// # Errors
    /// [`WorldError::Gone`], or [`WorldError::Store`]; then it stays in the queue.
    pub async fn mail_left(&self, mail: &Mail, refused: Option<String>) -> Result<(), WorldError> {
        let mut command = self.begin().await?;
        command.unqueue_mail(&self.name, mail.number).await?;
        let outcome = if refused.is_some() { "mail.refused" } else { "mail.sent" };
        command.note(Draft {
            request_id: mail.request_id.parse().ok(),
            detail: refused.map(String::into_boxed_str),
            ..Draft::new(Kind::Authority, outcome)
        });
        command.finish().await
    }
}
