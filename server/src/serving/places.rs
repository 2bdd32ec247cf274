//! Places: how many connections there are at once, and which of them goes when there are too many, or when too much lies
//! ready for readers who don't read.
//!
//! A connection for which the server is at work stays. Of those that wait for their peer, one goes that belongs to the
//! address with most of them; of these, the one on which nothing has moved for longest. So nobody can keep others out by
//! holding connections, and a peer that is one of many behind an address loses no more than an idle connection.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::seat::{Guest, Seat};
use crate::limits::Limits;
use crate::metrics::Metrics;

/// How many may be on their way out at once.
const LEAVING: usize = 128;
/// How long somebody waits for a place before the situation is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The largest part of what lies ready for which nobody is given time.
const LARGE: usize = 256 * 1024;
/// How long the others have to read before the answer that takes a large part lets one of them go.
const TIME_TO_READ: Duration = Duration::from_millis(500);

/// The places of one kind of listener. Clones share them.
#[derive(Clone, Debug)]
pub struct Places(Arc<House>);

/// What all places of one kind share.
pub(super) struct House {
    connections: usize,
    spare: usize,
    answer_bytes: usize,
    guests: Mutex<Guests>,
    /// Counts what moves: an order in time that needs no clock.
    moves: AtomicU64,
    /// Bytes that lie ready.
    held: AtomicUsize,
    /// Somebody has left, or holds less.
    room: Notify,
    /// Whether the log has it.
    told: AtomicBool,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Default)]
struct Guests {
    all: Vec<Arc<Guest>>,
    /// How many of them come from an address.
    of_address: HashMap<IpAddr, Arc<AtomicUsize>>,
    /// How many of them are on their way out.
    leaving: usize,
}

/// The place of a connection. It is free again when this goes away.
#[derive(Debug)]
pub(super) struct Place(Seat);

/// What a place is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Everything.
    Regular,
    /// To ask for health, when all others are taken by work.
    Spare,
}

impl Places {
    /// As many as the limits say, and some to spare.
    pub fn new(limits: &Limits, spare: usize, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(House {
            connections: limits.connections.max(1),
            spare,
            answer_bytes: limits.answer_bytes,
            guests: Mutex::default(),
            moves: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            room: Notify::new(),
            told: AtomicBool::new(false),
            metrics,
        }))
    }

    /// A place for a connection from this address, as soon as there is one.
    pub(super) async fn enter(&self, address: IpAddr) -> Place {
        let house = &self.0;
        let address = network(address);
        loop {
            let room = house.room.notified();
            if let Some(place) = house.admit(address, Standing::Regular) {
                return place;
            }
            if house.make_room(Standing::Regular) {
                continue;
            }
            if tokio::time::timeout(LOOK_AGAIN, room).await.is_ok() {
                continue;
            }
            let spare = || house.admit(address, Standing::Spare);
            let place = spare().or_else(|| house.make_room(Standing::Spare).then(spare).flatten());
            if let Some(place) = place {
                return place;
            }
        }
    }

    /// Lets a connection go that waits for its peer, if there is one.
    pub(super) fn make_room(&self) {
        self.0.make_room(Standing::Regular);
    }
}

impl Place {
    pub(super) fn seat(&self) -> &Seat {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (house, guest) = (self.0.house(), self.0.guest());
        let mut guests = house.lock();
        if let Some(place) = guests.all.iter().position(|it| Arc::ptr_eq(it, guest)) {
            guests.all.swap_remove(place);
        }
        if guest.is_leaving() {
            guests.leaving -= 1;
        }
        if guest.of_address.fetch_sub(1, Ordering::Relaxed) == 1 {
            guests.of_address.remove(&guest.address);
        }
        drop(guests);
        house.room.notify_waiters();
    }
}

impl House {
    /// The number of what moves now.
    pub(super) fn moves(&self) -> u64 {
        self.moves.fetch_add(1, Ordering::Relaxed)
    }

    fn admit(self: &Arc<Self>, address: IpAddr, standing: Standing) -> Option<Place> {
        let mut guests = self.lock();
        let staying = guests.all.iter().filter(|guest| guest.standing == standing && !guest.is_leaving());
        let places = match standing {
            Standing::Regular => self.connections,
            Standing::Spare => self.spare,
        };
        if staying.count() >= places {
            return None;
        }
        let of_address = Arc::clone(guests.of_address.entry(address).or_default());
        of_address.fetch_add(1, Ordering::Relaxed);
        let guest = Arc::new(Guest::new(self, address, of_address, standing));
        guests.all.push(Arc::clone(&guest));
        Some(Place(Seat::new(guest)))
    }

    /// Tells one with such a place to go; answers whether there was one.
    fn make_room(&self, standing: Standing) -> bool {
        let mut guests = self.lock();
        if guests.leaving >= LEAVING {
            return false;
        }
        let waiting = guests.all.iter().filter(|guest| guest.standing == standing && guest.may_go());
        let order = |guest: &&Arc<Guest>| {
            (guest.of_address.load(Ordering::Relaxed), Reverse(guest.moved.load(Ordering::Relaxed)))
        };
        let Some(guest) = waiting.max_by_key(order).cloned() else { return false };
        self.send_away(&mut guests, &guest);
        true
    }

    /// Gives the others time to read, before so many bytes more lie ready.
    pub(super) async fn time_to_read(&self, bytes: usize) {
        if bytes < LARGE {
            return;
        }
        let enough = async {
            loop {
                let room = self.room.notified();
                if self.held.load(Ordering::Relaxed) + bytes <= self.answer_bytes {
                    return;
                }
                room.await;
            }
        };
        let _ = tokio::time::timeout(TIME_TO_READ, enough).await;
    }

