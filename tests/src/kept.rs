//! A store that outlives its simulators.

use obn_ca::Options;
use obn_ca::store::StoreUrl;
use tempfile::TempDir;

use crate::{Cluster, Database, Environment};

/// A store of one's own, to be opened again and again. `default` is one in a file.
#[derive(Debug)]
pub struct Kept(Place);

#[derive(Debug)]
enum Place {
    Folder(TempDir),
    Database(Database),
}

impl Default for Kept {
    fn default() -> Self {
        Self(Place::Folder(tempfile::tempdir().expect("a folder")))
    }
}

impl Kept {
    /// One on PostgreSQL. `None`: it isn't installed.
    pub async fn on_postgres() -> Option<Self> {
        Some(Self(Place::Database(Cluster::shared().await?.database().await)))
    }

    /// What `--store` takes.
    pub fn url(&self) -> String {
        match &self.0 {
            Place::Folder(folder) => StoreUrl::Sqlite(folder.path().join("a.db")).to_string(),
            Place::Database(database) => database.url(),
        }
    }

    /// What opens it.
    pub fn options(&self) -> Options {
        Options { store: self.url().parse().expect("it is one"), ..Options::for_tests() }
    }

    /// Opens it. [`Environment::stop`] closes it again.
    pub async fn open(&self) -> Environment {
        Environment::options(self.options()).await
    }

    /// Opens it with these keys of the profile (TOML).
    pub async fn open_with(&self, profile: &str) -> Environment {
        Environment::options(self.options().profile(crate::environment::profile(profile))).await
    }
}

/// A test that is played with a store in a file, and with one on PostgreSQL.
#[macro_export]
macro_rules! on_each_store {
    (async fn $name:ident($kept:ident: Kept) $body:block) => {
        mod $name {
            use super::*;

            async fn play($kept: Kept) $body

            #[tokio::test]
            async fn in_a_file() {
                play(Kept::default()).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(kept) = Kept::on_postgres().await {
                    play(kept).await;
                }
            }
        }
    };
}
