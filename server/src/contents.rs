//! What was sent and answered on the portal, bodies and all. It is kept only while a tester asks for it, of the last
//! exchanges, and within bounds. The journal has no passwords and no keys; this has all of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Uri, Version};
use futures_util::StreamExt;
use jiff::Timestamp;

/// Of all bodies of a world, in bytes.
const MOST_BYTES: usize = 16 << 20;
/// Of one body; a longer one is left out.
pub(crate) const LONGEST_BODY: usize = 1 << 20;

/// A world's contents.
#[derive(Debug, Default)]
pub(crate) struct Contents(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// How many exchanges are kept; 0: none.
    most: usize,
    bytes: usize,
    exchanges: VecDeque<Arc<Recorded>>,
}

/// An exchange.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// Simulated time of the answer.
    pub(crate) time: Timestamp,
    pub(crate) version: Version,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) sent: HeaderMap,
    pub(crate) form: Vec<u8>,
    /// 0: nothing went out.
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Nothing if it was too long.
    pub(crate) body: Option<Bytes>,
}

/// A request as it goes by.
#[derive(Debug)]
pub(crate) struct Passing {
    version: Version,
    method: Method,
    uri: Uri,
    sent: HeaderMap,
    form: Arc<Mutex<Vec<u8>>>,
}

impl Contents {
    /// Keeps so many exchanges from now on, and forgets those that are more; 0 forgets all.
    pub(crate) fn keep(&self, most: usize) {
        let mut kept = self.lock();
        kept.most = most;
        kept.trim();
    }

    /// How many exchanges are kept at most, and how many there are.
    pub(crate) fn size(&self) -> (usize, usize) {
        let kept = self.lock();
        (kept.most, kept.exchanges.len())
    }

    /// The exchanges, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Recorded>> {
        self.lock().exchanges.iter().cloned().collect()
    }

    /// Begins to keep a request, if anything is kept; whoever reads its body reads it as before.
    pub(crate) fn watch(&self, request: &mut axum::extract::Request) -> Option<Passing> {
        if self.lock().most == 0 {
            return None;
        }
        let form = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&form);
        let body = std::mem::take(request.body_mut()).into_data_stream();
        *request.body_mut() = Body::from_stream(body.inspect(move |piece| {
            let mut form = copy.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(piece) = piece
                && form.len() + piece.len() <= LONGEST_BODY
            {
                form.extend_from_slice(piece);
            }
        }));
        Some(Passing {
            version: request.version(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            sent: request.headers().clone(),
            form,
        })
    }

    /// Keeps an exchange that is over.
    pub(crate) fn add(
        &self,
        passing: Passing,
        time: Timestamp,
        status: u16,
        headers: &HeaderMap,
        body: Option<Bytes>,
    ) {
        let form = std::mem::take(&mut *passing.form.lock().unwrap_or_else(PoisonError::into_inner));
        let Passing { version, method, uri, sent, .. } = passing;
        let headers = headers.clone();
        let recorded = Recorded { time, version, method, uri, sent, form, status, headers, body };
        let mut kept = self.lock();
        kept.bytes += recorded.bytes();
        kept.exchanges.push_back(Arc::new(recorded));
        kept.trim();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn trim(&mut self) {
        while self.exchanges.len() > self.most || self.bytes > MOST_BYTES {
            let Some(oldest) = self.exchanges.pop_front() else { return };
            self.bytes -= oldest.bytes();
        }
    }
}

impl Recorded {
    /// What it weighs, with its headers.
    fn bytes(&self) -> usize {
        let of = |headers: &HeaderMap| -> usize {
            headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 64).sum()
        };
        let body = self.body.as_ref().map_or(0, Bytes::len);
        of(&self.sent) + of(&self.headers) + self.form.len() + body + 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(contents: &Contents, body: usize) {
        let mut request = axum::extract::Request::new(Body::from("a=b"));
        if let Some(passing) = contents.watch(&mut request) {
            let body = Bytes::from(vec![0; body]);
            contents.add(passing, Timestamp::UNIX_EPOCH, 200, &HeaderMap::new(), Some(body));
        }
    }

    #[test]
    fn nothing_is_kept_unless_somebody_asks_and_then_no_more_than_that() {
        let contents = Contents::default();
        add(&contents, 1);
        assert_eq!(contents.size(), (0, 0));
        contents.keep(3);
        (0..5).for_each(|_| add(&contents, 1));
        assert_eq!(contents.size(), (3, 3));
        (0..40).for_each(|_| add(&contents, LONGEST_BODY));
        contents.keep(100);
        (0..40).for_each(|_| add(&contents, LONGEST_BODY));
        assert_eq!(contents.size(), (100, 15), "16 MiB with their headers");
        contents.keep(0);
        assert_eq!(contents.size(), (0, 0));
    }
}
