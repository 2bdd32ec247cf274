//! Renewals and the certificates that visitors show.

use std::sync::Arc;

use jiff::Timestamp;

use super::{PfxFile, World, WorldError};
use crate::authority::{self, Course, Record, Refusal, Renewal, RenewalStatus, Renewed, admit};
use crate::journal::{Draft, Kind};
use crate::pki::Presented;
use crate::terms::{Pin, RequestId, RevocationReason};

/// Who showed a good client certificate. Made by [`World::visitor`] alone.
#[derive(Clone, Debug)]
pub struct Visitor(Record);

impl Visitor {
    /// What the CA knows of the certificate that was shown.
    pub fn record(&self) -> &Record {
        &self.0
    }
}

/// What a tester does to a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalOrder {
    /// Stop it where it is.
    Hold,
    /// On to the next status.
    Advance,
    /// Let it fail.
    Fail,
}

impl World {
    /// Who shows this certificate, if it is good at this moment.
    ///
    /// # Errors
    /// [`WorldError::Refused`] with what is wrong with it.
    pub async fn visitor(&self, presented: Option<&[u8]>) -> Result<Visitor, WorldError> {
        let refused = |refusal| Err(WorldError::Refused(refusal));
        let Some(der) = presented else { return refused(Refusal::NoClientCertificate) };
        let ca = self.client_ca().await?;
        let Presented::Ours(serial) = Presented::read(der, &ca) else {
            return refused(Refusal::ForeignClientCertificate);
        };
        let mut transaction = self.current().await?;
        let record = transaction.record_by_serial(&self.name, serial).await?;
        // After a reset the same number may mean another certificate: only the very same counts.
        let known = transaction.material(&self.name, serial).await?.is_some_and(|m| m.certificate == der);
        let Some(record) = record.filter(|_| known) else {
            return refused(Refusal::UnknownClientCertificate);
        };
        let renewed =
            self.profile.renewal.revoke_old && !transaction.renewals_of(&self.name, serial).await?.is_empty();
        admit(&record.certificate, renewed, self.clock.now()).map_err(WorldError::Refused)?;
        Ok(Visitor(record))
    }

