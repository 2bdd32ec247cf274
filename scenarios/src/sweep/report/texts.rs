//! What reports of a sweep say alike.

use crate::bilingual::{Bilingual, wording};
use crate::sweep::reading::Reading;

/// Letters of a line of output that are shown.
const SAID: usize = 300;

wording! {
    /// What a reading means for who wrote the client.
    enum Said {
        Guess { key: String, default: String } =>
            "your program depends on a guess about the real site: that {key} is {default}";
            "お使いのプログラムは、実際のサイトの {key} が {default} であるという推測に依存しています";
        Guesses { name: Bilingual } =>
            "your program depends on guesses about the real site: it fails at {}", name.en;
            "お使いのプログラムは、実際のサイトについての推測に依存しています: {} では動作しません", name.ja;
        Unchecked => "no scenario that was played goes through a page that it changes";
            "実施したシナリオが、それによって変わるページを通らない";
    }
}

/// Why nothing is known of a reading.
pub(super) fn unchecked() -> Bilingual {
    Said::Unchecked.words()
}

/// What the reading means for who wrote the client.
pub(super) fn guess(reading: &Reading) -> Bilingual {
    let said = match reading.changes.as_slice() {
        [change] => Said::Guess { key: change.key.to_string(), default: change.default.clone() },
        _ => Said::Guesses { name: reading.name.clone() },
    };
    said.words()
}

/// Some clients print whole pages.
pub(super) fn shortened(said: &str) -> String {
    match said.char_indices().nth(SAID) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said.to_owned(),
    }
}
