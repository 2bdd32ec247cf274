//! The simulator's figures: `cargo bench -p obn-ca`. Names of figures as arguments run those alone.
//!
//! Server and load generator share the machine. Each figure says what bounds it.
//!
//! Builds side by side, in turn: `OBN_CA_PROGRAMS=a,b cargo bench -p obn-ca -- programs`, each a path of a program.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod load;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::rsa::{KeyPair, KeySize};
use load::{Api, Target};
use obn_ca::{Options, Simulator};

const SEED: &str = "bench";

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let figures = [
        Figure("start", start),
        Figure("in-process", in_process),
        Figure("memory", memory),
        Figure("get", get),
        Figure("handshake", handshake),
        Figure("issue-pool", issue_from_pool),
        Figure("issue-fresh", issue_without_pool),
    ];
    for Figure(name, figure) in figures {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            figure(&runtime);
        }
    }
    if wanted.iter().any(|wanted| wanted == "programs") {
        let programs = std::env::var("OBN_CA_PROGRAMS").expect("OBN_CA_PROGRAMS names programs");
        compare(&runtime, &programs.split(',').collect::<Vec<_>>());
    }
}

/// Builds of the program in turn, so that what else the machine does meets all of them alike.
fn compare(runtime: &tokio::runtime::Runtime, programs: &[&str]) {
    const ROUNDS: usize = 24;
    let root = runtime.block_on(root());
    let mut series: Vec<_> = programs.iter().map(|_| [const { Vec::new() }; 4]).collect();
    for _ in 0..ROUNDS {
        for (program, series) in programs.iter().zip(&mut series) {
            let begin = Instant::now();
            let server = Server::of(program, &["--seed", SEED]);
            let target = Target::new(&server.portal, &root);
            runtime.block_on(target.get_once());
            let start = begin.elapsed().as_secs_f64() * 1e3;
            runtime.block_on(server.api().get("/readyz"));
            let (resident, private) = (server.memory("VmRSS:"), server.memory("RssAnon:"));
            let (count, begin) = (20_000, Instant::now());
            runtime.block_on(target.get_many(8, count));
            let rate = count as f64 / begin.elapsed().as_secs_f64();
            for (values, value) in series.iter_mut().zip([start, resident, private, rate]) {
                values.push(value);
            }
        }
    }
    println!("medians of {ROUNDS} starts in turn; memory once portal and control have answered");
    for (program, series) in programs.iter().zip(&mut series) {
        let [start, resident, private, rate] = series.each_mut().map(|values| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        });
        let size = std::fs::metadata(program).expect("a file").len() as f64 / 1e6;
        println!(
            "{program}: start {start:.1} ms, {resident:.1} MiB resident, {private:.1} private, GET {rate:.0} a second, \
             {size:.1} MB"
        );
    }
}

