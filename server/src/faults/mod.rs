//! Faults: what goes wrong on a bad day, at an exact place.
//!
//! A fault touches what goes over the wire and never the authority's state. It counts how often it
//! has struck: one that never did tested nothing. Rules and counting are pure; the world keeps what is counted.

mod catalogue;
mod rule;

pub use catalogue::{Named, catalogue};
pub use rule::{At, Effect, Match, Rule};

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::authority::RenewalStatus;
use crate::journal::outcome_fits;
use crate::pki::TlsFault;
use crate::terms::{RequestId, Serial};

/// A fault that is switched on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Counts the faults of a world, from 1
    pub id: u64,
    /// What it is
    pub rule: Rule,
    /// How many exchanges have fitted
    pub seen: u32,
    /// How often it has struck
    pub fired: u32,
}

/// A fault that strikes now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// Which one.
    pub id: u64,
    /// What the journal calls it.
    pub name: Box<str>,
    /// What to do.
    pub effect: Effect,
}

/// What is known of an exchange once the authority has done its work.
#[derive(Debug)]
pub struct Answered<'a> {
    /// Method of the request.
    pub method: &'a str,
    /// Path of the request.
    pub path: &'a str,
    /// Outcome as in the journal.
    pub outcome: &'a str,
    /// Request ID concerned.
    pub request_id: Option<&'a RequestId>,
    /// Certificate concerned.
    pub serial: Option<Serial>,
    /// Whether the answer carries a PFX file.
    pub pfx: bool,
}

/// What a renewal shows instead of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusOverride {
    /// What the journal calls the fault.
    pub fault: Box<str>,
    /// What is shown; the authority's own status stays what it is.
    pub shown: RenewalStatus,
}

/// What a fault does to a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeFault {
    /// It shows a wrong certificate.
    Wrong(TlsFault),
    /// The site moves to another root with it.
    NextRoot,
}

/// Where a fault may strike.
#[derive(Clone, Copy, Debug)]
pub enum Occasion<'a> {
    /// A request, before the authority sees it.
    Request {
        /// Its method.
        method: &'a str,
        /// Its path.
        path: &'a str,
    },
    /// An answer.
    Answer(&'a Answered<'a>),
    /// A TLS handshake.
    Handshake,
    /// A look at the status page of this renewal.
    Status(&'a RequestId),
    /// A file with the certificate of this request ID.
    File(&'a RequestId),
}

impl Occasion<'_> {
    fn fits(&self, rule: &Rule) -> bool {
        let (effect, wanted) = (&rule.effect, &rule.r#match);
        let concerns = |id: &RequestId| wanted.request_id.as_ref().is_none_or(|wanted| wanted == id);
        match *self {
            Self::Request { method, path } => {
                rule.at == At::Request && effect.is_of_exchange() && wanted.fits_request(method, path)
            }
            Self::Answer(answered) => {
                rule.at == At::Answer
                    && effect.is_of_exchange()
                    && wanted.fits_request(answered.method, answered.path)
                    && wanted.outcome.as_ref().is_none_or(|wanted| outcome_fits(answered.outcome, wanted))
                    && wanted.request_id.as_ref().is_none_or(|id| answered.request_id == Some(id))
                    && wanted.serial.is_none_or(|serial| answered.serial == Some(serial))
                    && (!wanted.pfx || answered.pfx)
            }
            Self::Handshake => effect.is_of_handshake(),
            Self::Status(id) => effect.is_status_override() && concerns(id),
            Self::File(id) => matches!(effect, Effect::Forge {}) && concerns(id),
        }
    }
}

/// What strikes have in store for a handshake. It shows one certificate: the fault that was switched on last decides.
pub fn of_handshake(strikes: Vec<Strike>) -> Option<(Box<str>, HandshakeFault)> {
    strikes.into_iter().rev().find_map(|strike| match strike.effect {
        Effect::Tls { fault } => Some((strike.name, HandshakeFault::Wrong(fault))),
        Effect::NextRoot {} => Some((strike.name, HandshakeFault::NextRoot)),
        _ => None,
    })
}

/// What strikes have in store for a status page.
pub fn of_status(strikes: Vec<Strike>) -> Option<StatusOverride> {
    strikes.into_iter().rev().find_map(|strike| {
        let shown = match strike.effect {
            Effect::RenewalStuck { at } => RenewalStatus::Pending(at),
            Effect::RenewalFails {} => RenewalStatus::Failed,
            _ => return None,
        };
        Some(StatusOverride { fault: strike.name, shown })
    })
}

/// The faults that are switched on, with what they have counted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Switched {
    last_id: u64,
    /// In the order in which they were switched on.
    pub faults: Vec<Fault>,
}

