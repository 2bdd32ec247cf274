//! What time brings about: renewals that are due are issued, revocations that are due take effect, applications move on.
//!
//! Nobody has to be there when it happens. Whoever looks next settles what is due, dated at the
//! moment when it was due, so that the result never depends on who looked and when.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use super::command::Command;
use super::{World, WorldError};
use crate::authority::{Course, Renewal};
use crate::clock::Mode;
use crate::journal::Draft;
use crate::store::StoreError;

impl World {
    /// Begins a command when everything that is due has happened.
    pub(super) async fn current(&self) -> Result<Command<'_>, WorldError> {
        let mut command = self.begin().await?;
        self.settle(&mut command).await?;
        if !command.is_noted() {
            return Ok(command);
        }
        let now = command.now();
        command.finish().await?;
        self.begin_at(now).await
    }

    /// Sees to it that what is due later happens then, so that whoever waits at the journal hears of it. To be called after
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
        let mut command = self.current().await?;
        let renewals = command.pending_renewals(&self.name).await?;
        let revocations = command.open_revocations(&self.name).await?;
        let renewals = renewals.iter().filter_map(|renewal| renewal.due(&self.profile));
        let applications = command.pending_applications(&self.name).await?;
        let dues = renewals.chain(revocations.iter().filter_map(|request| request.due(&self.profile)));
        let applications = applications.iter().filter_map(|it| it.due(&self.profile).map(|(due, _)| due));
        let dues = dues.chain(applications);
        let dues = dues.chain(command.next_contact_due(&self.name).await?);
        let wait = |due| Duration::try_from(self.clock.now().duration_until(due)).unwrap_or_default();
        Ok(match self.clock.state().mode() {
            Mode::Running => dues.min().map(wait),
            Mode::Frozen => None,
        })
    }

    async fn settle(&self, command: &mut Command<'_>) -> Result<(), WorldError> {
        let now = command.now();
        for renewal in command.pending_renewals(&self.name).await? {
            if let Some(due) = renewal.due(&self.profile).filter(|due| *due <= now) {
                self.complete(command, renewal, due).await?;
            }
        }
        for request in command.open_revocations(&self.name).await? {
            if let Some(due) = request.due(&self.profile).filter(|due| *due <= now) {
                self.approve_or_reject(command, request, due).await?;
            }
        }
        for application in command.pending_applications(&self.name).await? {
            self.move_on(command, application, now).await?;
        }
        self.write_due_reminders(command).await
    }

    /// Issues a renewal's certificate.
    pub(super) async fn complete(
        &self,
        command: &mut Command<'_>,
        renewal: Renewal,
        at: Timestamp,
    ) -> Result<(), WorldError> {
        let predecessor = command.record_by_serial(&self.name, renewal.predecessor).await?;
        let predecessor = predecessor.ok_or_else(|| {
            StoreError::Unreadable(format!(
                "renewal {} of a certificate that isn't there",
                renewal.request_id
            ))
        })?;
        let record = renewal.record(&predecessor, &self.profile);
        let material = self.ready_material(&record.certificate)?;
        command.insert(&self.name, &record, material.as_ref()).await?;
        let renewal = Renewal { course: Course::Issued { at }, ..renewal };
        command.update_renewal(&self.name, &renewal).await?;
        self.inherit_contact(command, &predecessor, &record, at).await?;
        command.note_at(at, Draft::of("renewal.issued", &record));
        Ok(())
    }
}
