//! The program as users run it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use obn_ca::{Options, Simulator};

use super::Api;

pub(crate) const SEED: &str = "bench";

/// The root of a seeded simulator, known before it is measured.
pub(crate) async fn root() -> Vec<u8> {
    let simulator = Simulator::start(Options::for_tests().seed(SEED)).await.expect("starts");
    let root = simulator.worlds().default_world().world.tls().root_pem().into_bytes();
    simulator.stop().await;
    root
}

/// The program as users run it.
pub(crate) struct Server {
    child: Child,
    pub(crate) portal: String,
    pub(crate) control: String,
}

impl Server {
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_obn-ca"), options)
    }

    pub(crate) fn of(program: &str, options: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let url = |name: &str| ready[name].as_str().expect("a URL").to_owned();
        Self { child, portal: url("portal"), control: url("control") }
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(&self.control)
    }

    /// Mebibytes of resident memory.
    pub(crate) fn resident(&self) -> f64 {
        self.memory("VmRSS:")
    }

    /// Mebibytes in this line of the process's status.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find(|line| line.starts_with(name)).expect("such a line");
        let kib: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number");
        kib / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