impl Switched {
    /// Those of a saved world.
    pub fn resume(faults: Vec<Fault>) -> Self {
        let last_id = faults.iter().map(|fault| fault.id).max().unwrap_or_default();
        Self { last_id, faults }
    }

    /// Switches a fault on. Its rule has been [checked](Rule::check).
    pub fn add(&mut self, rule: Rule) -> Fault {
        self.last_id += 1;
        let fault = Fault { id: self.last_id, rule, seen: 0, fired: 0 };
        self.faults.push(fault.clone());
        fault
    }

    /// Switches a fault off.
    pub fn remove(&mut self, id: u64) -> Option<Fault> {
        let place = self.faults.iter().position(|fault| fault.id == id)?;
        Some(self.faults.remove(place))
    }

    /// Switches all faults off.
    pub fn clear(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    /// Whether there is a fault that would count this.
    pub fn concerns(&self, occasion: &Occasion<'_>) -> bool {
        self.faults.iter().any(|fault| !fault.is_spent() && occasion.fits(&fault.rule))
    }

    /// Counts those that fit, and answers with those whose turn it is.
    pub fn strike(&mut self, occasion: &Occasion<'_>) -> Vec<Strike> {
        let mut strikes = Vec::new();
        for fault in &mut self.faults {
            if fault.is_spent() || !occasion.fits(&fault.rule) {
                continue;
            }
            fault.seen = fault.seen.saturating_add(1);
            if fault.seen >= fault.rule.r#match.nth.unwrap_or(1) {
                fault.fired = fault.fired.saturating_add(1);
                let (name, effect) = (fault.rule.name.as_str().into(), fault.rule.effect.clone());
                strikes.push(Strike { id: fault.id, name, effect });
            }
        }
        strikes
    }
}

impl Fault {
    fn is_spent(&self) -> bool {
        self.rule.times > 0 && self.fired >= self.rule.times
    }
}

/// A world's faults, where one process has it.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<Switched>,
    /// Told when one is switched off.
    off: Notify,
}

impl Faults {
    /// Takes up faults of a saved world.
    pub fn resume(faults: Vec<Fault>) -> Self {
        Self { state: Mutex::new(Switched::resume(faults)), off: Notify::new() }
    }

