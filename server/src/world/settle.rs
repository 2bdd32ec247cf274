//! What time brings about: renewals that are due are issued, revocations that are due take effect.
//!
//! Nobody has to be there when it happens. Whoever looks next settles what is due, dated at the
//! moment when it was due, so that the result never depends on who looked when.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use super::{World, WorldError};
use crate::authority::{Course, Record, Renewal};
use crate::clock::Mode;
use crate::journal::Draft;
use crate::store::{StoreError, Transaction};

impl World {
    /// A transaction in which everything that is due has happened.
    pub(super) async fn current(&self) -> Result<Transaction, WorldError> {
        let now = self.clock.now();
        let mut transaction = self.begin().await?;
        let drafts = self.settle(&mut transaction, now).await?;
        if drafts.is_empty() {
            return Ok(transaction);
        }
        self.commit(transaction, drafts).await?;
        self.begin().await
    }

    /// Sees to it that what is due later happens then, so that who waits at the journal hears of it. To be called after
    /// whatever may change what is due next: something accepted, a tester's order, another time.
    pub(crate) fn await_due(self: &Arc<Self>) {
        let turn = self.due_turn.fetch_add(1, Ordering::SeqCst) + 1;
        let world = Arc::downgrade(self);
        tokio::spawn(async move {
            // A later call sees to everything.
            while let Some(world) = world.upgrade().filter(|it| it.due_turn.load(Ordering::SeqCst) == turn) {
                let next = world.next_due().await;
                if let Err(error) = &next {
                    world.failed_later(error, "what is due could not be settled");
                }
                let Ok(Some(wait)) = next else { return };
                drop(world);
                tokio::time::sleep(wait).await;
            }
        });
    }

    /// How long nothing is due from now on, in real time. `None`: nothing ever, as the clock stands.
    async fn next_due(&self) -> Result<Option<Duration>, WorldError> {
        let mut transaction = self.current().await?;
        let renewals = transaction.pending_renewals(&self.name).await?;
        let revocations = transaction.open_revocations(&self.name).await?;
        let renewals = renewals.iter().filter_map(|renewal| renewal.due(&self.profile));
        let dues = renewals.chain(revocations.iter().filter_map(|request| request.due(&self.profile)));
        let wait = |due| Duration::try_from(self.clock.now().duration_until(due)).unwrap_or_default();
        Ok(match self.clock.state().mode() {
            Mode::Running => dues.min().map(wait),
            Mode::Frozen => None,
        })
    }

    /// Commits, then tells of it: in the journal, and whoever sends mails.
    pub(super) async fn commit(
        &self,
        transaction: Transaction,
        drafts: Vec<(Timestamp, Draft)>,
    ) -> Result<(), WorldError> {
        transaction.commit().await?;
        for (at, draft) in drafts {
            self.journal.write(at, draft);
        }
        if let Some(outgoing) = &self.outgoing {
            outgoing.notify_one();
        }
        Ok(())
    }

    /// Answers with what to write into the journal once it is committed.
    async fn settle(
        &self,
        transaction: &mut Transaction,
        now: Timestamp,
    ) -> Result<Vec<(Timestamp, Draft)>, WorldError> {
        let mut drafts = Vec::new();
        for renewal in transaction.pending_renewals(&self.name).await? {
            if let Some(due) = renewal.due(&self.profile).filter(|due| *due <= now) {
                let record = self.complete(transaction, renewal, due).await?;
                drafts.push((due, Draft::of("renewal.issued", &record)));
            }
        }
        for request in transaction.open_revocations(&self.name).await? {
            if let Some(due) = request.due(&self.profile).filter(|due| *due <= now) {
                drafts.extend(self.approve(transaction, request, due).await?);
            }
        }
        Ok(drafts)
    }

    /// Issues a renewal's certificate.
    pub(super) async fn complete(
        &self,
        transaction: &mut Transaction,
        renewal: Renewal,
        at: Timestamp,
    ) -> Result<Record, WorldError> {
        let predecessor = transaction.record_by_serial(&self.name, renewal.predecessor).await?;
        let predecessor = predecessor.ok_or_else(|| {
            StoreError::Unreadable(format!(
                "renewal {} of a certificate that isn't there",
                renewal.request_id
            ))
        })?;
        let record = renewal.record(&predecessor, &self.profile);
        let material = match (self.ca.get(), self.ready_key(renewal.number)) {
            (Some(ca), Some(key)) => Some(self.sign(ca, &record.certificate, key)?),
            // Made when the key is fetched.
            _ => None,
        };
        transaction.insert(&self.name, &record, material.as_ref()).await?;
        let renewal = Renewal { course: Course::Issued { at }, ..renewal };
        transaction.update_renewal(&self.name, &renewal).await?;
        Ok(record)
    }

    fn ready_key(&self, number: u64) -> Option<crate::pki::RsaKey> {
        // Without the CA nothing can be signed, and a key must not be drawn in vain.
        self.ca.get().and_then(|_| self.keys.ready(number))
    }
}
