//! Faults: what goes wrong on a bad day, at an exact place.
//!
//! A fault touches what goes over the wire and never the authority's state. It counts how often it
//! has struck: one that never did tested nothing. The portal asks here, and acts.

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

/// A world's faults.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
    /// Told when one is switched off.
    off: Notify,
}

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    faults: Vec<Fault>,
}

impl Faults {
    /// Takes up faults of a saved world.
    pub fn resume(faults: Vec<Fault>) -> Self {
        let last_id = faults.iter().map(|fault| fault.id).max().unwrap_or_default();
        Self { state: Mutex::new(State { last_id, faults }), off: Notify::new() }
    }

    /// All faults in the order in which they were switched on.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().faults.clone()
    }

    /// Switches a fault on. Its rule has been [checked](Rule::check).
    pub fn add(&self, rule: Rule) -> Fault {
        let mut state = self.lock();
        state.last_id += 1;
        let fault = Fault { id: state.last_id, rule, seen: 0, fired: 0 };
        state.faults.push(fault.clone());
        fault
    }

    /// Switches a fault off.
    pub fn remove(&self, id: u64) -> Option<Fault> {
        let mut state = self.lock();
        let place = state.faults.iter().position(|fault| fault.id == id)?;
        self.off.notify_waiters();
        Some(state.faults.remove(place))
    }

    /// Switches all faults off.
    pub fn clear(&self) -> Vec<Fault> {
        let mut state = self.lock();
        self.off.notify_waiters();
        std::mem::take(&mut state.faults)
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

    /// Whether the certificate of this request ID is handed out with a wrong signature. Each call counts as a file.
    pub fn forges(&self, request_id: &RequestId) -> bool {
        let strikes = self.strike(|rule| {
            matches!(rule.effect, Effect::Forge {})
                && rule.r#match.request_id.as_ref().is_none_or(|wanted| wanted == request_id)
        });
        !strikes.is_empty()
    }

    /// Those that strike a request before the authority sees it.
    pub fn on_request(&self, method: &str, path: &str) -> Vec<Strike> {
        self.strike(|rule| {
            rule.at == At::Request && rule.effect.is_of_exchange() && rule.r#match.fits_request(method, path)
        })
    }

    /// Those that strike an answer.
    pub fn on_answer(&self, answered: &Answered<'_>) -> Vec<Strike> {
        self.strike(|rule| {
            let wanted = &rule.r#match;
            rule.at == At::Answer
                && rule.effect.is_of_exchange()
                && wanted.fits_request(answered.method, answered.path)
                && wanted.outcome.as_ref().is_none_or(|wanted| outcome_fits(answered.outcome, wanted))
                && wanted.request_id.as_ref().is_none_or(|id| answered.request_id == Some(id))
                && wanted.serial.is_none_or(|serial| answered.serial == Some(serial))
                && (!wanted.pfx || answered.pfx)
        })
    }

    /// The one that strikes a TLS handshake.
    pub fn on_handshake(&self) -> Option<(Box<str>, HandshakeFault)> {
        let strikes = self.strike(|rule| rule.effect.is_of_handshake());
        // A handshake shows one certificate: the fault that was switched on last decides.
        strikes.into_iter().rev().find_map(|strike| match strike.effect {
            Effect::Tls { fault } => Some((strike.name, HandshakeFault::Wrong(fault))),
            Effect::NextRoot {} => Some((strike.name, HandshakeFault::NextRoot)),
            _ => None,
        })
    }

    /// What the status page of this renewal shows instead of its status, if a fault is on it. Each
    /// call counts as one look at the page.
    pub fn status_override(&self, request_id: &RequestId) -> Option<StatusOverride> {
        let strikes = self.strike(|rule| {
            rule.effect.is_status_override()
                && rule.r#match.request_id.as_ref().is_none_or(|wanted| wanted == request_id)
        });
        strikes.into_iter().rev().find_map(|strike| {
            let shown = match strike.effect {
                Effect::RenewalStuck { at } => RenewalStatus::Pending(at),
                Effect::RenewalFails {} => RenewalStatus::Failed,
                _ => return None,
            };
            Some(StatusOverride { fault: strike.name, shown })
        })
    }

    /// Counts those that fit, and answers with those whose turn it is.
    fn strike(&self, fits: impl Fn(&Rule) -> bool) -> Vec<Strike> {
        let mut strikes = Vec::new();
        for fault in &mut self.lock().faults {
            let spent = fault.rule.times > 0 && fault.fired >= fault.rule.times;
            if spent || !fits(&fault.rule) {
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

    fn lock(&self) -> MutexGuard<'_, State> {
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

    #[test]
    fn a_fault_strikes_from_the_nth_time_as_often_as_it_says() {
        let faults = Faults::default();
        let r#match = Match { path: Some("/p/*".to_owned()), nth: Some(2), ..Match::default() };
        faults.add(rule(At::Request, Effect::Maintenance {}, r#match, 2));
        let strikes: Vec<_> = (0..5).map(|_| faults.on_request("GET", "/p/rcd").len()).collect();
        assert_eq!(strikes, [0, 1, 1, 0, 0]);
        assert!(faults.on_request("GET", "/crl.crl").is_empty());
        assert_eq!((faults.list()[0].seen, faults.list()[0].fired), (3, 2));
    }

    #[test]
    fn a_step_is_matched_by_its_outcome_or_the_beginning_of_it() {
        let faults = Faults::default();
        let by = |outcome: &str| Match { outcome: Some(outcome.to_owned()), ..Match::default() };
        faults.add(rule(At::Answer, Effect::Corrupt { offset: None }, by("refused"), 0));
        assert_eq!(faults.on_answer(&answered("refused.revoked")).len(), 1);
        assert_eq!(faults.on_answer(&answered("refusedly")).len(), 0);
        assert_eq!(faults.on_request("POST", "/p/rcd").len(), 0);
    }

    #[test]
    fn one_renewal_is_held_up_and_others_are_not() {
        let faults = Faults::default();
        let id: RequestId = "202611230000001".parse().unwrap();
        let r#match = Match { request_id: Some(id.clone()), ..Match::default() };
        let effect = Effect::RenewalStuck { at: Stage::IssueRequest };
        faults.add(rule(At::Answer, effect, r#match, 0));
        assert_eq!(
            faults.status_override(&id).map(|status| status.shown),
            Some(RenewalStatus::Pending(Stage::IssueRequest))
        );
        assert_eq!(faults.status_override(&"202611230000002".parse().unwrap()), None);
        assert!(faults.on_answer(&answered("ru.status")).is_empty());
    }

    #[test]
    fn of_two_tls_faults_the_later_one_is_shown_and_both_count() {
        let faults = Faults::default();
        for fault in [TlsFault::Expired, TlsFault::WrongHost] {
            faults.add(rule(At::Request, Effect::Tls { fault }, Match::default(), 1));
        }
        assert_eq!(faults.on_handshake(), Some(("test".into(), HandshakeFault::Wrong(TlsFault::WrongHost))));
        assert_eq!(faults.on_handshake(), None);
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
