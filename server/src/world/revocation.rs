//! Revocations: by the registration authority, or applied for and decided.

use std::sync::Arc;

use jiff::Timestamp;

use super::command::Command;
use super::{Visitor, World, WorldError};
use crate::authority::{self, Decision, Record, Refusal, Requested, RevocationRequest};
use crate::journal::{Draft, Kind};
use crate::terms::{EmailAddress, ReferenceId, RequestId, RevocationReason, Serial};

impl World {
    /// Whether these IDs are right and the certificate can be applied for to be revoked. Answers
    /// with how many applications there have been.
    ///
    /// # Errors
    /// [`WorldError::Refused`] with the page that the user gets to see, or a failure.
    pub async fn may_request_revocation(
        &self,
        request_id: &RequestId,
        reference_id: &ReferenceId,
        visitor: Option<&Visitor>,
    ) -> Result<u32, WorldError> {
        let command = self.current().await?;
        let (mut command, record) = self.identify(command, request_id, reference_id).await?;
        self.check_owner(&record, visitor)?;
        let earlier = command.revocations_of(&self.name, request_id).await?;
        authority::may_request_revocation(&record, &earlier, command.now())?;
        if self.forgive(&mut command, request_id).await? {
            command.finish_unnoted().await?;
        }
        Ok(u32::try_from(earlier.len()).unwrap_or(u32::MAX))
    }

    /// Applies for a revocation. `seen` is how many applications the user's page knew of.
    ///
    /// # Errors
    /// [`WorldError::Refused`] with the page that the user gets to see, or a failure.
    pub async fn request_revocation(
        self: &Arc<Self>,
        request_id: &RequestId,
        seen: u32,
        email: EmailAddress,
        visitor: Option<&Visitor>,
    ) -> Result<RevocationRequest, WorldError> {
        let mut command = self.current().await?;
        let record = command.record(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        self.check_owner(&record, visitor)?;
        let earlier = command.revocations_of(&self.name, request_id).await?;
        let request = match authority::request_revocation(&record, &earlier, seen, email, command.now())? {
            Requested::Before(request) => return Ok(request),
            Requested::Accepted(request) => request,
        };
        command.put_revocation(&self.name, &request, request.due(&self.profile)).await?;
        command.note(Draft::of("revocation.requested", &record));
        command.finish().await?;
        self.await_due();
        Ok(request)
    }

    /// All applications for a revocation, oldest first.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn revocations(&self) -> Result<Vec<RevocationRequest>, WorldError> {
        Ok(self.look().await?.revocations(&self.name).await?)
    }

    /// Decides on the last application for this certificate.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none; [`Refusal::RevocationDecided`] if it is decided.
    pub async fn decide_revocation(
        &self,
        request_id: &RequestId,
        decision: Decision,
    ) -> Result<RevocationRequest, WorldError> {
        let mut command = self.current().await?;
        let now = command.now();
        let request = command.revocations_of(&self.name, request_id).await?.pop();
        let request = request.ok_or(WorldError::NotFound)?;
        let request = match decision {
            Decision::Approve => self.approve(&mut command, request, now).await?,
            Decision::Reject => self.reject(&mut command, request, now).await?,
        };
        command.finish().await?;
        Ok(request)
    }

    /// Revokes a certificate at this moment.
    ///
    /// # Errors
    /// [`WorldError`].
    pub async fn revoke(&self, serial: Serial, reason: RevocationReason) -> Result<Record, WorldError> {
        let mut command = self.current().await?;
        let record = command.record_by_serial(&self.name, serial).await?.ok_or(WorldError::NotFound)?;
        let certificate = record.certificate.revoke(reason, command.now())?;
        let record = Record { certificate, ..record };
        command.update(&self.name, &record).await?;
        command.note(Draft::of("revoked", &record));
        command.finish().await?;
        Ok(record)
    }

    /// Approves what is due. What was revoked or has expired in the meantime is turned down: there
    /// is nothing left to approve.
    pub(super) async fn approve_or_reject(
        &self,
        command: &mut Command<'_>,
        request: RevocationRequest,
        at: Timestamp,
    ) -> Result<(), WorldError> {
        match self.approve(command, request.clone(), at).await {
            Err(WorldError::Refused(_)) => self.reject(command, request, at).await?,
            approved => approved?,
        };
        Ok(())
    }

    async fn approve(
        &self,
        command: &mut Command<'_>,
        request: RevocationRequest,
        at: Timestamp,
    ) -> Result<RevocationRequest, WorldError> {
        let record = command.record(&self.name, &request.request_id).await?.ok_or(WorldError::NotFound)?;
        let (request, certificate) = request.approve(record.certificate.clone(), &self.profile, at)?;
        let record = Record { certificate, ..record };
        command.update(&self.name, &record).await?;
        command.put_revocation(&self.name, &request, None).await?;
        command.note_at(at, Draft::of("revocation.approved", &record));
        command.note_at(at, Draft::of("revoked", &record));
        self.write_mail(command, &record, &request.email, at).await?;
        Ok(request)
    }

    async fn reject(
        &self,
        command: &mut Command<'_>,
        request: RevocationRequest,
        at: Timestamp,
    ) -> Result<RevocationRequest, WorldError> {
        let request = request.reject(at)?;
        command.put_revocation(&self.name, &request, None).await?;
        let record = Draft {
            request_id: Some(request.request_id.clone()),
            serial: Some(request.serial),
            ..Draft::new(Kind::Authority, "revocation.rejected")
        };
        command.note_at(at, record);
        Ok(request)
    }

    /// With `client_auth.rx`: the certificate that was shown must be the one that is meant.
    fn check_owner(&self, record: &Record, visitor: Option<&Visitor>) -> Result<(), WorldError> {
        let other =
            visitor.is_some_and(|visitor| visitor.record().certificate.serial != record.certificate.serial);
        if other { Err(Refusal::OtherClientCertificate.into()) } else { Ok(()) }
    }
}
