//! The pages of `obn-conformance serve`, as a process of their own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::{Control, Program, Transcript};

/// A running server; killed when it is dropped.
#[derive(Debug)]
pub struct Studio {
    /// Its first page, without the slash at the end.
    pub url: String,
    /// Someone who calls it without a browser.
    pub control: Control,
    folder: TempDir,
    child: Child,
}

#[derive(Deserialize)]
struct Ready {
    url: String,
}

impl Studio {
    /// Starts it in an empty folder, with `obn` on the path of its commands, and these in its `commands.toml`.
    pub async fn start(commands: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("commands.toml"), commands).expect("the folder is ours");
        let [_, (_, obn), (_, harness)] = Program::all();
        let mut child = Command::new(harness);
        child.args(["serve", "--listen", "127.0.0.1:0", "--dir"]).arg(folder.path()).args(arguments);
        child.env("PATH", path_with(&obn)).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut child = child.spawn().expect("the program was built");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let line = lines.next_line().await.expect("it says text").expect("it says where it is");
        let Ready { url } = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let url = url.trim_end_matches('/').to_owned();
        let control = Control::new(&url, &Transcript::default());
        Self { url, control, folder, child }
    }

    /// A line of `commands.toml`: our own client as a command under test, and its name.
    pub fn our_client() -> String {
        format!("obn = ['sh', '{}']\n", Self::adapter().display())
    }

    /// The script that runs our own client as the contract wants it.
    pub fn adapter() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("client").join("conformance/obn.sh")
    }

    /// A path on which `obn` is found.
    pub fn path() -> std::ffi::OsString {
        path_with(&Program::all()[1].1)
    }

    /// The folder of its runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The runs that it has kept.
    pub fn runs(&self) -> Vec<String> {
        let runs = std::fs::read_dir(self.folder().join("runs")).expect("it made the folder");
        let mut names: Vec<_> =
            runs.map(|run| run.expect("it is ours").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Asks it to end (SIGTERM), and answers with its exit status.
    pub async fn end(mut self) -> (Option<i32>, TempDir) {
        let pid = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id.try_into().ok()?));
        rustix::process::kill_process(pid.expect("it runs"), rustix::process::Signal::TERM).expect("it runs");
        (self.child.wait().await.expect("it ends").code(), self.folder)
    }
}

fn path_with(program: &Path) -> std::ffi::OsString {
    let mut path = program.parent().expect("it lies in a folder").as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}
