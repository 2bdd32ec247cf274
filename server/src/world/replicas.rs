//! A world that other processes have as well: its row in the store tells what they have changed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::{Settings, World, WorldError, blocking};
use crate::clock::real_now;
use crate::entropy::unrepeatable;
use crate::pki::{Root, TlsChain};
use crate::session::ActiveSession;
use crate::store::{Head, StoreError, View};

/// Tells a world from all others that have had its name.
pub(crate) fn new_incarnation() -> String {
    use rand_core::Rng;
    format!("{:016x}", unrepeatable().next_u64())
}

impl World {
    /// What its row says, as far as this process knows.
    pub(crate) fn head(&self) -> Head {
        Head {
            name: self.name.to_string(),
            incarnation: self.incarnation.clone(),
            version: *self.known(),
            journal: self.journal.last(),
            faults: self.faults_on.load(Ordering::SeqCst),
        }
    }

    /// What it says once its settings are changed.
    pub(super) fn next_head(&self) -> Head {
        let head = self.head();
        Head { version: head.version + 1, ..head }
    }

    /// Whether a row is about this world, and not another one of its name.
    pub(crate) fn is(&self, head: &Head) -> bool {
        self.incarnation == head.incarnation
    }

    /// Whether several processes have it.
    pub(crate) fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    /// Takes over what others have changed, if its row tells of it.
    ///
    /// # Errors
    /// [`WorldError::Gone`] if there is another one of its name.
    pub(crate) async fn agree_on(&self, head: &Head) -> Result<(), WorldError> {
        if head.version <= *self.known() {
            return Ok(());
        }
        let (mut view, head) = self.store.look_at(&self.name).await?;
        match head {
            Some(head) => Box::pin(self.agree_with(&head, &mut view)).await,
            None => Ok(()),
        }
    }

    /// The same from within a transaction.
    pub(super) async fn agree_with(&self, head: &Head, view: &mut View) -> Result<(), WorldError> {
        if !self.is(head) {
            self.gone.send_replace(true);
            return Err(WorldError::Gone);
        }
        if head.version <= *self.known() {
            return Ok(());
        }
        let (head, settings) = view.world(&self.name).await?.ok_or(StoreError::NoWorld)?;
        let settings = Settings::from_json(&self.name, &settings)?;
        let before = self.tls();
        let chain = if before.keep() == settings.tls {
            None
        } else {
            let (entropy, profile, tls) = (self.entropy.clone(), self.profile.clone(), settings.tls.clone());
            let made = blocking(move || {
                TlsChain::new(&entropy, &profile, before.hostnames(), Root::Kept(&tls), real_now())
            });
            Some(Arc::new(made.await?))
        };
        if let (Some(stored), None) = (&settings.ca, self.ca.get()) {
            // Fails while this process makes one itself; then it finds this one in the store.
            let _ = self.ca.set(Arc::new(stored.restore()?));
        }
        self.agree(&head, &settings, chain);
        if let Some(world) = self.me.upgrade() {
            world.await_due();
        }
        Ok(())
    }

    /// Has in memory what the store has in this version, unless that is a later one by now.
    pub(super) fn agree(&self, head: &Head, settings: &Settings, chain: Option<Arc<TlsChain>>) {
        let mut known = self.known();
        if head.version <= *known {
            return;
        }
        *known = head.version;
        self.faults_on.store(head.faults, Ordering::SeqCst);
        self.clock.restore(settings.clock);
        self.sessions.set_epoch(settings.session_epoch);
        if let Some(chain) = chain {
            self.show(chain);
        }
    }

    /// The portal sessions that are alive, oldest first; of very many, the latest.
    ///
    /// # Errors
    /// [`WorldError::Store`] where the journal has to tell what other processes know.
    pub async fn active_sessions(&self) -> Result<Vec<ActiveSession>, WorldError> {
        let now = self.clock.now();
        if !self.is_shared() {
            return Ok(self.sessions.active(now));
        }
        self.read_journal().await?;
        let records = self.journal.after(0);
        let ended = records.iter().rposition(|record| record.outcome == "sessions.ended");
        let since = records.into_iter().skip(ended.map_or(0, |place| place + 1));
        let pages = since.filter_map(|record| Some((record.exchange?.session?, record.time)));
        Ok(self.sessions.active_by(pages, now))
    }

    /// Brings about what is due by now, when the process that waited for it may have ended.
    pub(crate) async fn settle_by(&self, due: jiff::Timestamp) -> Result<(), WorldError> {
        if due <= self.clock.now() {
            drop(self.look().await?);
        }
        Ok(())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, u64> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
