//! A connection as its [`Places`](super::Places) see it: when something has moved on it, and whose turn it is.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::places::{House, Standing};
use crate::limits::Limits;

/// Bytes of bodies that count as a move.
const STEP: usize = 16 * 1024;
/// Exchanges that may go on for a connection after it has given them up, before it can begin another one.
const ABANDONED: usize = 4;

/// What is known of a connection.
#[derive(Debug)]
pub(super) struct Guest {
    /// Where it is.
    house: Arc<House>,
    pub(super) address: IpAddr,
    /// Connections of its address.
    pub(super) of_address: Arc<AtomicUsize>,
    /// When something has moved last: a handshake, a request, an answer, a good piece of a body.
    pub(super) moved: AtomicU64,
    /// Bytes that lie ready for it.
    pub(super) held: AtomicUsize,
    pub(super) standing: Standing,
    /// Bytes of bodies since something has moved.
    carried: AtomicUsize,
    /// Exchanges that the server works on.
    working: AtomicUsize,
    /// Exchanges and answers that go on by the server alone: what it works on, and what it waits for itself.
    ours: AtomicUsize,
    /// Exchanges that it has given up and that go on.
    abandoned: AtomicUsize,
    /// Whether its peer takes nothing more.
    blocked: AtomicBool,
    /// One of the last two has changed.
    settled: Notify,
    leaving: AtomicBool,
    leave: Notify,
}

impl Guest {
    pub(super) fn new(
        house: &Arc<House>,
        address: IpAddr,
        of_address: Arc<AtomicUsize>,
        standing: Standing,
    ) -> Self {
        Self {
            house: Arc::clone(house),
            address,
            of_address,
            moved: AtomicU64::new(house.moves()),
            held: AtomicUsize::new(0),
            standing,
            carried: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            ours: AtomicUsize::new(0),
            abandoned: AtomicUsize::new(0),
            blocked: AtomicBool::new(false),
            settled: Notify::new(),
            leaving: AtomicBool::new(false),
            leave: Notify::new(),
        }
    }

    /// Whether it waits for its peer, and stays so far.
    pub(super) fn may_go(&self) -> bool {
        self.working.load(Ordering::Relaxed) == 0 && !self.is_leaving()
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// To be called by one at a time.
    pub(super) fn send_away(&self) {
        self.leaving.store(true, Ordering::Relaxed);
        self.leave.notify_one();
    }
}

/// A connection's hold on its place. Clones are the same connection's.
#[derive(Clone, Debug)]
pub struct Seat(Arc<Guest>);

/// How a connection ends that has been quiet for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quiet {
    /// Between two exchanges: nobody loses anything.
    Idle,
    /// In the middle of one: the peer doesn't go on.
    Stalled,
}

impl Seat {
    pub(super) fn new(guest: Arc<Guest>) -> Self {
        Self(guest)
    }

    pub(super) fn house(&self) -> &Arc<House> {
        &self.0.house
    }

    pub(super) fn guest(&self) -> &Arc<Guest> {
        &self.0
    }

    /// Whether it is there for questions of health alone.
    pub(crate) fn is_spare(&self) -> bool {
        self.0.standing == Standing::Spare
    }

    /// Something has moved.
    pub(super) fn moved(&self) {
        self.0.carried.store(0, Ordering::Relaxed);
        self.0.moved.store(self.house().moves(), Ordering::Relaxed);
    }

    /// So many bytes of a body have moved.
    pub(super) fn carried(&self, bytes: usize) {
        if self.0.carried.fetch_add(bytes, Ordering::Relaxed) + bytes >= STEP {
            self.moved();
        }
    }

    /// Whether the peer takes what is sent to it.
    pub(super) fn block(&self, blocked: bool) {
        if self.0.blocked.swap(blocked, Ordering::Relaxed) && !blocked {
            self.0.settled.notify_waiters();
        }
    }

    /// Whether it takes nothing more.
    pub(super) fn is_blocked(&self) -> bool {
        self.0.blocked.load(Ordering::Relaxed)
    }

    /// Waits until another exchange may begin: the peer reads what it has got, and has not given up too much.
    pub(super) async fn ready(&self) {
        let guest = &self.0;
        loop {
            let settled = guest.settled.notified();
            if !self.is_blocked() && guest.abandoned.load(Ordering::Relaxed) < ABANDONED {
                return;
            }
            settled.await;
        }
    }

    /// An exchange that has been given up and goes on.
    pub(super) fn abandon(&self) -> Abandoned {
        self.0.abandoned.fetch_add(1, Ordering::Relaxed);
        Abandoned(self.clone())
    }

    /// Counts what the server alone goes on with.
    pub(super) fn ours(&self) -> Counted {
        Counted::new(self, |guest| &guest.ours)
    }

    /// Counts what the server works on.
    pub(super) fn working(&self) -> Counted {
        Counted::new(self, |guest| &guest.working)
    }

    /// Nothing lies ready yet.
    pub(super) fn holds_nothing(&self) -> Held {
        Held { seat: self.clone(), bytes: 0 }
    }

    /// Waits until it is told to go.
    pub(super) async fn told_to_go(&self) {
        self.0.leave.notified().await;
    }

    /// Waits until it has been quiet for too long, while it was the peer's turn.
    pub(super) async fn quiet(&self, limits: &Limits) -> Quiet {
        let look = limits.stall.min(limits.headers);
        let (mut seen, mut quiet) = (None, Duration::ZERO);
        loop {
            tokio::time::sleep(look).await;
            let guest = &self.0;
            let moved = Some(guest.moved.load(Ordering::Relaxed));
            let blocked = self.is_blocked();
            if moved != seen || (guest.ours.load(Ordering::Relaxed) > 0 && !blocked) {
                (seen, quiet) = (moved, Duration::ZERO);
                continue;
            }
            quiet += look;
            if (blocked || guest.held.load(Ordering::Relaxed) > 0) && quiet >= limits.stall {
                return Quiet::Stalled;
            }
            if quiet >= limits.headers {
                return Quiet::Idle;
            }
        }
    }
}

/// One of what is counted, as long as it lives.
#[derive(Debug)]
pub(super) struct Counted {
    seat: Seat,
    of: fn(&Guest) -> &AtomicUsize,
}

impl Counted {
    fn new(seat: &Seat, of: fn(&Guest) -> &AtomicUsize) -> Self {
        of(seat.guest()).fetch_add(1, Ordering::Relaxed);
        Self { seat: seat.clone(), of }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.of)(self.seat.guest()).fetch_sub(1, Ordering::Relaxed);
    }
}

/// An exchange that goes on although it has been given up.
#[derive(Debug)]
pub(super) struct Abandoned(Seat);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.guest().abandoned.fetch_sub(1, Ordering::Relaxed);
        self.0.guest().settled.notify_waiters();
    }
}

/// Bytes that lie ready for a peer, as long as this lives.
#[derive(Debug)]
pub(super) struct Held {
    seat: Seat,
    bytes: usize,
}

impl Held {
    /// So many more.
    pub(super) fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.seat.house().hold(self.seat.guest(), bytes);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.seat.house().release(self.seat.guest(), self.bytes);
    }
}
