//! What reports say in both languages, or in the one that somebody reads.

pub use obn_speech::Language;
use serde::{Deserialize, Serialize};

/// The same in Japanese and English.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl Bilingual {
    pub(crate) fn of(ja: &str, en: &str) -> Self {
        Self { ja: ja.to_owned(), en: en.to_owned() }
    }

    /// What is no language, such as a key.
    pub(crate) fn same(text: &str) -> Self {
        Self::of(text, text)
    }
}
