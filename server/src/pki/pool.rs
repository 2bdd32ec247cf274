//! RSA keys ahead of demand.
//!
//! Finding primes takes tens of milliseconds, so one thread of the process does it in the
//! background: for worlds without a seed it keeps a common stock, for a world with a seed the
//! keys that are due next. A caller who finds none makes it on the spot, and meanwhile the thread begins none. What
//! nobody waits for has its [turn](KeySupply::turn), one at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::RsaKey;
use crate::entropy::Entropy;

/// How many keys of a seeded world are made ahead, unless the stock is to be smaller.
const AHEAD: u64 = 4;
/// With so many in order no more are: what is needed earlier is made when it is needed.
const ENOUGH: usize = 256;

/// The process's background supply. Ends with its last handle.
#[derive(Clone, Debug)]
pub struct KeyPool {
    shared: Arc<Shared>,
    /// Only handles hold it, not the thread: when it goes, the thread ends.
    _alive: Arc<Alive>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
    entropy: Entropy,
    /// Held by whoever makes a key that nobody waits for.
    unhurried: Arc<Semaphore>,
    /// Keys that were searched for.
    searched: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct State {
    stock: VecDeque<RsaKey>,
    made: u64,
    orders: VecDeque<(Weak<Ahead>, u64)>,
    /// Callers who make theirs on the spot at this moment.
    on_the_spot: usize,
    running: bool,
    closed: bool,
}

/// What the background thread does next.
enum Job {
    Ahead(Arc<Ahead>, u64),
    Stock(u64),
}

impl State {
    /// Seeded worlds first, then the stock; nothing while somebody waits for a key.
    fn next(&mut self, capacity: usize) -> Option<Job> {
        if self.on_the_spot > 0 {
            return None;
        }
        while let Some((world, number)) = self.orders.pop_front() {
            if let Some(ahead) = world.upgrade().filter(|ahead| !ahead.cancelled.load(Ordering::Acquire)) {
                return Some(Job::Ahead(ahead, number));
            }
        }
        (self.stock.len() < capacity).then(|| {
            self.made += 1;
            Job::Stock(self.made)
        })
    }
}

#[derive(Debug)]
struct Alive(Weak<Shared>);

impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            lock(&shared.state).closed = true;
            shared.changed.notify_all();
        }
    }
}

impl KeyPool {
    /// A supply with a stock of this size, which begins to fill with the first
    /// [`prefetch`](KeySupply::prefetch): until then the process has better things to do.
    pub fn new(capacity: usize) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            capacity,
            entropy: Entropy::system(),
            unhurried: Arc::new(Semaphore::new(1)),
            searched: Arc::default(),
        });
        let alive = Arc::new(Alive(Arc::downgrade(&shared)));
        Self { shared, _alive: alive }
    }

    fn ensure_thread(&self, state: &mut State) {
        if state.running {
            return;
        }
        state.running = true;
        let shared = Arc::clone(&self.shared);
        let started = std::thread::Builder::new()
            .name("key-pool".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || work(&shared));
        if let Err(error) = started {
            // Keys are then made when they are needed: slower, and otherwise the same.
            tracing::warn!(%error, "no thread for the key pool");
        }
    }

    /// How many keys lie in stock.
    pub fn stock(&self) -> usize {
        lock(&self.shared.state).stock.len()
    }

    /// How many keys were searched for since the start.
    pub fn searched(&self) -> u64 {
        self.shared.searched.load(Ordering::Relaxed)
    }

    /// The supply of one world.
    pub fn supply(&self, entropy: &Entropy, seeded: bool, bits: u32) -> KeySupply {
        let ahead = Arc::new(Ahead {
            entropy: entropy.clone(),
            bits,
            keys: Mutex::default(),
            cancelled: AtomicBool::default(),
            searched: Arc::clone(&self.shared.searched),
        });
        KeySupply { pool: self.clone(), ahead, from_stock: !seeded && bits == 2048 }
    }
}

