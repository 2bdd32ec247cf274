//! Switching faults on and off, counting what they strike, and the wrong certificates that some of them show.
//!
//! Where processes share a database, what is counted stands there, and one after the other counts.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{World, WorldError};
use crate::faults::{Fault, Occasion, Rule, Strike, Switched};
use crate::journal::{Draft, Kind};
use crate::pki::{ClientCa, PkiError, TlsFault};

/// How often it is asked for whether another process has switched a fault off.
const LOOK: Duration = Duration::from_millis(100);

impl World {
    /// The faults that are switched on, with how often each has struck.
    ///
    /// # Errors
    /// [`WorldError::Store`].
    pub async fn switched_faults(&self) -> Result<Vec<Fault>, WorldError> {
        if self.store.is_shared() {
            return Ok(self.store.look().await?.faults(&self.name).await?.faults);
        }
        Ok(self.faults.list())
    }

    /// Switches a fault on.
    ///
    /// # Errors
    /// [`WorldError::Store`].
    pub async fn set_fault(&self, rule: Rule) -> Result<Fault, WorldError> {
        let mut set = self.switch(|_| "fault.set", |switched| vec![switched.add(rule)]).await?;
        Ok(set.pop().expect("one was switched on"))
    }

    /// Switches a fault off.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none with this number; [`WorldError::Store`].
    pub async fn remove_fault(&self, id: u64) -> Result<(), WorldError> {
        let removed = self.switch(removed, |switched| switched.remove(id).into_iter().collect()).await?;
        if removed.is_empty() { Err(WorldError::NotFound) } else { Ok(()) }
    }

    /// Switches all faults off.
    ///
    /// # Errors
    /// [`WorldError::Store`].
    pub async fn clear_faults(&self) -> Result<(), WorldError> {
        self.switch(removed, Switched::clear).await.map(drop)
    }

    /// Waits until a fault is switched off.
    pub(crate) async fn fault_is_off(&self, id: u64) {
        if !self.store.is_shared() {
            return self.faults.is_off(id).await;
        }
        // While nobody can tell, it is on.
        while !matches!(self.switched_faults().await, Ok(faults) if faults.iter().all(|fault| fault.id != id))
        {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Counts the faults that fit, and answers with those that strike. What can't be counted strikes nothing.
    pub(crate) async fn strike(&self, occasion: &Occasion<'_>) -> Vec<Strike> {
        if !self.store.is_shared() {
            return self.faults.with(|switched| switched.strike(occasion));
        }
        if self.faults_on.load(Ordering::SeqCst) == 0 {
            return Vec::new();
        }
        let struck = Box::pin(self.strike_shared(occasion)).await;
        struck.inspect_err(|error| self.failed_later(error, "faults can't be counted")).unwrap_or_default()
    }

    async fn strike_shared(&self, occasion: &Occasion<'_>) -> Result<Vec<Strike>, WorldError> {
        // Most of what happens concerns none of them, and has nothing to wait for.
        if !self.store.look().await?.faults(&self.name).await?.concerns(occasion) {
            return Ok(Vec::new());
        }
        let mut command = self.begin().await?;
        let mut switched = command.faults(&self.name).await?;
        let strikes = switched.strike(occasion);
        command.count_faults(&self.name, &switched).await?;
        command.finish_unnoted().await?;
        Ok(strikes)
    }

    /// Switches faults on or off, and has the journal say so of each that is concerned.
    async fn switch(
        &self,
        outcome: impl Fn(&Fault) -> &'static str,
        change: impl FnOnce(&mut Switched) -> Vec<Fault>,
    ) -> Result<Vec<Fault>, WorldError> {
        let note = |fault: &Fault| Draft {
            request_id: fault.rule.r#match.request_id.clone(),
            detail: Some(format!("fault {} {}, fired {}", fault.id, fault.rule.name, fault.fired).into()),
            fault: Some(fault.rule.name.as_str().into()),
            ..Draft::new(Kind::Control, outcome(fault))
        };
        if !self.store.is_shared() {
            let changed = self.faults.with(change);
            self.faults.tell_off();
            for fault in &changed {
                self.write(self.clock.now(), note(fault)).await?;
            }
            return Ok(changed);
        }
        let mut command = self.begin().await?;
        let mut switched = command.faults(&self.name).await?;
        let changed = change(&mut switched);
        if changed.is_empty() {
            return Ok(changed);
        }
        command.put_faults(&self.name, &switched).await?;
        for fault in &changed {
            command.note(note(fault));
        }
        command.finish().await?;
        Ok(changed)
    }

    /// The chain that a handshake with this fault shows, and its key. `client_ca` is there for
    /// [`TlsFault::ClientCa`].
    ///
    /// # Errors
    /// [`PkiError`] if a name can't be encoded.
    pub fn faulty_tls(
        &self,
        fault: TlsFault,
        client_ca: Option<&ClientCa>,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), PkiError> {
        self.tls().faulty(fault, client_ca, &self.entropy, &self.profile, crate::clock::real_now())
    }
}

/// A fault that never struck is told: a test that relied on it tested nothing.
fn removed(fault: &Fault) -> &'static str {
    if fault.fired == 0 { "fault.never_fired" } else { "fault.removed" }
}