    /// All faults in the order in which they were switched on.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().faults.clone()
    }

    /// Works on them.
    pub fn with<T>(&self, work: impl FnOnce(&mut Switched) -> T) -> T {
        work(&mut self.lock())
    }

    /// Switches a fault off, past the journal.
    pub fn remove(&self, id: u64) -> Option<Fault> {
        let removed = self.lock().remove(id);
        self.tell_off();
        removed
    }

    /// Tells whoever waits that one was switched off.
    pub fn tell_off(&self) {
        self.off.notify_waiters();
    }

    /// Waits until a fault is switched off.
    pub async fn is_off(&self, id: u64) {
        loop {
            // Who comes between the look and the wait is heard all the same.
            let told = self.off.notified();
            if !self.lock().faults.iter().any(|fault| fault.id == id) {
                return;
            }
            told.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Switched> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Stage;

    fn rule(at: At, effect: Effect, r#match: Match, times: u32) -> Rule {
        let rule = Rule { name: "test".to_owned(), at, r#match, effect, times };
        rule.check().unwrap();
        rule
    }

    fn answered(outcome: &'static str) -> Answered<'static> {
        Answered { method: "POST", path: "/p/rcd", outcome, request_id: None, serial: None, pfx: false }
    }

    fn request(method: &'static str, path: &'static str) -> Occasion<'static> {
        Occasion::Request { method, path }
    }

    #[test]
    fn a_fault_strikes_from_the_nth_time_as_often_as_it_says() {
        let mut faults = Switched::default();
        let r#match = Match { path: Some("/p/*".to_owned()), nth: Some(2), ..Match::default() };
        faults.add(rule(At::Request, Effect::Maintenance {}, r#match, 2));
        let strikes: Vec<_> = (0..5).map(|_| faults.strike(&request("GET", "/p/rcd")).len()).collect();
        assert_eq!(strikes, [0, 1, 1, 0, 0]);
        assert!(faults.strike(&request("GET", "/crl.crl")).is_empty());
        assert_eq!((faults.faults[0].seen, faults.faults[0].fired), (3, 2));
    }

    #[test]
    fn a_step_is_matched_by_its_outcome_or_the_beginning_of_it() {
        let mut faults = Switched::default();
        let by = |outcome: &str| Match { outcome: Some(outcome.to_owned()), ..Match::default() };
        faults.add(rule(At::Answer, Effect::Corrupt { offset: None }, by("refused"), 0));
        assert_eq!(faults.strike(&Occasion::Answer(&answered("refused.revoked"))).len(), 1);
        assert_eq!(faults.strike(&Occasion::Answer(&answered("refusedly"))).len(), 0);
        assert_eq!(faults.strike(&request("POST", "/p/rcd")).len(), 0);
    }

    #[test]
    fn one_renewal_is_held_up_and_others_are_not() {
        let mut faults = Switched::default();
        let id: RequestId = "202611230000001".parse().unwrap();
        let r#match = Match { request_id: Some(id.clone()), ..Match::default() };
        let effect = Effect::RenewalStuck { at: Stage::IssueRequest };
        faults.add(rule(At::Answer, effect, r#match, 0));
        assert_eq!(
            of_status(faults.strike(&Occasion::Status(&id))).map(|status| status.shown),
            Some(RenewalStatus::Pending(Stage::IssueRequest))
        );
        assert_eq!(of_status(faults.strike(&Occasion::Status(&"202611230000002".parse().unwrap()))), None);
        assert!(faults.strike(&Occasion::Answer(&answered("ru.status"))).is_empty());
    }

    #[test]
    fn of_two_tls_faults_the_later_one_is_shown_and_both_count() {
        let mut faults = Switched::default();
        for fault in [TlsFault::Expired, TlsFault::WrongHost] {
            faults.add(rule(At::Request, Effect::Tls { fault }, Match::default(), 1));
        }
        assert_eq!(
            of_handshake(faults.strike(&Occasion::Handshake)),
            Some(("test".into(), HandshakeFault::Wrong(TlsFault::WrongHost)))
        );
        assert_eq!(of_handshake(faults.strike(&Occasion::Handshake)), None);
    }

    #[test]
    fn what_could_never_strike_is_refused() {
        let told = |at, effect, r#match| {
            Rule { name: "test".to_owned(), at, r#match, effect, times: 1 }.check().unwrap_err()
        };
        let outcome = Match { outcome: Some("rcd.file".to_owned()), ..Match::default() };
        insta::assert_snapshot!(told(At::Request, Effect::Maintenance {}, outcome.clone()),
            @"match: outcome, request_id, serial and pfx are known at the answer only");
        insta::assert_snapshot!(told(At::Answer, Effect::SessionLost {}, Match::default()),
            @"at: the effect session_lost strikes at the request");
        insta::assert_snapshot!(told(At::Request, Effect::Tls { fault: TlsFault::Expired }, outcome),
            @"match: this effect strikes no exchange; it knows nth");
        insta::assert_snapshot!(told(At::Answer, Effect::Tls { fault: TlsFault::Expired }, Match::default()),
            @"at: the effect tls strikes at the request");
        insta::assert_snapshot!(told(At::Request, Effect::RenewalFails {}, Match::default()),
            @"at: the effect renewal_fails strikes at the answer");
        insta::assert_snapshot!(told(At::Answer, Effect::Throttle { bytes_per_second: 0 }, Match::default()),
            @"effect.bytes_per_second: 1 or more");
    }
}
