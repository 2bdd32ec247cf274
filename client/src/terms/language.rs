//! The two languages that messages are written in.

use std::str::FromStr;

/// The language of a message to a person. The site itself is Japanese only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Japanese.
    Japanese,
    /// English.
    #[default]
    English,
}

impl Language {
    /// The language that a locale name such as `ja_JP.UTF-8` asks for: Japanese or, for all others, English.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ja") { Self::Japanese } else { Self::English }
    }

    /// The text in this language.
    pub(crate) fn pick<T>(self, japanese: T, english: T) -> T {
        match self {
            Self::Japanese => japanese,
            Self::English => english,
        }
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ja" => Ok(Self::Japanese),
            "en" => Ok(Self::English),
            other => Err(format!("`{other}` is neither `ja` nor `en`")),
        }
    }
}
