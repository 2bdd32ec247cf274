//! A folder in which `obn` works, and what every call of it there is given.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

use crate::built::built;
use crate::{Environment, Ran, run_with};

/// Someone who works with `obn`. The store is the folder `store`.
#[derive(Debug)]
pub struct Desk {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Desk {
    /// With the address and the root of a simulator, its own clock and English messages.
    pub fn new(env: &Environment) -> Self {
        let desk = Self { folder: tempfile::tempdir().expect("a folder"), environment: Vec::new() };
        std::fs::write(desk.path("root.pem"), env.tls().roots).expect("the folder is ours");
        let root = desk.path("root.pem").display().to_string();
        let store = desk.path("store").display().to_string();
        desk.with("OBN_URL", &env.simulator.portal_url())
            .with("OBN_ROOT", &root)
            .with("OBN_STORE", &store)
            .with("OBN_LANG", "en")
            .with("OBN_NOW", crate::NOON)
            .with("OBN_POLL_INTERVAL", "0")
    }

    /// With this in the environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file or folder here.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command line `obn …` here.
    pub fn obn(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&Self::program());
        command.args(arguments);
        command
    }

    /// Any command here, with the same environment and the `PATH` of this process.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.folder.path()).env("HOME", self.folder.path());
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(self.environment.iter().cloned()).kill_on_drop(true);
        command
    }

    /// Where `obn` is.
    pub fn program() -> PathBuf {
        built("obn", "obn-client", "client")
    }

    /// Runs `obn` to its end, with this on standard input.
    pub async fn run(&self, arguments: &[&str], input: &str) -> Ran {
        run_with(&mut self.obn(arguments), input).await
    }
}
