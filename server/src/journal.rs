//! The journal: every exchange on the portal and every change in the authority, in order.
//!
//! It is bounded: the oldest records go. It lives in memory; where several processes share a world, what is in memory is
//! taken up from their database. Passwords, keys, reference IDs and
//! session tokens never come in.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::clock::real_now;
use crate::terms::{RequestId, Serial};

/// What kind of thing a record tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A request to the portal and its answer.
    Exchange,
    /// A TLS handshake that failed.
    Handshake,
    /// A change in the authority.
    Authority,
    /// A change that a tester made through control.
    Control,
}

/// Whether an outcome is the wanted one, or begins with it and a dot.
pub(crate) fn outcome_fits(outcome: &str, wanted: &str) -> bool {
    outcome.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// One record. Which members are there depends on `kind`.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entry {
    /// Counts all records of a world from 1, without gaps.
    pub sequence: u64,
    /// Simulated time.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// Real time.
    #[schema(value_type = String, format = DateTime)]
    pub real_time: Timestamp,
    /// What the record tells of.
    pub kind: Kind,
    /// How it went: the page shown (`rcd.form`), a refusal (`refused.window_closed`), a change (`issued`).
    #[schema(value_type = String)]
    pub outcome: Cow<'static, str>,
    /// Request ID concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub request_id: Option<RequestId>,
    /// Serial number of the certificate concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub serial: Option<Serial>,
    /// The exchange, if it is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exchange: Option<Box<Exchange>>,
    /// More, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<Box<str>>,
    /// The fault that touched it; of several, all, with commas.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fault: Option<Box<str>>,
}

/// A request and its answer.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Exchange {
    /// Who asked.
    #[schema(value_type = String)]
    pub peer: SocketAddr,
    /// `HTTP/1.1` or `HTTP/2.0`.
    #[schema(value_type = String)]
    pub protocol: Cow<'static, str>,
    /// `GET`, `POST`, …
    #[schema(value_type = String)]
    pub method: Cow<'static, str>,
    /// The path, without a query.
    pub path: Box<str>,
    /// The answer's status; 0: none went out, because a fault broke the connection or the client had hung up.
    pub status: u16,
    /// The portal session's public label.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<Box<str>>,
}

/// What is known of a record before it has a number.
#[derive(Debug)]
pub struct Draft {
    /// See [`Entry::kind`].
    pub kind: Kind,
    /// See [`Entry::outcome`].
    pub outcome: Cow<'static, str>,
    /// See [`Entry::request_id`].
    pub request_id: Option<RequestId>,
    /// See [`Entry::serial`].
    pub serial: Option<Serial>,
    /// See [`Entry::exchange`].
    pub exchange: Option<Box<Exchange>>,
    /// See [`Entry::detail`].
    pub detail: Option<Box<str>>,
    /// See [`Entry::fault`].
    pub fault: Option<Box<str>>,
}

impl Draft {
    /// A record of this kind and outcome, and nothing else yet.
    pub fn new(kind: Kind, outcome: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            outcome: outcome.into(),
            request_id: None,
            serial: None,
            exchange: None,
            detail: None,
            fault: None,
        }
    }

    /// The record, with its number.
    pub(crate) fn entry(self, sequence: u64, now: Timestamp) -> Entry {
        let Self { kind, outcome, request_id, serial, exchange, detail, fault } = self;
        Entry {
            sequence,
            time: now,
            real_time: real_now(),
            kind,
            outcome,
            request_id,
            serial,
            exchange,
            detail,
            fault,
        }
    }

    /// A change in the authority that concerns this certificate.
    pub fn of(outcome: &'static str, record: &crate::authority::Record) -> Self {
        Self {
            request_id: Some(record.notice.request_id.clone()),
            serial: Some(record.certificate.serial),
            ..Self::new(Kind::Authority, outcome)
        }
    }
}

/// A world's journal.
#[derive(Debug)]
pub struct Journal {
    ring: Mutex<Ring>,
    last: watch::Sender<u64>,
}

#[derive(Debug)]
struct Ring {
    entries: VecDeque<Entry>,
    capacity: usize,
    sequence: u64,
}

impl Ring {
    fn after(&self, sequence: u64) -> impl Iterator<Item = &Entry> {
        // Sequence numbers have no gaps, so the place is known.
        let first = self.sequence - self.entries.len() as u64;
        let skip = usize::try_from(sequence.saturating_sub(first)).unwrap_or(usize::MAX);
        self.entries.iter().skip(skip)
    }

    fn push(&mut self, entry: Entry) {
        self.sequence = entry.sequence;
        if self.entries.len() >= self.capacity {
            self.entries.pop_front();
        }
        if self.capacity > 0 {
            self.entries.push_back(entry);
        }
    }
}

impl Journal {
    /// An empty journal that keeps this many records.
    pub fn new(capacity: usize) -> Self {
        Self::resume(capacity, Vec::new())
    }

    /// A journal that goes on from the records of another.
    pub fn resume(capacity: usize, entries: Vec<Entry>) -> Self {
        let sequence = entries.last().map_or(0, |entry| entry.sequence);
        let skip = entries.len().saturating_sub(capacity);
        let entries = entries.into_iter().skip(skip).collect();
        Self { ring: Mutex::new(Ring { entries, capacity, sequence }), last: watch::Sender::new(sequence) }
    }

