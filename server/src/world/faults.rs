//! Switching faults on and off, and the wrong certificates that some of them show.

use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{World, WorldError};
use crate::faults::{Fault, Rule};
use crate::journal::{Draft, Kind};
use crate::pki::{ClientCa, PkiError, TlsFault};

impl World {
    /// Switches a fault on.
    pub fn set_fault(&self, rule: Rule) -> Fault {
        let fault = self.faults.add(rule);
        self.note("fault.set", &fault);
        fault
    }

    /// Switches a fault off.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] if there is none with this number.
    pub fn remove_fault(&self, id: u64) -> Result<(), WorldError> {
        let fault = self.faults.remove(id).ok_or(WorldError::NotFound)?;
        self.note_removed(&fault);
        Ok(())
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        for fault in self.faults.clear() {
            self.note_removed(&fault);
        }
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

    /// A fault that never struck is told: a test that relied on it tested nothing.
    fn note_removed(&self, fault: &Fault) {
        self.note(if fault.fired == 0 { "fault.never_fired" } else { "fault.removed" }, fault);
    }

    fn note(&self, outcome: &'static str, fault: &Fault) {
        let draft = Draft {
            request_id: fault.rule.r#match.request_id.clone(),
            detail: Some(format!("fault {} {}, fired {}", fault.id, fault.rule.name, fault.fired).into()),
            fault: Some(fault.rule.name.as_str().into()),
            ..Draft::new(Kind::Control, outcome)
        };
        self.journal.write(self.clock.now(), draft);
    }
}
