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
    /// These two.
    pub fn of(ja: &str, en: &str) -> Self {
        Self { ja: ja.to_owned(), en: en.to_owned() }
    }

    /// What is no language, such as a key, or what somebody else said.
    pub fn same(text: &str) -> Self {
        Self::of(text, text)
    }

    /// The text in this language.
    pub fn pick(&self, language: Language) -> &str {
        language.pick(&self.ja, &self.en)
    }

    /// Both on one line, for whoever reads it.
    pub(crate) fn both(&self) -> String {
        format!("{} / {}", self.ja, self.en)
    }

    /// Both, changed alike.
    pub(crate) fn map(self, change: impl Fn(String) -> String) -> Self {
        Self { ja: change(self.ja), en: change(self.en) }
    }

    /// One of these.
    pub(crate) fn any_of(items: impl IntoIterator<Item = Self>) -> Self {
        let (ja, en): (Vec<_>, Vec<_>) = items.into_iter().map(|it| (it.ja, it.en)).unzip();
        Self { ja: ja.join(" か "), en: en.join(" or ") }
    }
}

/// Declares what can be said of something: the kinds of it, each with its wording in English and in Japanese, in which
/// its fields stand by their names.
macro_rules! wording {
    (
        $(#[$attribute:meta])*
        $vis:vis enum $name:ident {
            $(
                $(#[$of_variant:meta])*
                $variant:ident $({ $($field:ident: $type:ty),+ $(,)? })? =>
                    $en:literal $(, $en_argument:expr)*; $ja:literal $(, $ja_argument:expr)*;
            )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$of_variant])* $variant $({ $($field: $type),+ })?,)+
        }

        impl $name {
            /// In both languages.
            $vis fn words(&self) -> $crate::bilingual::Bilingual {
                match self {
                    $(Self::$variant $({ $($field),+ })? => $crate::bilingual::Bilingual {
                        en: format!($en $(, $en_argument)*),
                        ja: format!($ja $(, $ja_argument)*),
                    },)+
                }
            }
        }

        impl From<$name> for $crate::bilingual::Bilingual {
            fn from(said: $name) -> Self {
                said.words()
            }
        }
    };
}

pub(crate) use wording;

/// What somebody else said, or what is no language.
#[derive(Clone, Debug)]
pub(crate) struct Verbatim(pub(crate) String);

impl From<Verbatim> for Bilingual {
    fn from(said: Verbatim) -> Self {
        Self::same(&said.0)
    }
}
