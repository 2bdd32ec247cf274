//! The addresses that were asked for with a query, whole: what a client writes there may be a secret, which the journal
//! never has. Nothing of them leaves the process: they are for who runs a simulator inside of their own, to judge a client.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::http::Uri;

/// So many are kept, and so many bytes of one.
const MOST: usize = 200;
const LONGEST: usize = 2000;

/// The last addresses with a query.
#[derive(Default)]
pub struct Addresses(Mutex<VecDeque<Box<str>>>);

impl Addresses {
    /// Keeps an address, if it has a query.
    pub(crate) fn note(&self, uri: &Uri) {
        let Some(whole) = uri.path_and_query().filter(|whole| whole.query().is_some()) else { return };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back(whole.as_str().chars().take(LONGEST).collect::<String>().into());
    }

    /// Paths with their queries as they came, oldest first.
    pub fn list(&self) -> Vec<Box<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Not what is in them.
impl std::fmt::Debug for Addresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Addresses")
    }
}
