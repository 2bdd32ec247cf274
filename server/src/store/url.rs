//! Where a store is: `memory:`, `sqlite:PATH` or `postgres://…`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use obn_speech::{Words, words};

/// Where to keep things: `memory:`, `sqlite:PATH` or, with the feature `postgres`, `postgres://…`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreUrl {
    /// Gone with the process.
    #[default]
    Memory,
    /// A file, created if it isn't there.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(PostgresUrl),
}

/// `postgres://USER:PASSWORD@HOST/DATABASE`. The password is never shown.
#[cfg(feature = "postgres")]
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

#[cfg(feature = "postgres")]
impl PostgresUrl {
    /// With the password.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// The files that it names for TLS, with their parameters.
    pub(super) fn files(&self) -> impl Iterator<Item = (String, PathBuf)> {
        let (_, query) = self.0.split_once('?').unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| matches!(&**name, "sslrootcert" | "sslcert" | "sslkey"))
            .map(|(name, value)| (name.into_owned(), PathBuf::from(&*value)))
    }
}

#[cfg(feature = "postgres")]
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, rest) = self.0.split_once("://").unwrap_or_default();
        let rest = rest.split('?').next().unwrap_or_default();
        match rest.rsplit_once('@') {
            Some((user, place)) => {
                write!(f, "postgres://{}@{place}", user.split(':').next().unwrap_or_default())
            }
            None => write!(f, "postgres://{rest}"),
        }
    }
}

#[cfg(feature = "postgres")]
impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StoreUrl {
    /// Whether nothing is kept there yet.
    pub fn is_new(&self) -> bool {
        match self {
            Self::Memory => true,
            Self::Sqlite(path) => !path.exists(),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => false,
        }
    }
}

impl FromStr for StoreUrl {
    type Err = Words;

    fn from_str(text: &str) -> Result<Self, Words> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            #[cfg(feature = "postgres")]
            return Ok(Self::Postgres(PostgresUrl(text.to_owned())));
            #[cfg(not(feature = "postgres"))]
            return Err(words!(
                "この obn-ca は PostgreSQL なしで作られています。memory: または sqlite:パス を指定してください",
                "this obn-ca was built without PostgreSQL: use memory: or sqlite:PATH"
            ));
        }
        let path = match text.strip_prefix("sqlite:") {
            _ if matches!(text, "memory:" | "memory" | ":memory:" | "sqlite::memory:") => {
                return Ok(Self::Memory);
            }
            Some(path) if !path.is_empty() => path,
            #[cfg(feature = "postgres")]
            _ => {
                return Err(words!(
                    "memory:、sqlite:パス、postgres://ユーザー@ホスト/データベース のいずれかを指定してください",
                    "{text:?} is no store: use memory:, sqlite:PATH or postgres://USER@HOST/DATABASE"
                ));
            }
            #[cfg(not(feature = "postgres"))]
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
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "postgres")]
    #[test]
    fn a_server_is_shown_without_its_password() {
        for (text, shown) in [
            ("postgres://me:secret@db:5432/ca?sslmode=require", "postgres://me@db:5432/ca"),
            ("postgresql://me:se%40cret@db/ca", "postgres://me@db/ca"),
            ("postgres://db/ca?user=me&password=secret", "postgres://db/ca"),
            ("postgres:///ca", "postgres:///ca"),
        ] {
            let url: StoreUrl = text.parse().unwrap();
            assert_eq!((url.to_string(), format!("{url:?}").contains("cret")), (shown.to_owned(), false));
        }
    }

    #[cfg(not(feature = "postgres"))]
    #[test]
    fn without_the_feature_a_server_is_refused_in_one_line() {
        let told = "postgres://me@db/ca".parse::<StoreUrl>().unwrap_err();
        assert!(told.english.contains("without PostgreSQL") && told.english.lines().count() == 1);
    }

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
            "a.db",
        ] {
            assert!(text.parse::<StoreUrl>().is_err(), "{text}");
        }
    }
}
