//! Applications for revocations, their approval, and the mail that follows.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Visitor, World, WorldError};
use crate::authority::{self, Record, Refusal, Requested, RevocationRequest};
use crate::journal::{Draft, Kind};
use crate::mail::{self, Mail};
use crate::store::Transaction;
use crate::terms::{EmailAddress, ReferenceId, RequestId};

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
        let now = self.clock.now();
        let transaction = self.current().await?;
        let (mut transaction, record) = self.identify(transaction, request_id, reference_id, now).await?;
        self.check_owner(&record, visitor)?;
        let earlier = transaction.revocations_of(&self.name, request_id).await?;
        authority::may_request_revocation(&record, &earlier, now).map_err(WorldError::Refused)?;
        if self.forgive(&mut transaction, request_id).await? {
            transaction.commit().await?;
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
        let now = self.clock.now();
        let mut transaction = self.current().await?;
        let record = transaction.record(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        self.check_owner(&record, visitor)?;
        let earlier = transaction.revocations_of(&self.name, request_id).await?;
        let requested = authority::request_revocation(&record, &earlier, seen, email, now);
        let request = match requested.map_err(WorldError::Refused)? {
            Requested::Before(request) => return Ok(request),
            Requested::Accepted(request) => request,
        };
        transaction.put_revocation(&self.name, &request).await?;
        transaction.commit().await?;
        self.journal.write(now, Draft::of("revocation.requested", &record));
        self.await_due();
        Ok(request)
    }

    /// All applications for a revocation, oldest first.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn revocations(&self) -> Result<Vec<RevocationRequest>, WorldError> {
        Ok(self.current().await?.revocations(&self.name).await?)
    }

    /// Approves or rejects the last application for this certificate.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none; [`Refusal::RevocationDecided`] if it is decided.
    pub async fn decide_revocation(
        &self,
        request_id: &RequestId,
        approve: bool,
    ) -> Result<RevocationRequest, WorldError> {
        let now = self.clock.now();
        let mut transaction = self.current().await?;
        let request = transaction.revocations_of(&self.name, request_id).await?.pop();
        let request = request.ok_or(WorldError::NotFound)?;
        let drafts = match approve {
            true => self.approve_now(&mut transaction, request, now).await?,
            false => {
                let request = request.reject(now).map_err(WorldError::Refused)?;
                transaction.put_revocation(&self.name, &request).await?;
                vec![(now, decided("revocation.rejected", &request))]
            }
        };
        let request = transaction.revocations_of(&self.name, request_id).await?.pop();
        self.commit(transaction, drafts).await?;
        request.ok_or(WorldError::NotFound)
    }

    /// The outbox, oldest mail first.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn mails(&self) -> Result<Vec<Mail>, WorldError> {
        Ok(self.current().await?.mails(&self.name).await?)
    }

    /// Approves what is due. What was revoked or has expired in the meantime is turned down: there
    /// is nothing left to approve.
    pub(super) async fn approve(
        &self,
        transaction: &mut Transaction,
        request: RevocationRequest,
        at: Timestamp,
    ) -> Result<Vec<(Timestamp, Draft)>, WorldError> {
        match self.approve_now(transaction, request.clone(), at).await {
            Err(WorldError::Refused(_)) => {
                let request = request.reject(at).map_err(WorldError::Refused)?;
                transaction.put_revocation(&self.name, &request).await?;
                Ok(vec![(at, decided("revocation.rejected", &request))])
            }
            done => done,
        }
    }

    async fn approve_now(
        &self,
        transaction: &mut Transaction,
        request: RevocationRequest,
        at: Timestamp,
    ) -> Result<Vec<(Timestamp, Draft)>, WorldError> {
        let record = transaction.record(&self.name, &request.request_id).await?;
        let record = record.ok_or(WorldError::NotFound)?;
        let approved = request.approve(record.certificate.clone(), &self.profile, at);
        let (request, certificate) = approved.map_err(WorldError::Refused)?;
        let record = Record { certificate, ..record };
        transaction.update(&self.name, &record).await?;
        transaction.put_revocation(&self.name, &request).await?;
        let number = transaction.next(&self.name, "mail").await?;
        let mail = mail::revoked(number, &record, &request.email, at, &self.profile);
        transaction.insert_mail(&self.name, &mail).await?;
        if self.outgoing.is_some() {
            transaction.queue_mail(&self.name, number).await?;
        }
        let drafts = ["revocation.approved", "revoked", "mail.written"];
        Ok(drafts.map(|outcome| (at, Draft::of(outcome, &record))).into())
    }

    /// With `client_auth.rx`: the certificate that was shown must be the one that is meant.
    fn check_owner(&self, record: &Record, visitor: Option<&Visitor>) -> Result<(), WorldError> {
        let other =
            visitor.is_some_and(|visitor| visitor.record().certificate.serial != record.certificate.serial);
        if other { Err(WorldError::Refused(Refusal::OtherClientCertificate)) } else { Ok(()) }
    }
}

fn decided(outcome: &'static str, request: &RevocationRequest) -> Draft {
    Draft {
        request_id: Some(request.request_id.clone()),
        serial: Some(request.serial),
        ..Draft::new(Kind::Authority, outcome)
    }
}