/// Where a world gets its keys from.
#[derive(Clone, Debug)]
pub struct KeySupply {
    pool: KeyPool,
    ahead: Arc<Ahead>,
    from_stock: bool,
}

#[derive(Debug)]
struct Ahead {
    entropy: Entropy,
    bits: u32,
    keys: Mutex<BTreeMap<u64, RsaKey>>,
    /// Whether the world is gone.
    cancelled: AtomicBool,
    searched: Arc<AtomicU64>,
}

impl Ahead {
    /// Test runs start worlds of one seed by the thousand, one after the other, and always want the
    /// same first keys: the process remembers the last ones that it used.
    fn generate(&self, number: u64) -> RsaKey {
        let (seed, bits) = (self.entropy.seed("institution key", number), self.bits);
        let known = {
            let mut last = lock(&LAST);
            let at = last.iter().position(|(of, length, _)| (of, *length) == (&seed, bits));
            at.and_then(|at| last.remove(at))
        };
        let search = || {
            self.searched.fetch_add(1, Ordering::Relaxed);
            RsaKey::generate(seed, bits)
        };
        let key = known.map_or_else(search, |(_, _, key)| key);
        let mut last = lock(&LAST);
        last.truncate(REMEMBERED - 1);
        last.push_front((seed, bits, key.clone()));
        key
    }
}

/// Keys of seeded worlds by seed and length, the last used first.
static LAST: Mutex<VecDeque<([u8; 32], u32, RsaKey)>> = Mutex::new(VecDeque::new());
/// About 100 kB.
const REMEMBERED: usize = 64;

impl KeySupply {
    /// The key of the certificate with this number, if one is ready.
    pub fn ready(&self, number: u64) -> Option<RsaKey> {
        if self.from_stock {
            let key = lock(&self.pool.shared.state).stock.pop_front();
            self.pool.shared.changed.notify_all();
            key
        } else {
            self.prefetch(number + 1);
            lock(&self.ahead.keys).remove(&number)
        }
    }

    /// The key of the client CA: in a seeded world number 0, which no certificate has.
    pub fn make_first(&self) -> RsaKey {
        if self.from_stock {
            return self.make(0);
        }
        let _on_the_spot = OnTheSpot::new(&self.pool.shared);
        self.ahead.generate(0)
    }

    /// Waits for the turn of a key that nobody waits for.
    pub async fn turn(&self) -> OwnedSemaphorePermit {
        let unhurried = Arc::clone(&self.pool.shared.unhurried);
        unhurried.acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Has no more keys made ahead.
    pub fn cancel(&self) {
        self.ahead.cancelled.store(true, Ordering::Release);
        let mut state = lock(&self.pool.shared.state);
        state.orders.retain(|(world, _)| world.as_ptr() != Arc::as_ptr(&self.ahead));
    }

    /// The key of the certificate with this number, made now if none is ready. Blocks for some
    /// tens of milliseconds.
    pub fn make(&self, number: u64) -> RsaKey {
        if let Some(key) = self.ready(number) {
            return key;
        }
        let _on_the_spot = OnTheSpot::new(&self.pool.shared);
        if self.from_stock {
            // What a stock key's number is doesn't matter, only that it never comes back.
            let fresh = {
                let mut state = lock(&self.pool.shared.state);
                state.made += 1;
                state.made
            };
            return self.pool.shared.search(fresh);
        }
        self.ahead.generate(number)
    }

    /// Has keys made ahead, in a seeded world those from this number on.
    pub fn prefetch(&self, from: u64) {
        if self.pool.shared.capacity == 0 || self.ahead.cancelled.load(Ordering::Acquire) {
            return;
        }
        let mut state = lock(&self.pool.shared.state);
        if !self.from_stock && state.orders.len() < ENOUGH {
            let keys = lock(&self.ahead.keys);
            let ordered = |number| {
                let mine = |order: &&(Weak<Ahead>, u64)| order.0.as_ptr() == Arc::as_ptr(&self.ahead);
                state.orders.iter().filter(mine).any(|order| order.1 == number)
            };
            let ahead = AHEAD.min(self.pool.shared.capacity as u64);
            let missing: Vec<u64> = (from..from + ahead)
                .filter(|number| !keys.contains_key(number) && !ordered(*number))
                .collect();
            state.orders.extend(missing.into_iter().map(|number| (Arc::downgrade(&self.ahead), number)));
        }
        self.pool.ensure_thread(&mut state);
        drop(state);
        self.pool.shared.changed.notify_all();
    }
}

/// A caller who makes a key on the spot. Until it has it, the background thread begins no other.
struct OnTheSpot<'a>(&'a Shared);

