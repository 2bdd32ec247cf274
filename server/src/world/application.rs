//! Applications for certificates: accepted at `/p/rcr`, decided by the registration authority, then in the post.

use std::sync::Arc;

use jiff::Timestamp;

use super::command::Command;
use super::{World, WorldError};
use crate::authority::{
    Application, ApplicationDecision, ApplicationForm, ApplicationStatus, ApplicationStep, Refusal,
    RevocationRequest,
};
use crate::journal::{Draft, Kind};
use crate::terms::{ApplicationNumber, RequestId, SubmissionId};

/// Anybody can apply: more than these a world doesn't keep.
const MOST: u64 = 10_000;
/// And of those that may move on, not more than these.
const MOST_OPEN: u64 = 1_000;

impl World {
    /// Accepts an application, once for each confirmation page, and writes 申請情報受付通知.
    ///
    /// # Errors
    /// [`Refusal::ApplicationsFull`], or a failure.
    pub async fn apply(
        self: &Arc<Self>,
        submission: SubmissionId,
        form: ApplicationForm,
    ) -> Result<Application, WorldError> {
        let mut command = self.current().await?;
        if let Some(before) = command.submitted_application(&self.name, &submission).await? {
            return Ok(before);
        }
        // None ever goes away.
        let all = command.counter(&self.name, "application").await?;
        if all >= MOST || command.count_pending_applications(&self.name).await? >= MOST_OPEN {
            return Err(Refusal::ApplicationsFull.into());
        }
        let now = command.now();
        let number = command.next(&self.name, "application").await?;
        let number = ApplicationNumber::new(self.profile.clock.zone.zone().day_of(now), number);
        let application = Application::accept(number, submission, form, &self.profile, now);
        let due = application.comes_due(&self.profile);
        command.insert_application(&self.name, &application, due).await?;
        command.note(about_application("application.received", &application));
        if application.status() == ApplicationStatus::UnderReview {
            command.note(about_application("application.under_review", &application));
        }
        self.write_receipt(&mut command, &application).await?;
        let application = self.move_on(&mut command, application, now).await?;
        command.finish().await?;
        self.await_due();
        Ok(application)
    }

    /// All applications, oldest first.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn applications(&self) -> Result<Vec<Application>, WorldError> {
        Ok(self.look().await?.applications(&self.name).await?)
    }

    /// One application.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none.
    pub async fn application(&self, number: &ApplicationNumber) -> Result<Application, WorldError> {
        self.look().await?.application(&self.name, number).await?.ok_or(WorldError::NotFound)
    }

    /// Decides on an application that is open.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none; [`Refusal::ApplicationDecided`] if it is decided;
    /// [`WorldError::Issue`] if its certificates can't be issued.
    pub async fn decide_application(
        self: &Arc<Self>,
        number: &ApplicationNumber,
        decision: ApplicationDecision,
    ) -> Result<Application, WorldError> {
        let mut command = self.current().await?;
        let now = command.now();
        let application = command.application(&self.name, number).await?.ok_or(WorldError::NotFound)?;
        let application = match decision {
            ApplicationDecision::Approve => self.approve_application(&mut command, application, now).await?,
            ApplicationDecision::Refuse(reason) => {
                let application = application.refuse(reason, now)?;
                command.note(about_application("application.refused", &application));
                application
            }
            ApplicationDecision::Cancel => {
                let application = application.cancel(now)?;
                command.note(about_application("application.cancelled", &application));
                application
            }
        };
        let due = application.comes_due(&self.profile);
        command.update_application(&self.name, &application, due).await?;
        let application = self.move_on(&mut command, application, now).await?;
        command.finish().await?;
        self.await_due();
        Ok(application)
    }

    /// 失効申請 by the inquiry of the internet portal: for one of an application's certificates, with its mail address.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is no such application, or no such certificate of it;
    /// [`WorldError::Refused`] as at `/p/rx`.
    pub async fn request_revocation_by_inquiry(
        self: &Arc<Self>,
        number: &ApplicationNumber,
        request_id: &RequestId,
    ) -> Result<RevocationRequest, WorldError> {
        let mut look = self.look().await?;
        let application = look.application(&self.name, number).await?.ok_or(WorldError::NotFound)?;
        if !application.request_ids().contains(request_id) {
            return Err(WorldError::NotFound);
        }
        let earlier = look.revocations_of(&self.name, request_id).await?.len();
        drop(look);
        let seen = u32::try_from(earlier).unwrap_or(u32::MAX);
        self.request_revocation(request_id, seen, application.form.email, None).await
    }

    /// Brings about all that is due with it by this moment, each at the moment when it was due.
    pub(super) async fn move_on(
        &self,
        command: &mut Command<'_>,
        mut application: Application,
        now: Timestamp,
    ) -> Result<Application, WorldError> {
        while let Some((at, step)) = application.due(&self.profile).filter(|(due, _)| *due <= now) {
            application = match step {
                ApplicationStep::BeginReview => {
                    let application = application.begin_review(at);
                    command.note_at(at, about_application("application.under_review", &application));
                    application
                }
                ApplicationStep::Approve => self.approve_or_refuse(command, application, at).await?,
                ApplicationStep::Deliver => {
                    let application = application.deliver(at);
                    command.note_at(at, about_application("application.delivered", &application));
                    application
                }
            };
            let due = application.comes_due(&self.profile);
            command.update_application(&self.name, &application, due).await?;
        }
        Ok(application)
    }

    /// What can't be issued is turned down: nobody is there to be told.
    async fn approve_or_refuse(
        &self,
        command: &mut Command<'_>,
        application: Application,
        at: Timestamp,
    ) -> Result<Application, WorldError> {
        match self.approve_application(command, application.clone(), at).await {
            Err(WorldError::Issue(error)) => {
                let application = application.refuse(error.to_string().parse().ok(), at)?;
                command.note_at(at, about_application("application.refused", &application));
                Ok(application)
            }
            approved => approved,
        }
    }

    /// Issues its certificates and posts the notices.
    async fn approve_application(
        &self,
        command: &mut Command<'_>,
        application: Application,
        at: Timestamp,
    ) -> Result<Application, WorldError> {
        let orders = application.orders(&self.profile, at)?;
        let mut request_ids = Vec::new();
        command.note_at(at, about_application("application.approved", &application));
        for order in orders {
            let record = self.carry_out(command, order, at).await?.record;
            self.keep_contact(command, &record, application.form.email.clone(), at).await?;
            self.keys.prefetch(record.certificate.number);
            request_ids.push(record.notice.request_id);
        }
        let application = application.post(request_ids, at)?;
        command.note_at(at, about_application("application.posted", &application));
        Ok(application)
    }
}

/// What the journal says of an application: its number, and nothing that was written into the form.
pub(super) fn about_application(outcome: &'static str, application: &Application) -> Draft {
    Draft {
        detail: Some(format!("application {}", application.number).into()),
        ..Draft::new(Kind::Authority, outcome)
    }
}
