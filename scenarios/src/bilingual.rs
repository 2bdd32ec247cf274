//! What reports say in both languages, or in the one that somebody reads.

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

/// The language of a text for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl Language {
    /// The language that a locale such as `ja_JP.UTF-8` asks for: Japanese, or for all others English.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ja") { Self::Ja } else { Self::En }
    }

    /// The text in this language.
    pub(crate) fn pick<T>(self, japanese: T, english: T) -> T {
        match self {
            Self::Ja => japanese,
            Self::En => english,
        }
    }
}
