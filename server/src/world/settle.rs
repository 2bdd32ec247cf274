//! What time brings about: renewals that are due are issued, revocations that are due take effect, applications move on,
//! mails are written.
//!
//! Nobody has to be there when it happens. Whoever looks next settles what is due, in the order in which it was due and
//! dated at that moment, so that the result never depends on who looked and when. What is due stands in one index, so
//! that to look costs the same whatever else there is; of very much, others get their turn in between.

use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use super::command::Command;
use super::{World, WorldError};
use crate::authority::{Course, Renewal};
use crate::clock::Mode;
use crate::journal::Draft;
use crate::store::{Due, DueKind, StoreError, View};

/// Of what is due, so much is settled at once. Then others get to the store.
const STEP: usize = 64;

/// A look at a world at one moment, when everything that was due by then had happened.
pub(super) struct Look {
    view: View,
    now: Timestamp,
}

impl Look {
    /// The moment.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }
}

impl Deref for Look {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl DerefMut for Look {
    fn deref_mut(&mut self) -> &mut View {
        &mut self.view
    }
}

impl World {
    /// Looks, and changes nothing but what is due.
    pub(super) async fn look(&self) -> Result<Look, WorldError> {
        loop {
            let (mut view, head) = self.store.look_at(&self.name).await?;
            if let Some(head) = head {
                Box::pin(self.agree_with(&head, &mut view)).await?;
            }
            let now = self.clock.now();
            let due = view.next_due(&self.name).await?;
            // Not earlier: now it is certain what the view shows.
            self.check_there()?;
            if due.is_none_or(|due| due.at > now) {
                return Ok(Look { view, now });
            }
            drop(view);
            drop(self.current().await?);
        }
    }

    /// Begins a command when everything that is due has happened.
    pub(super) async fn current(&self) -> Result<Command<'_>, WorldError> {
        loop {
            let mut command = self.begin().await?;
            if !self.settle(&mut command).await? {
                return Ok(command);
            }
            command.finish_settled().await?;
        }
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
        let due = self.look().await?.next_due(&self.name).await?;
        let wait = |due: Due| Duration::try_from(self.clock.now().duration_until(due.at)).unwrap_or_default();
        Ok(match self.clock.state().mode() {
            Mode::Running => due.map(wait),
            Mode::Frozen => None,
        })
    }

    /// Brings about what is due by now, so much at once. Answers whether there was anything.
    async fn settle(&self, command: &mut Command<'_>) -> Result<bool, WorldError> {
        for settled in 0..STEP {
            let due = command.next_due(&self.name).await?;
            let Some(due) = due.filter(|due| due.at <= command.now()) else { return Ok(settled > 0) };
            self.bring_about(command, &due).await?;
        }
        Ok(true)
    }

    async fn bring_about(&self, command: &mut Command<'_>, due: &Due) -> Result<(), WorldError> {
        match due.kind {
            DueKind::Reckoning => self.reckon(command).await,
            DueKind::Renewal => {
                let renewal = command.renewal(&self.name, &read(due)?).await?;
                self.complete(command, renewal.ok_or_else(|| missing(due))?, due.at).await
            }
            DueKind::Revocation => {
                let request = command.revocations_of(&self.name, &read(due)?).await?.pop();
                self.approve_or_reject(command, request.ok_or_else(|| missing(due))?, due.at).await
            }
            DueKind::Application => {
                let application = command.application(&self.name, &read(due)?).await?;
                self.move_on(command, application.ok_or_else(|| missing(due))?, due.at).await.map(drop)
            }
            DueKind::Reminder => {
                let contact = command.contact(&self.name, &read(due)?).await?;
                self.write_reminder(command, contact.ok_or_else(|| missing(due))?, due.at).await
            }
        }
    }

    /// Finds out what is due, by the profile.
    async fn reckon(&self, command: &mut Command<'_>) -> Result<(), WorldError> {
        for renewal in command.pending_renewals(&self.name).await? {
            command.await_renewal(&self.name, &renewal, renewal.comes_due(&self.profile)).await?;
        }
        for request in command.open_revocations(&self.name).await? {
            command.await_revocation(&self.name, &request, request.due(&self.profile)).await?;
        }
        for application in command.pending_applications(&self.name).await? {
            command.await_application(&self.name, &application, application.comes_due(&self.profile)).await?;
        }
        for contact in command.contacts(&self.name).await? {
            command.await_reminder(&self.name, &contact).await?;
        }
        Ok(command.dues_are_reckoned(&self.name).await?)
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
        command.update_renewal(&self.name, &renewal, None).await?;
        self.inherit_contact(command, &predecessor, &record, at).await?;
        command.note_at(at, Draft::of("renewal.issued", &record));
        Ok(())
    }
}

/// Which one is due.
fn read<T: FromStr>(due: &Due) -> Result<T, StoreError> {
    due.key.parse().map_err(|_| missing(due))
}

fn missing(due: &Due) -> StoreError {
    StoreError::Unreadable(format!("something is due that isn't there ({:?} {})", due.kind, due.key))
}