impl<'a> OnTheSpot<'a> {
    fn new(shared: &'a Shared) -> Self {
        lock(&shared.state).on_the_spot += 1;
        Self(shared)
    }
}

impl Drop for OnTheSpot<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).on_the_spot -= 1;
        self.0.changed.notify_all();
    }
}

impl Shared {
    /// The stock's key of this number.
    fn search(&self, number: u64) -> RsaKey {
        self.searched.fetch_add(1, Ordering::Relaxed);
        RsaKey::generate(self.entropy.seed("stock key", number), 2048)
    }
}

/// The background thread.
fn work(shared: &Shared) {
    let mut state = lock(&shared.state);
    loop {
        if state.closed {
            return;
        }
        match state.next(shared.capacity) {
            Some(Job::Ahead(ahead, number)) => {
                drop(state);
                let key = ahead.generate(number);
                let mut keys = lock(&ahead.keys);
                keys.insert(number, key);
                // Keys that were made on the spot in the meantime leave theirs behind here.
                while keys.len() > 2 * AHEAD as usize {
                    keys.pop_first();
                }
                drop(keys);
                state = lock(&shared.state);
            }
            Some(Job::Stock(number)) => {
                drop(state);
                let key = shared.search(number);
                state = lock(&shared.state);
                state.stock.push_back(key);
            }
            None => state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seeded_world_has_the_same_keys_whether_made_ahead_or_on_the_spot() {
        let entropy = Entropy::seeded("pool");
        let supply = |stock| KeyPool::new(stock).supply(&entropy, true, 2048);
        let on_the_spot = supply(0).ahead.generate(3);
        let ahead = supply(3);
        ahead.prefetch(1);
        assert_eq!(ahead.make(3), on_the_spot);
        assert_eq!(ahead.make(3), on_the_spot);
    }

    #[test]
    fn who_waits_goes_first_and_what_nobody_waits_for_is_dropped() {
        // A pool whose thread never runs, so that the orders stay where they are.
        let pool = KeyPool::new(4);
        lock(&pool.shared.state).running = true;
        let supply = |seed| pool.supply(&Entropy::seeded(seed), true, 2048);
        let (gone, forgotten, there) = (supply("gone"), supply("forgotten"), supply("there"));
        for supply in [&gone, &forgotten, &there] {
            supply.prefetch(1);
        }
        gone.cancel();
        gone.prefetch(5);
        drop(forgotten);
        {
            let _waits = OnTheSpot::new(&pool.shared);
            assert!(lock(&pool.shared.state).next(4).is_none());
        }
        let mut state = lock(&pool.shared.state);
        for expected in 1..=AHEAD {
            let Some(Job::Ahead(world, number)) = state.next(4) else { panic!("{expected} is ordered") };
            assert!(Arc::ptr_eq(&world, &there.ahead));
            assert_eq!(number, expected);
        }
        assert!(matches!(state.next(4), Some(Job::Stock(1))));
    }

    #[test]
    fn worlds_without_a_seed_never_share_a_key() {
        let pool = KeyPool::new(1);
        let supplies = [(); 2].map(|()| pool.supply(&Entropy::system(), false, 2048));
        let keys: Vec<_> = supplies.iter().flat_map(|supply| [supply.make(1), supply.make(1)]).collect();
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key));
        }
    }
}
