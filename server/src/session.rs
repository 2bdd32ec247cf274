//! Portal sessions (manual 5.2.2).
//!
//! A session travels with the browser: its cookie carries an ID and the time of the last activity,
//! sealed with a key of the world. So a page that is only looked at costs no state, and several
//! processes could serve one world. What a session is doing in a process of several pages is kept
//! elsewhere, by its ID.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use serde::Serialize;

use crate::entropy;

/// How many sessions `GET /sessions` remembers.
const REMEMBERED: usize = 1_000;

/// A session's public name: enough to tell sessions apart, not enough to take one over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 8]);

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSession {
    /// No cookie, or one that this world never gave out.
    Unknown,
    /// Idle for too long, or ended by a tester.
    Expired,
}

/// A session that is alive, as `GET /sessions` shows it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Seen)]
pub struct ActiveSession {
    /// Its public name, as in the journal.
    pub session: String,
    /// Simulated time of its first page.
    #[schema(value_type = String, format = DateTime)]
    pub started: Timestamp,
    /// Simulated time of its last page.
    #[schema(value_type = String, format = DateTime)]
    pub last_active: Timestamp,
    /// When it ends if nothing happens.
    #[schema(value_type = String, format = DateTime)]
    pub expires: Timestamp,
}

/// A world's sessions.
#[derive(Debug)]
pub struct Sessions {
    key: hmac::Key,
    ttl: SignedDuration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    random: ChaCha20Rng,
    /// Sessions of an earlier epoch were ended by a tester.
    epoch: u64,
    /// Begin and last activity.
    remembered: HashMap<SessionId, (Timestamp, Timestamp)>,
    order: VecDeque<SessionId>,
}

impl Sessions {
    /// The sessions of a world with this secret; `epoch` counts how often all were ended.
    pub fn new(secret: &[u8; 32], epoch: u64, ttl: SignedDuration) -> Self {
        let state = State {
            random: entropy::unrepeatable(),
            epoch,
            remembered: HashMap::new(),
            order: VecDeque::new(),
        };
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret), ttl, state: Mutex::new(state) }
    }

    /// A new session.
    pub fn begin(&self) -> SessionId {
        let mut id = [0; 8];
        self.lock().random.fill_bytes(&mut id);
        SessionId(id)
    }

    /// The session of a cookie.
    ///
    /// # Errors
    /// [`NoSession`].
    pub fn open(&self, cookie: Option<&str>, now: Timestamp) -> Result<SessionId, NoSession> {
        let bytes = cookie.and_then(|cookie| BASE64URL.decode(cookie).ok()).ok_or(NoSession::Unknown)?;
        let bytes: [u8; 40] = bytes.try_into().map_err(|_| NoSession::Unknown)?;
        let (sealed, mac) = bytes.split_at(24);
        hmac_truncated(&self.key, &[b"session", sealed], mac).ok_or(NoSession::Unknown)?;
        let part = |range: std::ops::Range<usize>| -> [u8; 8] {
            sealed[range].try_into().expect("three parts of eight bytes make 24")
        };
        if u64::from_be_bytes(part(16..24)) != self.lock().epoch {
            return Err(NoSession::Expired);
        }
        let last_active = i64::from_be_bytes(part(8..16));
        if now.as_millisecond().saturating_sub(last_active)
            >= i64::try_from(self.ttl.as_millis()).unwrap_or(i64::MAX)
        {
            return Err(NoSession::Expired);
        }
        Ok(SessionId(part(0..8)))
    }

    /// The cookie with which a session goes on from now.
    pub fn seal(&self, id: SessionId, now: Timestamp) -> String {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&id.0);
        bytes[8..16].copy_from_slice(&now.as_millisecond().to_be_bytes());
        {
            let mut state = self.lock();
            bytes[16..24].copy_from_slice(&state.epoch.to_be_bytes());
            state.remember(id, now);
        }
        let mac = sign(&self.key, &[b"session", &bytes[..24]]);
        bytes[24..].copy_from_slice(&mac);
        BASE64URL.encode(bytes)
    }

    /// The hidden field's value that ties a form to a session and a page.
    pub fn form_token(&self, id: SessionId, page: &str) -> String {
        BASE64URL.encode(sign(&self.key, &[b"form", &id.0, page.as_bytes()]))
    }

    /// Whether a form came from a page that this session was shown.
    pub fn form_token_fits(&self, id: SessionId, page: &str, token: &str) -> bool {
        BASE64URL
            .decode(token)
            .is_ok_and(|mac| hmac_truncated(&self.key, &[b"form", &id.0, page.as_bytes()], &mac).is_some())
    }

    /// The sessions that are alive, oldest first; of very many, the latest.
    pub fn active(&self, now: Timestamp) -> Vec<ActiveSession> {
        let state = self.lock();
        let alive = state.order.iter().filter_map(|id| {
            let (started, last_active) = *state.remembered.get(id)?;
            let expires = last_active.checked_add(self.ttl).unwrap_or(Timestamp::MAX);
            (now < expires).then(|| ActiveSession { session: id.to_string(), started, last_active, expires })
        });
        alive.collect()
    }

    /// The sessions that are alive by the pages that were shown, each with its session's name and its time.
    pub(crate) fn active_by(
        &self,
        pages: impl Iterator<Item = (Box<str>, Timestamp)>,
        now: Timestamp,
    ) -> Vec<ActiveSession> {
        let mut places = HashMap::new();
        let mut sessions: Vec<ActiveSession> = Vec::new();
        for (session, at) in pages {
            let expires = at.checked_add(self.ttl).unwrap_or(Timestamp::MAX);
            let place = *places.entry(session.clone()).or_insert(sessions.len());
            match sessions.get_mut(place) {
                Some(known) => (known.last_active, known.expires) = (at, expires),
                None => sessions.push(ActiveSession {
                    session: session.into(),
                    started: at,
                    last_active: at,
                    expires,
                }),
            }
        }
        sessions.retain(|session| now < session.expires);
        sessions.split_off(sessions.len().saturating_sub(REMEMBERED))
    }

    /// Ends all sessions of earlier epochs.
    pub fn set_epoch(&self, epoch: u64) {
        let mut state = self.lock();
        if state.epoch != epoch {
            state.epoch = epoch;
            state.remembered.clear();
            state.order.clear();
        }
    }

    /// How often all sessions were ended.
    pub fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remember(&mut self, id: SessionId, now: Timestamp) {
        if let Some((_, last_active)) = self.remembered.get_mut(&id) {
            *last_active = now;
            return;
        }
        if self.order.len() >= REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.remembered.remove(&oldest);
        }
        self.remembered.insert(id, (now, now));
        self.order.push_back(id);
    }
}

