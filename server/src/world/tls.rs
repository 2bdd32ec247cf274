//! The TLS chain of a world: as it is shown now, and how it changes while the world runs.

use std::sync::{Arc, PoisonError};

use super::{World, WorldError, blocking};
use crate::clock::real_now;
use crate::pki::{Tickets, TlsChain};

impl World {
    /// The chain that the portal shows.
    pub fn tls(&self) -> Arc<TlsChain> {
        Arc::clone(&self.tls.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The chain to shake hands with: with a new server certificate, if the one before comes to its end by real time.
    ///
    /// # Errors
    /// [`WorldError::Pki`] if it can't be made.
    pub(crate) async fn current_tls(&self) -> Result<Arc<TlsChain>, WorldError> {
        if !self.tls().leaf_is_due(real_now()) {
            return Ok(self.tls());
        }
        let _changing = self.settings.lock().await;
        let before = self.tls();
        // The one who came first has made it.
        if !before.leaf_is_due(real_now()) {
            return Ok(before);
        }
        let (entropy, profile) = (self.entropy.clone(), self.profile.clone());
        let made = blocking(move || before.with_new_leaf(&entropy, &profile, real_now())).await?;
        Ok(self.show(Arc::new(made)))
    }

    /// The site moves to another TLS root, for good: clients that trust the old one alone are shut out.
    ///
    /// # Errors
    /// A failure; then the old one stays.
    pub async fn replace_root(&self) -> Result<Arc<TlsChain>, WorldError> {
        let _changing = self.settings.lock().await;
        let (before, entropy, profile) = (self.tls(), self.entropy.clone(), self.profile.clone());
        let kept = before.keep();
        let made = blocking(move || before.under_next_root(&entropy, &profile, real_now())).await?;
        let made = Arc::new(made);
        self.keep("root.replaced", Some(Arc::clone(&made)), |settings| {
            if settings.tls != kept {
                // Another process has just done so.
                return Err(WorldError::Gone);
            }
            settings.tls = made.keep();
            Ok(())
        })
        .await?;
        Ok(made)
    }

    /// Tickets for a kind of listener, which all processes open that have this world, as long as it has this root.
    pub(crate) fn tickets(&self, listener: &str, chain: &TlsChain) -> Tickets {
        let label = format!("{listener} {} {}", self.incarnation, chain.root_pem());
        Tickets::new(&self.entropy, &label)
    }

    pub(super) fn show(&self, chain: Arc<TlsChain>) -> Arc<TlsChain> {
        *self.tls.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&chain);
        chain
    }
}
