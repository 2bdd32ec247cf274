//! The session cookie of a world on a port of its own.
//!
//! Cookies don't know ports (RFC 6265, 8.5). Worlds under one host name would take each other's sessions away in a browser,
//! so beyond the main listener the cookie has the world's name behind its own. Pages know nothing of it.

use axum::http::header::{self, HeaderMap, HeaderValue};

use crate::listener::{Listener, ListenerKind};
use crate::world::World;

/// What the session cookie is called by pages, and by browsers.
#[derive(Debug)]
pub(super) struct Renamed {
    inside: String,
    outside: String,
}

impl Renamed {
    /// `None`: both know it by one name.
    pub(super) fn on(listener: &Listener, world: &World) -> Option<Self> {
        let inside = &world.profile.wire.cookie;
        match &listener.kind {
            ListenerKind::OfWorld(name) => {
                Some(Self { inside: inside.clone(), outside: format!("{inside}-{name}") })
            }
            _ => None,
        }
    }

    /// Names it for the pages. What bears that name already is another world's.
    pub(super) fn enter(&self, headers: &mut HeaderMap) {
        let mut pairs: Vec<Vec<u8>> = Vec::new();
        for pair in cookies(headers) {
            match name_and_value(pair) {
                (name, Some(value)) if name == self.outside.as_bytes() => {
                    pairs.push([self.inside.as_bytes(), b"=", value].concat());
                }
                (name, _) if name == self.inside.as_bytes() => {}
                _ => pairs.push(pair.to_vec()),
            }
        }
        put(headers, &pairs);
    }

    /// Names it for the browser.
    pub(super) fn leave(&self, headers: &mut HeaderMap) {
        let set: Vec<_> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
        headers.remove(header::SET_COOKIE);
        for cookie in set {
            let renamed = cookie.as_bytes().strip_prefix(self.inside.as_bytes());
            let renamed = renamed.filter(|rest| rest.starts_with(b"="));
            let renamed = renamed.map(|rest| [self.outside.as_bytes(), rest].concat());
            let renamed = renamed.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
            headers.append(header::SET_COOKIE, renamed.unwrap_or(cookie));
        }
    }
}

/// Takes the session cookie out of a request, as if its session had been thrown away.
pub(super) fn forget_session(world: &World, headers: &mut HeaderMap) {
    let ours = |pair: &&[u8]| name_and_value(pair).0 == world.profile.wire.cookie.as_bytes();
    let others: Vec<_> = cookies(headers).filter(|pair| !ours(pair)).map(<[u8]>::to_vec).collect();
    put(headers, &others);
}

/// The cookies of a request, each as `name=value`. Other sites' may hold any bytes.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let pairs = values.flat_map(|value| value.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    pairs.filter(|pair| !pair.is_empty())
}

fn name_and_value(pair: &[u8]) -> (&[u8], Option<&[u8]>) {
    match pair.iter().position(|byte| *byte == b'=') {
        Some(place) => (pair[..place].trim_ascii(), Some(&pair[place + 1..])),
        None => (pair, None),
    }
}

fn put(headers: &mut HeaderMap, pairs: &[Vec<u8>]) {
    headers.remove(header::COOKIE);
    if let Ok(value) = HeaderValue::from_bytes(&pairs.join(&b"; "[..]))
        && !pairs.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed() -> Renamed {
        Renamed { inside: "OBNSESSION".to_owned(), outside: "OBNSESSION-one".to_owned() }
    }

    #[test]
    fn the_world_s_own_cookie_takes_the_place_of_the_one_of_another_port() {
        let entered = |cookie: &[u8]| {
            let mut headers =
                HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_bytes(cookie).unwrap())]);
            renamed().enter(&mut headers);
            headers.get(header::COOKIE).map(|value| value.as_bytes().to_vec()).unwrap_or_default()
        };
        assert_eq!(entered(b"OBNSESSION=a; OBNSESSION-one=b=; x=\xff"), b"OBNSESSION=b=; x=\xff");
        assert_eq!(entered(b"OBNSESSION=a"), b"");
        assert_eq!(entered(b"OBNSESSION-two=a; flag"), b"OBNSESSION-two=a; flag");
    }

    #[test]
    fn only_the_session_cookie_has_another_name_outside() {
        let cookies = ["OBNSESSION=a; Path=/p", "OBNSESSION2=b"].map(HeaderValue::from_static);
        let mut headers = HeaderMap::from_iter(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
        renamed().leave(&mut headers);
        let set: Vec<_> = headers.get_all(header::SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
        assert_eq!(set, ["OBNSESSION-one=a; Path=/p", "OBNSESSION2=b"]);
    }
}