    /// The renewals that were applied for with the visitor's own certificate, oldest first.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn renewals_of(&self, visitor: &Visitor) -> Result<Vec<Renewal>, WorldError> {
        let mut transaction = self.current().await?;
        Ok(transaction.renewals_of(&self.name, visitor.0.certificate.serial).await?)
    }

    /// Applies for a renewal. `seen` is how many the user's page knew of.
    ///
    /// # Errors
    /// [`WorldError::Refused`] with the page that the user gets to see, or a failure.
    pub async fn renew(self: &Arc<Self>, visitor: &Visitor, seen: u32) -> Result<Renewal, WorldError> {
        let now = self.clock.now();
        let mut transaction = self.current().await?;
        let serial = visitor.0.certificate.serial;
        let record = transaction.record_by_serial(&self.name, serial).await?.ok_or(WorldError::NotFound)?;
        let earlier = transaction.renewals_of(&self.name, serial).await?;
        let day = self.profile.clock.zone.zone().day_of(now);
        // If the answer is no, or a renewal that is there, these numbers are not given out.
        let drawn = self.draw(&mut transaction, day).await?;
        let number = drawn.number;
        let renewed = authority::renew(&record, &earlier, seen, drawn, &self.profile, now);
        let renewal = match renewed.map_err(WorldError::Refused)? {
            Renewed::Before(renewal) => return Ok(renewal),
            Renewed::Accepted(renewal) => renewal,
        };
        transaction.insert_renewal(&self.name, &renewal).await?;
        transaction.commit().await?;
        self.journal.write(now, draft(Kind::Authority, "renewal.accepted", &renewal));
        self.keys.prefetch(number);
        self.await_due();
        Ok(renewal)
    }

    /// A renewal, if this visitor may see it.
    ///
    /// # Errors
    /// [`Refusal::UnknownRenewal`], or a failure.
    pub async fn renewal_for(
        &self,
        visitor: &Visitor,
        request_id: &RequestId,
    ) -> Result<Renewal, WorldError> {
        let renewal = self.current().await?.renewal(&self.name, request_id).await?;
        renewal
            .filter(|renewal| renewal.is_shown_to(&visitor.0, &self.profile))
            .ok_or(WorldError::Refused(Refusal::UnknownRenewal))
    }

    /// What 更新後証明書の取得 lists: issued, and not too old to be fetched.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn collectable(&self, visitor: &Visitor) -> Result<Vec<Record>, WorldError> {
        let now = self.clock.now();
        let mut transaction = self.current().await?;
        let mut records = Vec::new();
        for renewal in transaction.renewals(&self.name).await? {
            if renewal.is_shown_to(&visitor.0, &self.profile)
                && let Some(record) = transaction.record(&self.name, &renewal.request_id).await?
                && authority::may_collect(&record, &self.profile, now).is_ok()
            {
                records.push(record);
            }
        }
        Ok(records)
    }

    /// Whether this visitor can fetch the key of this renewal now.
    ///
    /// # Errors
    /// [`WorldError::Refused`] with the page that the user gets to see, or a failure.
    pub async fn may_collect(&self, visitor: &Visitor, request_id: &RequestId) -> Result<Record, WorldError> {
        let now = self.clock.now();
        let renewal = self.renewal_for(visitor, request_id).await?;
        match renewal.status(&self.profile, now) {
            RenewalStatus::Issued => {}
            RenewalStatus::Failed => return Err(WorldError::Refused(Refusal::RenewalFailed)),
            _ => return Err(WorldError::Refused(Refusal::NotYetIssued)),
        }
        let record = self.record(request_id).await?;
        authority::may_collect(&record, &self.profile, now).map_err(WorldError::Refused)?;
        Ok(record)
    }

    /// Hands out the key of a renewal, encrypted with the password that the user chose this time.
    ///
    /// # Errors
    /// As [`may_collect`](Self::may_collect).
    pub async fn collect(
        &self,
        visitor: &Visitor,
        request_id: &RequestId,
        pin: Pin,
    ) -> Result<PfxFile, WorldError> {
        let now = self.clock.now();
        let record = self.may_collect(visitor, request_id).await?;
        let material = self.material(&record.certificate).await?;
        let file = self.pfx(&record, material, pin).await?;

        let mut transaction = self.current().await?;
        let current = transaction.record(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        let record = authority::collect(current, &self.profile, now).map_err(WorldError::Refused)?;
        transaction.update(&self.name, &record).await?;
        let revoked = match self.profile.renewal.revoke_old {
            true => self.supersede(&mut transaction, request_id, now).await?,
            false => None,
        };
        transaction.commit().await?;
        self.journal.write(now, Draft::of("renewal.collected", &record));
        if let Some(old) = revoked {
            self.journal.write(now, Draft::of("revoked", &old));
        }
        Ok(file)
    }

    /// All renewals in the order of their application.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn renewals(&self) -> Result<Vec<Renewal>, WorldError> {
        Ok(self.current().await?.renewals(&self.name).await?)
    }

    /// One renewal.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none.
    pub async fn renewal(&self, request_id: &RequestId) -> Result<Renewal, WorldError> {
        self.current().await?.renewal(&self.name, request_id).await?.ok_or(WorldError::NotFound)
    }

    /// Does to a renewal what a tester wants.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none; [`Refusal::RenewalFinished`] if nothing is left to decide.
    pub async fn order_renewal(
        self: &Arc<Self>,
        request_id: &RequestId,
        order: RenewalOrder,
    ) -> Result<Renewal, WorldError> {
        let now = self.clock.now();
        let mut transaction = self.current().await?;
        let renewal = transaction.renewal(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        let (outcome, ordered) = match order {
            RenewalOrder::Hold => ("renewal.held", renewal.hold(&self.profile, now)),
            RenewalOrder::Advance => ("renewal.advanced", renewal.advance(&self.profile, now)),
            RenewalOrder::Fail => ("renewal.failed", renewal.fail(&self.profile, now)),
        };
        let renewal = ordered.map_err(WorldError::Refused)?;
        let issued = match renewal.course {
            Course::Issued { at } => Some(self.complete(&mut transaction, renewal.clone(), at).await?),
            _ => {
                transaction.update_renewal(&self.name, &renewal).await?;
                None
            }
        };
        transaction.commit().await?;
        self.journal.write(now, draft(Kind::Control, outcome, &renewal));
        if let Some(record) = issued {
            self.journal.write(now, Draft::of("renewal.issued", &record));
        }
        self.await_due();
        Ok(renewal)
    }

    /// The key for what pages tell each other through the browser.
    pub(crate) fn sealing_key(&self) -> [u8; 32] {
        self.entropy.seed("sealed fields", 0)
    }

    /// Whether what is handed out at `/p/rcd` may be: renewals have their own place.
    pub(super) async fn check_handing_out(
        &self,
        transaction: &mut crate::store::Transaction,
        request_id: &RequestId,
    ) -> Result<Result<(), Refusal>, WorldError> {
        if self.profile.renewal.download_at_rcd {
            return Ok(Ok(()));
        }
        let renewed = transaction.renewal(&self.name, request_id).await?.is_some();
        Ok(if renewed { Err(Refusal::HandedOutAtRenewal) } else { Ok(()) })
    }

    /// Revokes what was renewed, once: it may have been revoked or have expired before.
    async fn supersede(
        &self,
        transaction: &mut crate::store::Transaction,
        request_id: &RequestId,
        now: Timestamp,
    ) -> Result<Option<Record>, WorldError> {
        let Some(renewal) = transaction.renewal(&self.name, request_id).await? else { return Ok(None) };
        let old = transaction.record_by_serial(&self.name, renewal.predecessor).await?;
        let Some(old) = old else { return Ok(None) };
        let Ok(certificate) = old.certificate.clone().revoke(RevocationReason::Superseded, now) else {
            return Ok(None);
        };
        let old = Record { certificate, ..old };
        transaction.update(&self.name, &old).await?;
        Ok(Some(old))
    }
}

fn draft(kind: Kind, outcome: &'static str, renewal: &Renewal) -> Draft {
    Draft {
        request_id: Some(renewal.request_id.clone()),
        serial: Some(renewal.serial),
        ..Draft::new(kind, outcome)
    }
}
