//! The program `obn-ca` as a process of its own.

use std::path::PathBuf;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::built::built;
use crate::transcript::PrintOnFailure;
use crate::{Browser, Control, Notice, Pfx, Ran, Tls, Transcript, run_with};

/// A running `obn-ca`; killed when it is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// Reads what it says on standard error.
    says: JoinHandle<String>,
    /// What it said when it was ready.
    pub ready: Ready,
    /// Its control API.
    pub control: Control,
    /// What was sent and answered.
    pub transcript: Transcript,
    _transcript: PrintOnFailure,
}

/// The line of JSON on standard output.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// URL of the portal.
    pub portal: String,
    /// URL of control.
    pub control: String,
    /// URL of plain HTTP, if there is any.
    pub http: Option<String>,
    /// URL of the listener for renewals, if there is one.
    pub renewal: Option<String>,
    /// URL of the sites that the certificate is for, if they are served.
    pub relying_party: Option<String>,
    /// The sample notice, if there is one.
    pub sample_notice: Option<Notice>,
}

impl Program {
    /// The command with free ports, without anything that the environment might say.
    pub fn command(arguments: &[&str]) -> Command {
        Self::command_in(Command::new(path()), arguments)
    }

    /// The same, started by another program, such as `unshare`.
    pub fn command_in(mut starter: Command, arguments: &[&str]) -> Command {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("OBN_CA_") {
                starter.env_remove(name);
            }
        }
        starter.env("OBN_LANG", "en").args(arguments);
        for (option, value) in
            [("--listen", "127.0.0.1:0"), ("--control", "127.0.0.1:0"), ("--key-pool", "1")]
        {
            if !arguments.contains(&option) {
                starter.args([option, value]);
            }
        }
        starter
    }

    /// Starts it and waits until it is ready.
    pub async fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[]).await
    }

    /// The same with these variables in its environment.
    pub async fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Self::command(arguments);
        command.envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("the program was built");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let Ok(Some(line)) = lines.next_line().await else {
            let output = child.wait_with_output().await.expect("it ends");
            panic!("{arguments:?}: not ready: {}", String::from_utf8_lossy(&output.stderr));
        };
        assert!(line.is_ascii(), "in another encoding it would read differently: {line}");
        let ready: Ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let transcript = Transcript::default();
        let control = Control::new(&ready.control, &transcript);
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let heard = transcript.clone();
        let says = tokio::spawn(async move {
            let mut said = String::new();
            while let Some(line) = lines.next_line().await.expect("it says text") {
                heard.note(format!("obn-ca says: {line}"));
                said = said + &line + "\n";
            }
            said
        });
        let _transcript = PrintOnFailure(transcript.clone());
        Self { child, says, ready, control, transcript, _transcript }
    }

    /// The three programs by name, built.
    pub fn all() -> [(&'static str, PathBuf); 3] {
        [
            ("obn-ca", path()),
            ("obn", built("obn", "obn-client", "client")),
            ("obn-conformance", built("obn-conformance", "obn-conformance", "scenarios")),
        ]
    }

    /// Runs it where it can't start, and answers with how it ended.
    pub async fn fail(arguments: &[&str]) -> Ran {
        run_with(&mut Self::command(arguments), "").await
    }

    /// A browser that trusts its root and nothing else.
    pub async fn browser(&self) -> Browser {
        self.browser_with(&self.tls().await)
    }

    /// A browser that shows this client certificate.
    pub async fn browser_showing(&self, identity: &Pfx) -> Browser {
        self.browser_with(&self.tls().await.showing(identity))
    }

    fn browser_with(&self, tls: &Tls) -> Browser {
        Browser::new(&self.ready.portal, tls, &[], &self.transcript)
    }

    /// Trust in its root.
    pub async fn tls(&self) -> Tls {
        Tls::trusting(self.control.text("/root.pem").await)
    }

    /// Its process ID.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) {
        let pid = i32::try_from(self.id()).ok().and_then(Pid::from_raw).expect("a process ID");
        kill_process(pid, Signal::TERM).expect("it runs");
    }

    /// Ends it at once (SIGKILL).
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Waits for its end; answers with its status and what it said on standard error.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().await.expect("it ends");
        (status.code(), self.says.await.expect("it only reads"))
    }
}

fn path() -> PathBuf {
    built("obn-ca", "obn-ca", "server")
}
