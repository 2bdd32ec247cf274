//! A sentence in both languages.

use std::fmt;

use crate::language::Language;

/// The same in Japanese and English: a lower-case fragment in English, so that it fits behind the name of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In Japanese.
    pub japanese: String,
    /// In English.
    pub english: String,
}

impl Words {
    /// The same in both languages.
    pub fn new(japanese: impl Into<String>, english: impl Into<String>) -> Self {
        Self { japanese: japanese.into(), english: english.into() }
    }

    /// What is no language, such as a name, or what another program said.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { japanese: text.clone(), english: text }
    }

    /// In this language.
    pub fn speak(&self, language: Language) -> &str {
        language.pick(&self.japanese, &self.english)
    }

    /// With what it is about before it, such as the name of a file.
    #[must_use]
    pub fn about(self, place: impl fmt::Display) -> Self {
        Self {
            japanese: format!("{place}: {}", self.japanese),
            english: format!("{place}: {}", self.english),
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

impl std::error::Error for Words {}

/// [`Words`] from two format strings, of which each may name what is at hand: `words!("{file} がありません", "no {file}")`.
#[macro_export]
macro_rules! words {
    ($japanese:literal, $english:literal $(,)?) => {
        $crate::Words { japanese: format!($japanese), english: format!($english) }
    };
}