    /// Adds a record.
    pub fn write(&self, now: Timestamp, draft: Draft) {
        let mut ring = self.lock();
        let sequence = ring.sequence + 1;
        ring.push(draft.entry(sequence, now));
        // Before another record can come in: the number that is followed is never behind, and never goes back.
        self.last.send_replace(sequence);
    }

    /// Takes up records that were written elsewhere, with the numbers that they have there.
    pub(crate) fn take_up(&self, entries: Vec<Entry>) {
        let mut ring = self.lock();
        for entry in entries {
            if entry.sequence != ring.sequence + 1 {
                // Those in between are gone.
                ring.entries.clear();
            }
            ring.push(entry);
        }
        self.last.send_replace(ring.sequence);
    }

    /// Forgets what was taken up: it didn't last there.
    pub(crate) fn forget(&self) {
        let mut ring = self.lock();
        ring.entries.clear();
        ring.sequence = 0;
    }

    /// The number of the last record.
    pub(crate) fn last(&self) -> u64 {
        self.lock().sequence
    }

    /// How many records it keeps.
    pub(crate) fn capacity(&self) -> usize {
        self.lock().capacity
    }

    /// Whether somebody waits for records.
    pub(crate) fn is_followed(&self) -> bool {
        self.last.receiver_count() > 0
    }

    /// The records after this sequence number, as far as they are still there.
    pub fn after(&self, sequence: u64) -> Vec<Entry> {
        self.lock().after(sequence).cloned().collect()
    }

    /// The first of the wanted records after one sequence number and up to another, at most so many, and the number after
    /// which to look for further ones.
    pub fn look(
        &self,
        after: u64,
        until: u64,
        most: usize,
        wanted: impl Fn(&Entry) -> bool,
    ) -> (Vec<Entry>, u64) {
        let ring = self.lock();
        let (mut found, mut last) = (Vec::new(), after.max(until.min(ring.sequence)));
        for entry in ring.after(after).take_while(|entry| entry.sequence <= until) {
            if wanted(entry) {
                found.push(entry.clone());
            }
            if found.len() == most {
                last = entry.sequence;
                break;
            }
        }
        (found, last)
    }

    /// Follows the sequence number of the last record.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_records_go_and_numbers_stay_without_gaps() {
        let journal = Journal::new(3);
        for _ in 0..5 {
            journal.write(Timestamp::UNIX_EPOCH, Draft::new(Kind::Control, "test"));
        }
        let numbers = |after| journal.after(after).iter().map(|entry| entry.sequence).collect::<Vec<_>>();
        assert_eq!(numbers(0), [3, 4, 5]);
        assert_eq!(numbers(4), [5]);
        assert_eq!(numbers(5), [0u64; 0]);
        assert_eq!(numbers(99), [0u64; 0]);
    }

    #[test]
    fn what_was_written_elsewhere_is_taken_up_with_its_numbers() {
        let record = |sequence| Draft::new(Kind::Control, "test").entry(sequence, Timestamp::UNIX_EPOCH);
        let (journal, numbers) = (Journal::new(3), |journal: &Journal| {
            journal.after(0).iter().map(|entry| entry.sequence).collect::<Vec<_>>()
        });
        let followed = journal.watch();
        journal.take_up(vec![record(1), record(2)]);
        assert_eq!((numbers(&journal), *followed.borrow()), (vec![1, 2], 2));
        // The ones in between are gone there as well.
        journal.take_up(vec![record(7), record(8)]);
        assert_eq!((numbers(&journal), journal.last()), (vec![7, 8], 8));
        journal.take_up(vec![record(9), record(10)]);
        assert_eq!(numbers(&journal), [8, 9, 10]);
        journal.forget();
        journal.take_up(vec![record(1)]);
        assert_eq!((numbers(&journal), *followed.borrow()), (vec![1], 1));
    }

    #[test]
    fn a_look_ends_where_it_is_told_and_the_next_one_goes_on_there() {
        let journal = Journal::new(6);
        for number in 1..=8 {
            let outcome = if number % 2 == 0 { "even" } else { "odd" };
            journal.write(Timestamp::UNIX_EPOCH, Draft::new(Kind::Control, outcome));
        }
        let look = |after, until, most| {
            let (found, last) = journal.look(after, until, most, |entry| entry.outcome == "even");
            (found.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), last)
        };
        assert_eq!(look(0, 8, 2), (vec![4, 6], 6));
        assert_eq!(look(6, 8, 2), (vec![8], 8));
        assert_eq!(look(8, 8, 2), (vec![], 8));
        assert_eq!(look(0, 5, 9), (vec![4], 5));
        assert_eq!(look(0, u64::MAX, 9), (vec![4, 6, 8], 8));
        assert_eq!(look(99, u64::MAX, 9), (vec![], 99));
    }

    #[test]
    fn the_number_that_is_followed_is_never_behind_the_records() {
        const WRITERS: u64 = 4;
        const RECORDS: u64 = 20_000;
        let journal = Journal::new(1);
        let last = journal.watch();
        let write = || {
            for _ in 0..RECORDS {
                journal.write(Timestamp::UNIX_EPOCH, Draft::new(Kind::Control, "test"));
                // Of any writer.
                let written = journal.after(0)[0].sequence;
                let followed = *last.borrow();
                assert!(written <= followed, "{followed} where {written} is there");
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(write);
            }
        });
        assert_eq!(*last.borrow(), WRITERS * RECORDS);
    }
}
