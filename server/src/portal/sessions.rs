//! The session that a request belongs to, or why it belongs to none (manual 5.2.2).

use axum::http::header::{self, HeaderMap, HeaderValue};

use crate::profile::SameBrowser;
use crate::session::{NoSession, SessionId};
use crate::world::World;

/// The cookie of a browser that was shown セッション無効 and has to be closed.
pub(super) const OVER: &str = "over";

/// Why a step belongs to no session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invalid {
    /// The journal's word for it.
    pub(super) outcome: &'static str,
    /// Whether the browser came with a session that is over.
    pub(super) is_over: bool,
}

impl Invalid {
    /// The session goes on; this step is none of its own.
    pub(super) fn step(outcome: &'static str) -> Self {
        Self { outcome, is_over: false }
    }
}

/// The session that a page goes on with.
///
/// # Errors
/// Why there is none.
pub(super) fn opened(world: &World, headers: &HeaderMap) -> Result<SessionId, Invalid> {
    let cookie = cookie(world, headers);
    world.sessions.open(cookie, world.clock.now()).map_err(|why| Invalid {
        outcome: match why {
            NoSession::Unknown => "session.unknown",
            NoSession::Expired => "session.expired",
        },
        is_over: cookie.is_some(),
    })
}

/// The session that a first page goes on with, or begins.
///
/// # Errors
/// The browser has to be closed first (`session.same_browser`).
pub(super) fn opened_or_new(world: &World, headers: &HeaderMap) -> Result<SessionId, Invalid> {
    let stays = world.profile.session.same_browser == SameBrowser::StaysInvalid;
    match opened(world, headers) {
        Err(invalid) if stays && cookie(world, headers) == Some(OVER) => Err(invalid),
        session => Ok(session.unwrap_or_else(|_| world.sessions.begin())),
    }
}

/// The session cookie's value. Of other cookies nobody knows what they hold, so no text is asked of them.
fn cookie<'a>(world: &World, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = world.profile.wire.cookie.as_bytes();
    let values = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let value = values.flat_map(|value| value.split(|byte| *byte == b';')).find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name)?.trim_ascii_start();
        value.strip_prefix(b"=").map(<[u8]>::trim_ascii)
    })?;
    std::str::from_utf8(value).ok()
}
