//! Records in the journal of what no command tells of, such as exchanges; and where several processes share a world, what
//! they read of its journal.

use std::sync::{MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Mutex, oneshot};

use super::{World, WorldError};
use crate::journal::{Draft, Entry};
use crate::store::StoreError;

/// Who writes and reads what a database has of a journal.
#[derive(Debug, Default)]
pub(super) struct Pen {
    /// Records that wait to be written, and who waits for it.
    waiting: std::sync::Mutex<Vec<(Entry, oneshot::Sender<()>)>>,
    /// Held by the one who writes for all that wait.
    writing: Mutex<()>,
    reading: Mutex<()>,
}

impl Pen {
    fn waiting(&self) -> MutexGuard<'_, Vec<(Entry, oneshot::Sender<()>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Writes a record. When this is done, whoever reads the journal finds it, in whatever process.
    ///
    /// # Errors
    /// [`WorldError::Store`] if the database keeps the journal, and can't.
    pub async fn write(&self, at: Timestamp, record: Draft) -> Result<(), WorldError> {
        if !self.store.is_shared() {
            self.journal.write(at, record);
            return Ok(());
        }
        Box::pin(self.write_for_all(at, record)).await
    }

    async fn write_for_all(&self, at: Timestamp, record: Draft) -> Result<(), WorldError> {
        let (done, written) = oneshot::channel();
        self.pen.waiting().push((record.entry(0, at), done));
        self.write_waiting().await?;
        // The one who wrote it has failed.
        let unwritten = || StoreError::Away("the journal could not be written".to_owned());
        Ok(written.await.map_err(|_| unwritten())?)
    }

    async fn write_waiting(&self) -> Result<(), WorldError> {
        let _turn = self.pen.writing.lock().await;
        let (entries, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut *self.pen.waiting()).into_iter().unzip();
        // The one before may have written it as well.
        if entries.is_empty() {
            return Ok(());
        }
        match self.store.append(&self.head(), &entries, self.journal.capacity()).await {
            // Nobody reads the journal of a world that isn't there any more.
            Ok(()) | Err(StoreError::NoWorld) => {}
            Err(error) => return Err(error.into()),
        }
        self.store.announce(&self.name);
        for done in waiting {
            // Whoever has gone needs no answer.
            let _ = done.send(());
        }
        Ok(())
    }

    /// Takes up what other processes have written, so that [`journal`](Self::journal) has all that there is by now.
    ///
    /// # Errors
    /// [`WorldError::Store`].
    pub async fn read_journal(&self) -> Result<(), WorldError> {
        if !self.store.is_shared() {
            return Ok(());
        }
        Box::pin(self.take_up()).await
    }

    async fn take_up(&self) -> Result<(), WorldError> {
        let _turn = self.pen.reading.lock().await;
        let (after, most) = (self.journal.last(), self.journal.capacity());
        self.journal.take_up(self.store.records(&self.head(), after, most).await?);
        Ok(())
    }

    /// The same, if somebody waits for it, when this is the number of the last record.
    pub(crate) async fn hear(&self, last: u64) -> Result<(), WorldError> {
        let known = self.journal.last();
        if last < known {
            let heads = self.store.heads(&[&self.name]).await?;
            if heads.iter().any(|head| self.is(head) && head.journal < known) {
                // The server has crashed, and lost what it had not yet brought to the disk.
                self.journal.forget();
            }
        }
        if last > self.journal.last() && self.journal.is_followed() {
            self.read_journal().await?;
        }
        Ok(())
    }
}