    /// Notes that so many bytes more lie ready for this guest. While they are too many, others go that have been reading
    /// for longest without getting on.
    pub(super) fn hold(&self, reader: &Arc<Guest>, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
        reader.held.fetch_add(bytes, Ordering::Relaxed);
        while self.held.load(Ordering::Relaxed) > self.answer_bytes && self.send_slowest_away(reader) {}
    }

    /// Tells the reader to go that hasn't got on for longest, but for this one, unless those who stay hold little enough.
    /// Answers whether there was one.
    fn send_slowest_away(&self, reader: &Arc<Guest>) -> bool {
        let mut guests = self.lock();
        let held = |guest: &Arc<Guest>| guest.held.load(Ordering::Relaxed);
        let staying = guests.all.iter().filter(|guest| !guest.is_leaving());
        if staying.clone().map(held).sum::<usize>() <= self.answer_bytes {
            return false;
        }
        let others = staying.filter(|it| it.may_go() && held(it) > 0 && !Arc::ptr_eq(it, reader));
        let slowest = others.min_by_key(|guest| guest.moved.load(Ordering::Relaxed)).cloned();
        let Some(slowest) = slowest else { return false };
        self.send_away(&mut guests, &slowest);
        true
    }

    /// Notes that they lie there no longer.
    pub(super) fn release(&self, reader: &Guest, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        reader.held.fetch_sub(bytes, Ordering::Relaxed);
        self.room.notify_waiters();
    }

    fn send_away(&self, guests: &mut Guests, guest: &Guest) {
        guests.leaving += 1;
        guest.send_away();
        self.metrics.connection_evicted();
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                connections = self.connections,
                address = %guest.address,
                "too many connections: those that wait for their peer go, the longest first"
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without its guests, who have it in turn.
impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// What one peer has to itself: an address of IPv4, a /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        ipv4 => ipv4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: usize, spare: usize, answer_bytes: usize) -> Places {
        let limits = Limits { connections, answer_bytes, ..Limits::default() };
        Places::new(&limits, spare, Arc::default())
    }

    /// Places for connections from these addresses, in this order.
    async fn enter<const N: usize>(places: &Places, addresses: [&str; N]) -> [Place; N] {
        let mut entered = Vec::new();
        for address in addresses {
            entered.push(places.enter(address.parse().unwrap()).await);
        }
        entered.try_into().unwrap()
    }

    fn leaving<const N: usize>(entered: &[Place; N]) -> [bool; N] {
        std::array::from_fn(|place| entered[place].seat().guest().is_leaving())
    }

    #[tokio::test]
    async fn of_those_who_wait_the_one_goes_on_which_nothing_has_moved_for_longest() {
        let places = places(3, 0, 0);
        let entered = enter(&places, ["192.0.2.1"; 3]).await;
        entered[0].seat().moved();
        let _fourth = enter(&places, ["192.0.2.1"]).await;
        assert_eq!(leaving(&entered), [false, true, false]);
        // So many bytes are a move, however they come.
        for _ in 0..64 {
            entered[2].seat().carried(256);
        }
        let _fifth = enter(&places, ["192.0.2.1"]).await;
        assert_eq!(leaving(&entered), [true, true, false]);
    }

    #[tokio::test]
    async fn the_address_with_most_connections_makes_room() {
        let places = places(5, 0, 0);
        let addresses = ["192.0.2.1", "2001:db8::1", "2001:db8::ffff:1", "2001:db8::2", "192.0.2.2"];
        let entered = enter(&places, addresses).await;
        let _sixth = enter(&places, ["192.0.2.3"]).await;
        assert_eq!(leaving(&entered), [false, true, false, false, false], "a /64 is one peer");
    }

    #[tokio::test]
    async fn for_whom_the_server_works_stays_and_health_is_asked_from_a_place_to_spare() {
        let places = places(2, 1, 0);
        let entered = enter(&places, ["192.0.2.1"; 2]).await;
        let work: Vec<_> = entered.iter().map(|place| place.seat().working()).collect();
        let [third] = enter(&places, ["192.0.2.1"]).await;
        assert!(third.seat().is_spare());
        assert_eq!(leaving(&entered), [false, false]);
        drop(work);
        let [fourth] = enter(&places, ["192.0.2.1"]).await;
        assert!(!fourth.seat().is_spare());
        assert_eq!(leaving(&entered), [true, false]);
    }

    #[tokio::test]
    async fn a_place_is_free_when_its_connection_has_ended() {
        let places = places(1, 0, 0);
        let [first] = enter(&places, ["192.0.2.1"]).await;
        let work = first.seat().working();
        let second = enter(&places, ["192.0.2.1"]);
        tokio::pin!(second);
        assert!(tokio::time::timeout(Duration::ZERO, second.as_mut()).await.is_err());
        drop((work, first));
        let [second] = second.await;
        assert!(!second.seat().guest().is_leaving());
    }

    #[tokio::test]
    async fn of_those_who_do_not_read_the_slowest_goes_when_too_much_lies_ready() {
        let places = places(9, 0, 100);
        let entered = enter(&places, ["192.0.2.1"; 4]).await;
        let mut held = Vec::new();
        for (place, bytes) in entered.iter().zip([40, 40, 0, 40]) {
            let mut of_place = place.seat().holds_nothing();
            of_place.add(bytes);
            held.push(of_place);
        }
        assert_eq!(leaving(&entered), [true, false, false, false]);
        // Of what is given back, others may have as much.
        held.clear();
        let mut again = entered[2].seat().holds_nothing();
        again.add(100);
        assert_eq!(leaving(&entered), [true, false, false, false]);
    }
}
