//! What reports of a sweep say alike.

use crate::sweep::reading::Reading;

/// Letters of a line of output that are shown.
const SAID: usize = 300;

/// Why nothing is known of a reading.
pub(super) const UNCHECKED: &str = "no scenario that was played goes through a page that it changes";

/// What the reading means for who wrote the client.
pub(super) fn guess(reading: &Reading) -> String {
    match reading.changes.as_slice() {
        [change] => {
            let (key, default) = (change.key, &change.default);
            format!("your program depends on a guess about the real site: that {key} is {default}")
        }
        _ => format!("your program depends on guesses about the real site: it fails at {}", reading.name.en),
    }
}

/// Some clients print whole pages.
pub(super) fn shortened(said: &str) -> String {
    match said.char_indices().nth(SAID) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said.to_owned(),
    }
}
