//! Programs of others: OpenSSL, NSS, Java, GnuTLS, Python, Chromium.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Whether a tool is there. If not, says that the test is skipped; with `OBN_TESTS_REQUIRE_ALL=1` the test
/// fails instead, so that nothing is skipped unseen where everything should be there.
pub fn require(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps some tools out of a user's path.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    if folders.into_iter().any(|folder| folder.join(tool).is_file()) {
        return true;
    }
    missing(tool);
    false
}

/// The same for several: each is asked for, so that all that are missing are told.
pub fn require_all(tools: &[&str]) -> bool {
    let there: Vec<_> = tools.iter().map(|tool| require(tool)).collect();
    there.into_iter().all(|there| there)
}

/// Whether a file of somebody else's is there, as [`require`] has it for programs.
pub fn require_file(path: &str) -> bool {
    let there = Path::new(path).is_file();
    if !there {
        missing(path);
    }
    there
}

/// A Python that has this module, as [`require`] has it: the one in the path, otherwise Debian's.
pub async fn python_with(module: &str) -> Option<&'static str> {
    for python in ["python3", "/usr/bin/python3"] {
        let asked = Command::new(python).args(["-c", &format!("import {module}")]).output().await;
        if asked.is_ok_and(|output| output.status.success()) {
            return Some(python);
        }
    }
    missing(&format!("Python's {module}"));
    None
}

/// Whether a program may be shown files of its own in the machine's folders (Linux, as root), as [`require`] has it.
pub async fn require_mounts() -> bool {
    if !require("unshare") {
        return false;
    }
    let may = run("unshare", &["-m", "true"]).await.status == Some(0);
    if !may {
        missing("unshare -m");
    }
    may
}

/// A command for which the real host names lead to this machine: it sees an `/etc/hosts` of its own.
pub fn at_the_real_names(program: &str) -> Command {
    const HOSTS: &str = "127.0.0.1 localhost cert.obn.managedpki.ne.jp crldownload.obn.managedpki.ne.jp";
    let mut command = Command::new("unshare");
    let script = "hosts=$(mktemp); echo \"$0\" >\"$hosts\"; mount --bind \"$hosts\" /etc/hosts; rm \"$hosts\"; exec \"$@\"";
    command.args(["-m", "sh", "-ec", script, HOSTS, program]);
    command
}

fn missing(tool: &str) {
    let forced = std::env::var_os("OBN_TESTS_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!forced, "{tool} is not installed, and OBN_TESTS_REQUIRE_ALL=1 wants it");
    eprintln!("SKIPPED: {tool} is not installed");
}

/// What a program answered.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The command line.
    pub command: String,
    /// Exit status; `None` after a signal.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Both outputs, if it went well.
    pub fn ok(self) -> String {
        assert_eq!(self.status, Some(0), "{} failed:\n{}{}", self.command, self.stdout, self.stderr);
        self.stdout + &self.stderr
    }

    /// Both outputs, if it did not go well.
    pub fn refused(self) -> String {
        let failed = self.status.is_some_and(|status| status != 0);
        assert!(failed, "{} should have failed:\n{}{}", self.command, self.stdout, self.stderr);
        self.stdout + &self.stderr
    }
}

/// Runs a command line to its end, without input.
pub async fn run(program: &str, arguments: &[&str]) -> Ran {
    run_with(Command::new(program).args(arguments), "").await
}

/// Runs a command to its end, with this on standard input.
pub async fn run_with(command: &mut Command, input: &str) -> Ran {
    let shown = format!("{:?}", command.as_std());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{shown}: {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that doesn't read its input may be gone already.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap_or_else(|error| panic!("{shown}: {error}"));
    Ran {
        command: shown,
        status: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
