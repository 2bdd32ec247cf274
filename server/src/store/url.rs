//! Where a store is: `memory:` or `sqlite:PATH`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use obn_speech::{Words, words};

/// Where to keep things: `memory:` or `sqlite:PATH`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreUrl {
    /// Gone with the process.
    #[default]
    Memory,
    /// A file, created if it isn't there.
    Sqlite(PathBuf),
}

impl StoreUrl {
    /// Whether nothing is kept there yet.
    pub fn is_new(&self) -> bool {
        match self {
            Self::Memory => true,
            Self::Sqlite(path) => !path.exists(),
        }
    }
}

impl FromStr for StoreUrl {
    type Err = Words;

    fn from_str(text: &str) -> Result<Self, Words> {
        let path = match text.strip_prefix("sqlite:") {
            _ if matches!(text, "memory:" | "memory" | ":memory:" | "sqlite::memory:") => {
                return Ok(Self::Memory);
            }
            Some(path) if !path.is_empty() => path,
            _ => {
                return Err(words!(
                    "memory: または sqlite:パス を指定してください",
                    "{text:?} is no store: use memory: or sqlite:PATH"
                ));
            }
        };
        // SQLite itself, and what else speaks of its files by URL, read these each in a way of their own.
        if path.starts_with("//")
            || path.starts_with("file:")
            || path.contains(['?', '\0'])
            || path == ":memory:"
        {
            return Err(words!(
                "sqlite: の後には sqlite:/data/obn-ca.db や sqlite:obn-ca.db のようにパスだけを指定してください。memory: は保存しません",
                "{text:?} is no store: after sqlite: stands a path and nothing else, such as sqlite:/data/obn-ca.db \
                 or sqlite:obn-ca.db; memory: keeps nothing"
            ));
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_memory_or_a_path_and_no_url_of_others() {
        for text in ["memory:", "memory", ":memory:", "sqlite::memory:"] {
            assert_eq!(text.parse(), Ok(StoreUrl::Memory), "{text}");
        }
        for path in ["a.db", "/data/a b.db", "./a:b.db", "データ.db"] {
            assert_eq!(format!("sqlite:{path}").parse(), Ok(StoreUrl::Sqlite(path.into())), "{path}");
        }
        for text in [
            "",
            "sqlite",
            "sqlite:",
            "sqlite://a.db",
            "sqlite:///a.db",
            "sqlite://:memory:",
            "sqlite:file:a.db",
            "sqlite:file::memory:?cache=shared",
            "sqlite:a.db?mode=memory",
            "postgres://localhost/a",
            "a.db",
        ] {
            assert!(text.parse::<StoreUrl>().is_err(), "{text}");
        }
    }
}
