//! The two languages that messages are written in.

use std::str::FromStr;

use crate::words::Words;

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

    /// As options and HTML have it: `ja` or `en`.
    pub fn code(self) -> &'static str {
        self.pick("ja", "en")
    }

    /// The text in this language.
    pub fn pick<T>(self, japanese: T, english: T) -> T {
        match self {
            Self::Japanese => japanese,
            Self::English => english,
        }
    }
}

impl FromStr for Language {
    type Err = Words;

    fn from_str(text: &str) -> Result<Self, Words> {
        match text {
            "ja" => Ok(Self::Japanese),
            "en" => Ok(Self::English),
            other => Err(Words::new(
                "ja または en を指定してください",
                format!("`{other}` is neither `ja` nor `en`"),
            )),
        }
    }
}
