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

/// A simulator in a process of its own.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) portal: String,
    pub(crate) control: String,
}

impl Server {
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_obn-ca"), options)
    }

    pub(crate) fn of(program: &str, options: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(options);
        Self::run(command)
    }

    /// This command, which runs the program, with listeners on free ports.
    pub(crate) fn run(mut command: Command) -> Self {
        command.args(["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]);
        let (process, line) = Process::start(command);
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let url = |name: &str| ready[name].as_str().expect("a URL").to_owned();
        Self { portal: url("portal"), control: url("control"), process }
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(&self.control)
    }

    /// Mebibytes of resident memory.
    pub(crate) fn resident(&self) -> f64 {
        self.process.memory("VmRSS:")
    }
}

/// A process, which ends with this.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it, and answers with the first line that it prints as well.
    pub(crate) fn start(mut command: Command) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        (Self(child), line)
    }

    /// Starts one that says nothing, if this machine has it.
    pub(crate) fn try_start(mut command: Command) -> std::io::Result<Self> {
        command.stdout(Stdio::null()).spawn().map(Self)
    }

    /// Mebibytes in this line of its status.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("Linux");
        let line = status.lines().find(|line| line.starts_with(name)).expect("such a line");
        let kib: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number");
        kib / 1024.0
    }

    /// Seconds that processors have spent on it (proc(5): `utime` and `stime`, in hundredths).
    pub(crate) fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).expect("Linux");
        let (_, after_name) = stat.rsplit_once(')').expect("a name in parentheses");
        let times = after_name.split_whitespace().skip(11).take(2);
        times.map(|ticks| ticks.parse::<f64>().expect("a number") / 100.0).sum()
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").arg(self.0.id().to_string()).status().expect("kill");
        assert!(asked.success());
        self.0.wait().expect("it ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
