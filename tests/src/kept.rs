//! A store that outlives its simulators.

use obn_ca::Options;
use obn_ca::store::StoreUrl;
use tempfile::TempDir;

use crate::Environment;

/// A store in a folder of its own, to be opened again and again.
#[derive(Debug)]
pub struct Kept(TempDir);

impl Default for Kept {
    fn default() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }
}

impl Kept {
    /// What opens it.
    pub fn options(&self) -> Options {
        let store = StoreUrl::Sqlite(self.0.path().join("a.db"));
        Options { store, ..Options::for_tests() }
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