/// A figure's name and what measures and prints it.
struct Figure(&'static str, fn(&tokio::runtime::Runtime));

/// From the start of the process to the first answered HTTPS request.
fn start(runtime: &tokio::runtime::Runtime) {
    let root = runtime.block_on(root());
    let mut times: Vec<Duration> = (0..40)
        .map(|_| {
            let begin = Instant::now();
            let server = Server::start(&["--seed", SEED]);
            runtime.block_on(Target::new(&server.portal, &root).get_once());
            begin.elapsed()
        })
        .collect();
    report(
        "start: process start to first HTTPS answer",
        &mut times,
        "exec, 3 P-256 signatures, SQLite schema, 1 handshake",
    );
}

/// One more simulator in this process, ready to accept.
fn in_process(runtime: &tokio::runtime::Runtime) {
    let mut times: Vec<Duration> = (0..40)
        .map(|_| {
            let begin = Instant::now();
            let simulator = runtime.block_on(Simulator::start(Options::for_tests())).expect("starts");
            let time = begin.elapsed();
            // Its keys, of the CA and of the sample, must not be looked for while the next one is measured.
            let world = std::sync::Arc::clone(&simulator.worlds().default_world().world);
            runtime.block_on(async {
                for record in world.records().await.expect("memory") {
                    world.certificate_der(&record.certificate).await.expect("a certificate");
                }
                simulator.stop().await;
            });
            time
        })
        .collect();
    report("in-process: one more simulator", &mut times, "3 P-256 keys and signatures, SQLite schema");
}

/// Resident memory, idle and after 100,000 journalled exchanges.
fn memory(runtime: &tokio::runtime::Runtime) {
    let root = runtime.block_on(root());
    let server = Server::start(&["--seed", SEED]);
    let target = Target::new(&server.portal, &root);
    runtime.block_on(target.get_once());
    // Ready means that the client CA is there, so that nothing goes on in the background.
    runtime.block_on(server.api().get("/readyz"));
    println!("memory: idle                                     {:.1} MiB resident", server.resident());
    runtime.block_on(target.get_many(8, 100_000));
    println!("memory: after 100,000 journalled exchanges       {:.1} MiB resident", server.resident());
}

/// GET of /p/rcd over kept TLS connections.
fn get(runtime: &tokio::runtime::Runtime) {
    let root = runtime.block_on(root());
    let server = Server::start(&["--seed", SEED]);
    let target = Target::new(&server.portal, &root);
    runtime.block_on(target.get_many(16, 20_000));
    let count = 200_000;
    let begin = Instant::now();
    runtime.block_on(target.get_many(16, count));
    rate(
        "get: /p/rcd over kept-alive TLS",
        count,
        begin.elapsed(),
        "HTTP and TLS records, half of it in the generator",
    );
}

/// Full TLS 1.3 handshakes, each with one GET.
fn handshake(runtime: &tokio::runtime::Runtime) {
    let root = runtime.block_on(root());
    let server = Server::start(&["--seed", SEED]);
    let target = Target::new(&server.portal, &root);
    let count = 4_000;
    let begin = Instant::now();
    runtime.block_on(target.handshakes(8, count));
    rate("handshake: full TLS 1.3 with one GET", count, begin.elapsed(), "ECDSA and X25519, on both sides");
}

/// Notices issued by control and downloaded at /p/rcd, keys from the pool.
fn issue_from_pool(runtime: &tokio::runtime::Runtime) {
    let count = 1_000;
    let pool = (count + 8).to_string();
    let server = Server::start(&["--key-pool", &pool]);
    runtime.block_on(server.api().pool_filled(count + 8));
    issue(
        runtime,
        &server,
        count,
        "issue-pool: issued and downloaded, from the pool",
        "PKCS #12 key derivation, RSA signature",
    );
}

/// The same without a pool: each key is made when it is needed. Chance has it how long the search for one takes, so it
/// takes many until a rate is good to 3 %.
fn issue_without_pool(runtime: &tokio::runtime::Runtime) {
    let server = Server::start(&["--key-pool", "0"]);
    issue(
        runtime,
        &server,
        640,
        "issue-fresh: issued and downloaded, without a pool",
        "finding prime numbers, on all cores",
    );
    yardstick();
}

/// What another library makes of the same cores: machines differ by more than programs.
fn yardstick() {
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let begin = Instant::now();
    let makers: Vec<_> = (0..cores)
        .map(|_| {
            std::thread::spawn(move || {
                let mut keys = 0;
                while begin.elapsed() < Duration::from_secs(15) {
                    KeyPair::generate(KeySize::Rsa2048).expect("a key");
                    keys += 1;
                }
                keys
            })
        })
        .collect();
    let keys = makers.into_iter().map(|maker| maker.join().expect("it ends")).sum();
    rate(
        "for comparison: RSA-2048 keys by AWS-LC",
        keys,
        begin.elapsed(),
        "finding prime numbers, on all cores",
    );
}

fn issue(runtime: &tokio::runtime::Runtime, server: &Server, count: usize, name: &str, bound: &str) {
    runtime.block_on(async {
        let api = server.api();
        let root = api.get("/api/v1/root.pem").await;
        api.get("/readyz").await;
        let target = Target::new(&server.portal, &root);
        let begin = Instant::now();
        target.issue_and_download(&api, 8, count).await;
        rate(name, count, begin.elapsed(), bound);
    });
}

/// The root of a seeded simulator, known before it is measured.
async fn root() -> Vec<u8> {
    let simulator = Simulator::start(Options::for_tests().seed(SEED)).await.expect("starts");
    let root = simulator.worlds().default_world().world.tls().root_pem().into_bytes();
    simulator.stop().await;
    root
}

/// The program as users run it.
struct Server {
    child: Child,
    portal: String,
    control: String,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_obn-ca"), options)
    }

    fn of(program: &str, options: &[&str]) -> Self {
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

    fn api(&self) -> Api {
        Api::new(&self.control)
    }

    /// Mebibytes of resident memory.
    fn resident(&self) -> f64 {
        self.memory("VmRSS:")
    }

    /// Mebibytes in this line of the process's status.
    fn memory(&self, name: &str) -> f64 {
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

fn report(name: &str, times: &mut [Duration], bound: &str) {
    times.sort_unstable();
    let at = |quantile: usize| times[(times.len() - 1) * quantile / 100].as_secs_f64() * 1e3;
    println!(
        "{name:<48} median {:.1} ms, fastest {:.1} ms, 90 % within {:.1} ms ({bound})",
        at(50),
        at(0),
        at(90)
    );
}

fn rate(name: &str, count: usize, time: Duration, bound: &str) {
    println!(
        "{name:<48} {:.0} a second ({count} in {:.1} s; {bound})",
        count as f64 / time.as_secs_f64(),
        time.as_secs_f64()
    );
}
