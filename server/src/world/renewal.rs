//! Renewals and the certificates that visitors show.

use std::sync::Arc;

use super::command::Command;
use super::{PfxFile, World, WorldError};
use crate::authority::{self, Course, Record, Refusal, Renewal, RenewalStatus, Renewed, admit};
use crate::journal::{Draft, Kind};
use crate::pki::Presented;
use crate::profile::{DownloadKey, ListScope};
use crate::terms::{Pin, RequestId, RevocationReason};

/// A visitor who showed a good client certificate. Made by [`World::visitor`] alone.
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
    /// The visitor who shows this certificate, if it is good at this moment.
    ///
    /// # Errors
    /// [`WorldError::Refused`] with what is wrong with it.
    pub async fn visitor(&self, presented: Option<&[u8]>) -> Result<Visitor, WorldError> {
        let der = presented.ok_or(Refusal::NoClientCertificate)?;
        let ca = self.client_ca().await?;
        let Presented::Ours(serial) = Presented::read(der, &ca) else {
            return Err(Refusal::ForeignClientCertificate.into());
        };
        let mut look = self.look().await?;
        let record = look.record_by_serial(&self.name, serial).await?;
        // After a reset the same number may mean another certificate: only the very same counts.
        let known = look.material(&self.name, serial).await?.is_some_and(|m| m.certificate == der);
        let record = record.filter(|_| known).ok_or(Refusal::UnknownClientCertificate)?;
        let renewed =
            self.profile.renewal.revoke_old && !look.renewals_of(&self.name, serial).await?.is_empty();
        admit(&record.certificate, renewed, look.now())?;
        Ok(Visitor(record))
    }

    /// The renewals that were applied for with the visitor's own certificate, oldest first.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn renewals_of(&self, visitor: &Visitor) -> Result<Vec<Renewal>, WorldError> {
        Ok(self.look().await?.renewals_of(&self.name, visitor.0.certificate.serial).await?)
    }

    /// Applies for a renewal. `seen` is how many the user's page knew of.
    ///
    /// # Errors
    /// [`WorldError::Refused`] with the page that the user gets to see, or a failure.
    pub async fn renew(self: &Arc<Self>, visitor: &Visitor, seen: u32) -> Result<Renewal, WorldError> {
        let mut command = self.current().await?;
        let now = command.now();
        let serial = visitor.0.certificate.serial;
        let record = command.record_by_serial(&self.name, serial).await?.ok_or(WorldError::NotFound)?;
        let earlier = command.renewals_of(&self.name, serial).await?;
        let day = self.profile.clock.zone.zone().day_of(now);
        // If the answer is no, or a renewal that is there, these numbers are not given out.
        let drawn = self.draw(&mut command, day).await?;
        let number = drawn.number;
        let renewal = match authority::renew(&record, &earlier, seen, drawn, &self.profile, now)? {
            Renewed::Before(renewal) => return Ok(renewal),
            Renewed::Accepted(renewal) => renewal,
        };
        command.insert_renewal(&self.name, &renewal, renewal.comes_due(&self.profile)).await?;
        command.note(draft(Kind::Authority, "renewal.accepted", &renewal));
        command.finish().await?;
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
        let renewal = self.look().await?.renewal(&self.name, request_id).await?;
        let shown = renewal.filter(|renewal| renewal.is_shown_to(&visitor.0, &self.profile));
        Ok(shown.ok_or(Refusal::UnknownRenewal)?)
    }

    /// What 更新後証明書の取得 lists: issued, and not too old to be fetched.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn collectable(&self, visitor: &Visitor) -> Result<Vec<Record>, WorldError> {
        let mut look = self.look().await?;
        let Record { notice, certificate, .. } = visitor.record();
        let renewed = match self.profile.renewal.list_scope {
            ListScope::SameCertificate => look.renewed(&self.name, certificate.serial).await?,
            ListScope::SameCommonName => {
                look.renewed_of_institution(&self.name, &notice.institution_code).await?
            }
        };
        let collectable = |record: &Record| authority::may_collect(record, &self.profile, look.now()).is_ok();
        Ok(renewed.into_iter().filter(collectable).collect())
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
            RenewalStatus::Failed => return Err(Refusal::RenewalFailed.into()),
            _ => return Err(Refusal::NotYetIssued.into()),
        }
        let record = self.record(request_id).await?;
        authority::may_collect(&record, &self.profile, now)?;
        Ok(record)
    }

    /// Keeps the password that was chosen for the file, if a later file is to follow it.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn choose_password(&self, request_id: &RequestId, pin: &Pin) -> Result<(), WorldError> {
        if self.profile.renewal.download_key != DownloadKey::AtOnce {
            return Ok(());
        }
        let mut command = self.current().await?;
        let renewal = command.renewal(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        let renewal = Renewal { password: Some(pin.clone()), ..renewal };
        command.update_renewal(&self.name, &renewal, renewal.comes_due(&self.profile)).await?;
        command.finish_unnoted().await
    }

    /// The password that Download Key takes without asking.
    ///
    /// # Errors
    /// As [`may_collect`](Self::may_collect).
    pub async fn chosen_password(
        &self,
        visitor: &Visitor,
        request_id: &RequestId,
    ) -> Result<Option<Pin>, WorldError> {
        match self.profile.renewal.download_key {
            DownloadKey::AtOnce => Ok(self.renewal_for(visitor, request_id).await?.password),
            DownloadKey::AsksPassword => Ok(None),
        }
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

        let mut command = self.current().await?;
        let current = command.record(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        let record = authority::collect(current, &self.profile, now)?;
        command.update(&self.name, &record).await?;
        command.note(Draft::of("renewal.collected", &record));
        if self.profile.renewal.revoke_old {
            self.supersede(&mut command, request_id).await?;
        }
        command.finish().await?;
        Ok(file)
    }

    /// All renewals in the order of their application.
    ///
    /// # Errors
    /// [`WorldError::Store`], or [`WorldError::Pki`] for what is due by now and is settled first.
    pub async fn renewals(&self) -> Result<Vec<Renewal>, WorldError> {
        Ok(self.look().await?.renewals(&self.name).await?)
    }

    /// One renewal.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none.
    pub async fn renewal(&self, request_id: &RequestId) -> Result<Renewal, WorldError> {
        self.look().await?.renewal(&self.name, request_id).await?.ok_or(WorldError::NotFound)
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
        let mut command = self.current().await?;
        let now = command.now();
        let renewal = command.renewal(&self.name, request_id).await?.ok_or(WorldError::NotFound)?;
        let (outcome, ordered) = match order {
            RenewalOrder::Hold => ("renewal.held", renewal.hold(&self.profile, now)),
            RenewalOrder::Advance => ("renewal.advanced", renewal.advance(&self.profile, now)),
            RenewalOrder::Fail => ("renewal.failed", renewal.fail(&self.profile, now)),
        };
        let renewal = ordered?;
        command.note(draft(Kind::Control, outcome, &renewal));
        match renewal.course {
            Course::Issued { at } => self.complete(&mut command, renewal.clone(), at).await?,
            _ => {
                let due = renewal.comes_due(&self.profile);
                command.update_renewal(&self.name, &renewal, due).await?;
            }
        }
        command.finish().await?;
        self.await_due();
        Ok(renewal)
    }

    /// The key for what pages tell each other through the browser.
    pub(crate) fn sealing_key(&self) -> [u8; 32] {
        self.entropy.seed("sealed fields", 0)
    }

    /// Revokes what was renewed, once: it may have been revoked or have expired before.
    async fn supersede(&self, command: &mut Command<'_>, request_id: &RequestId) -> Result<(), WorldError> {
        let Some(renewal) = command.renewal(&self.name, request_id).await? else { return Ok(()) };
        let old = command.record_by_serial(&self.name, renewal.predecessor).await?;
        let Some(old) = old else { return Ok(()) };
        let Ok(certificate) = old.certificate.clone().revoke(RevocationReason::Superseded, command.now())
        else {
            return Ok(());
        };
        let old = Record { certificate, ..old };
        command.update(&self.name, &old).await?;
        command.note(Draft::of("revoked", &old));
        Ok(())
    }
}

fn draft(kind: Kind, outcome: &'static str, renewal: &Renewal) -> Draft {
    Draft {
        request_id: Some(renewal.request_id.clone()),
        serial: Some(renewal.serial),
        ..Draft::new(kind, outcome)
    }
}
