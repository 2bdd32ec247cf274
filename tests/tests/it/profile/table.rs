//! The table: a key, another value, where to look, and what is seen with the default and with the
//! other value. One look serves both sides, so that nothing but the key can make the difference.

use std::pin::Pin;
use std::sync::Arc;

use obn_ca::profile::Profile;
use obn_tests::Environment;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::ground::Ground;

/// Does something to a world from outside, and says what came of it.
pub(crate) type Look = fn(Environment) -> Pin<Box<dyn Future<Output = String> + Send>>;

/// Makes a [`Look`] of an `async fn(Environment) -> String`.
macro_rules! look {
    ($function:path) => {
        (|env| Box::pin($function(env))) as crate::profile::table::Look
    };
}
pub(crate) use look;

/// One key and one turn of it.
pub(crate) struct Row {
    /// `section.key`
    pub(crate) key: &'static str,
    /// TOML of the other value.
    turned: String,
    /// Dotted keys of TOML that both sides need.
    with: &'static str,
    /// Whether it needs CAs of its own.
    fresh: bool,
    /// Whether what is seen is the whole of it or stands somewhere in it.
    within: bool,
    look: Look,
    default: String,
    other: String,
}

impl Row {
    pub(crate) fn new(key: &'static str, turned: &str, look: Look, default: &str, other: &str) -> Self {
        let (turned, default, other) = (turned.to_owned(), default.to_owned(), other.to_owned());
        Self { key, turned, with: "", fresh: false, within: false, look, default, other }
    }

    pub(crate) fn with(self, with: &'static str) -> Self {
        Self { with, ..self }
    }

    pub(crate) fn fresh(self) -> Self {
        Self { fresh: true, ..self }
    }

    pub(crate) fn within(self) -> Self {
        Self { within: true, ..self }
    }

    /// The two profiles: by default and turned.
    fn profiles(&self) -> [String; 2] {
        [self.with.to_owned(), format!("{}\n{} = {}\n", self.with, self.key, self.turned)]
    }

    /// What is wrong with what was seen.
    fn judge(&self, seen: &[String; 2]) -> Option<String> {
        let fits = |seen: &String, expected: &String| match self.within {
            true => seen.contains(expected),
            false => seen == expected,
        };
        let good = fits(&seen[0], &self.default) && fits(&seen[1], &self.other);
        let told_apart = !fits(&seen[0], &self.other) && !fits(&seen[1], &self.default);
        (!good || !told_apart).then(|| {
            format!(
                "{} = {}\n  by default: {:?}\n    expected: {:?}\n  turned:     {:?}\n    expected: {:?}",
                self.key, self.turned, seen[0], self.default, seen[1], self.other
            )
        })
    }
}

/// Turns every key of these rows, several at a time, and tells all that went wrong.
pub(crate) async fn turn(rows: Vec<Row>) {
    let ground = Ground::start().await;
    let several = Arc::new(Semaphore::new(4));
    let mut tasks = JoinSet::new();
    for row in rows {
        let (ground, several) = (Arc::clone(&ground), Arc::clone(&several));
        let key = row.key;
        tasks.spawn(async move {
            let _one_of_several = several.acquire_owned().await.unwrap();
            let checked = tokio::spawn(async move {
                let [default, turned] = row.profiles();
                let parse = |text: &str| Profile::from_toml(text).unwrap_or_else(|e| panic!("{text}: {e}"));
                assert_ne!(parse(&default), parse(&turned), "the key is not turned");
                let default = (row.look)(ground.world(&default, row.fresh).await).await;
                let turned = (row.look)(ground.world(&turned, row.fresh).await).await;
                row.judge(&[default, turned])
            });
            checked.await.unwrap_or_else(|panicked| Some(format!("{key}: {panicked}")))
        });
    }
    let wrong: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of the keys:\n{}", wrong.len(), wrong.join("\n"));
}
