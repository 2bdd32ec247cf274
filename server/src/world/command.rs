//! One unit of work: what a command changes in the store, and what the journal says of it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;

use super::{World, WorldError};
use crate::journal::Draft;
use crate::store::Transaction;

/// A command of a world under way. Until it ends, nobody else is at the store. One that is dropped has changed
/// nothing, and nobody hears of it.
pub(super) struct Command<'w> {
    world: &'w World,
    transaction: Transaction,
    /// Released after the transaction.
    _turn: Option<OwnedMutexGuard<()>>,
    now: Timestamp,
    records: Vec<(Timestamp, Draft)>,
    /// Whether there is a mail that has to go out.
    mail: bool,
}

impl World {
    /// Begins a command.
    ///
    /// A world that has been replaced begins none: its name belongs to another, whose rows it must not touch.
    pub(super) async fn begin(&self) -> Result<Command<'_>, WorldError> {
        let (transaction, turn) = self.take_turn().await?;
        Ok(self.command(transaction, turn, self.clock.now()))
    }

    /// Begins a command that counts as of this moment.
    pub(super) async fn begin_at(&self, now: Timestamp) -> Result<Command<'_>, WorldError> {
        let (transaction, turn) = self.take_turn().await?;
        Ok(self.command(transaction, turn, now))
    }

    async fn take_turn(&self) -> Result<(Transaction, Option<OwnedMutexGuard<()>>), WorldError> {
        let turn = if self.is_shared() { Some(Arc::clone(&self.turn).lock_owned().await) } else { None };
        let (mut transaction, head) = self.store.begin_in(&self.name).await?;
        self.check_there()?;
        if let Some(head) = head {
            Box::pin(self.agree_with(&head, &mut transaction)).await?;
        }
        Ok((transaction, turn))
    }

    fn command(
        &self,
        transaction: Transaction,
        turn: Option<OwnedMutexGuard<()>>,
        now: Timestamp,
    ) -> Command<'_> {
        Command { world: self, transaction, _turn: turn, now, records: Vec::new(), mail: false }
    }

    /// Whether it is there still.
    pub(super) fn check_there(&self) -> Result<(), WorldError> {
        if *self.gone.borrow() { Err(WorldError::Gone) } else { Ok(()) }
    }
}

impl Command<'_> {
    /// The moment at which it was given.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether the journal has anything to say of it.
    fn is_noted(&self) -> bool {
        !self.records.is_empty()
    }

    /// What the journal shall say of it.
    pub(super) fn note(&mut self, record: Draft) {
        self.note_at(self.now, record);
    }

    /// The same, of something that happened at another moment.
    pub(super) fn note_at(&mut self, at: Timestamp, record: Draft) {
        self.records.push((at, record));
    }

    /// Has the mail server told that there is a mail for it.
    pub(super) fn send_mail(&mut self) {
        self.mail = true;
    }

    /// Commits, then tells of it: in the journal, and whoever sends mails.
    pub(super) async fn finish(self) -> Result<(), WorldError> {
        self.finish_with(|| {}).await
    }

    /// As [`finish`](Self::finish). What `agree` does to what the world has in memory is done before anybody hears of
    /// it.
    pub(super) async fn finish_with(mut self, agree: impl FnOnce()) -> Result<(), WorldError> {
        debug_assert!(self.is_noted(), "a command says in the journal what it did");
        if self.world.is_shared() {
            // What others can see of a command, they see with its records.
            let records = self.records.drain(..);
            let entries: Vec<_> = records.map(|(at, record)| record.entry(0, at)).collect();
            self.transaction.append(&self.world.head(), &entries).await?;
        }
        self.transaction.commit().await?;
        agree();
        for (at, record) in self.records {
            self.world.journal.write(at, record);
        }
        self.world.store.announce(&self.world.name);
        if let Some(outgoing) = self.world.outgoing.as_ref().filter(|_| self.mail) {
            outgoing.notify_one();
        }
        Ok(())
    }

    /// Commits what time has brought about, whether the journal has a word for it or not.
    pub(super) async fn finish_settled(self) -> Result<(), WorldError> {
        if self.is_noted() { self.finish().await } else { self.finish_unnoted().await }
    }

    /// Commits what the journal has no word for: wrong tries, which the exchange tells of, and what the world keeps for
    /// itself.
    pub(super) async fn finish_unnoted(self) -> Result<(), WorldError> {
        debug_assert!(!self.is_noted(), "what was noted is told");
        Ok(self.transaction.commit().await?)
    }
}

impl Deref for Command<'_> {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.transaction
    }
}

impl DerefMut for Command<'_> {
    fn deref_mut(&mut self) -> &mut Transaction {
        &mut self.transaction
    }
}