fn sign(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 16] {
    let tag = tag(key, parts);
    let mut short = [0; 16];
    short.copy_from_slice(&tag.as_ref()[..16]);
    short
}

/// Compares in constant time.
fn hmac_truncated(key: &hmac::Key, parts: &[&[u8]], mac: &[u8]) -> Option<()> {
    use subtle::ConstantTimeEq;
    bool::from(sign(key, parts).as_slice().ct_eq(mac)).then_some(())
}

fn tag(key: &hmac::Key, parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn sessions() -> Sessions {
        Sessions::new(&[7; 32], 0, SignedDuration::from_mins(15))
    }

    #[test]
    fn a_session_lives_for_its_idle_time_and_not_a_second_longer() {
        let sessions = sessions();
        let cookie = sessions.seal(sessions.begin(), at(0));
        assert!(sessions.open(Some(&cookie), at(899)).is_ok());
        assert_eq!(sessions.open(Some(&cookie), at(900)), Err(NoSession::Expired));
    }

    #[test]
    fn activity_prolongs_a_session() {
        let sessions = sessions();
        let id = sessions.begin();
        sessions.seal(id, at(0));
        let cookie = sessions.seal(id, at(800));
        assert_eq!(sessions.open(Some(&cookie), at(1600)), Ok(id));
        assert_eq!(sessions.active(at(1600)).len(), 1);
        assert_eq!(sessions.active(at(1700)).len(), 0);
    }

    #[test]
    fn what_was_not_given_out_is_unknown() {
        let (one, other) = (sessions(), Sessions::new(&[8; 32], 0, SignedDuration::from_mins(15)));
        let foreign = other.seal(other.begin(), at(0));
        let mut forged = one.seal(one.begin(), at(0)).into_bytes();
        forged[5] ^= 1;
        let forged = String::from_utf8(forged).unwrap();
        for cookie in [None, Some(""), Some("nonsense"), Some(foreign.as_str()), Some(forged.as_str())] {
            assert_eq!(one.open(cookie, at(1)), Err(NoSession::Unknown), "{cookie:?}");
        }
    }

    #[test]
    fn a_tester_can_end_all_sessions() {
        let sessions = sessions();
        let cookie = sessions.seal(sessions.begin(), at(0));
        sessions.set_epoch(sessions.epoch() + 1);
        assert_eq!(sessions.open(Some(&cookie), at(1)), Err(NoSession::Expired));
        let cookie = sessions.seal(sessions.begin(), at(1));
        assert!(sessions.open(Some(&cookie), at(2)).is_ok());
    }

    #[test]
    fn pages_tell_which_sessions_are_alive() {
        let sessions = sessions();
        let pages = [("a", 0), ("b", 10), ("a", 800)].map(|(session, second)| (session.into(), at(second)));
        let told = |now| {
            let active = sessions.active_by(pages.clone().into_iter(), at(now));
            active.into_iter().map(|it| (it.session, it.started, it.last_active)).collect::<Vec<_>>()
        };
        assert_eq!(told(800), [("a".to_owned(), at(0), at(800)), ("b".to_owned(), at(10), at(10))]);
        assert_eq!(told(910), [("a".to_owned(), at(0), at(800))]);
        assert_eq!(told(1700), []);
    }

    #[test]
    fn a_form_token_fits_its_session_and_page_alone() {
        let sessions = sessions();
        let (one, other) = (sessions.begin(), sessions.begin());
        let token = sessions.form_token(one, "rcd");
        assert!(sessions.form_token_fits(one, "rcd", &token));
        assert!(!sessions.form_token_fits(other, "rcd", &token));
        assert!(!sessions.form_token_fits(one, "rx", &token));
        assert!(!sessions.form_token_fits(one, "rcd", ""));
    }
}
