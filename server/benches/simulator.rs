//! The simulator's figures: `cargo bench -p obn-ca`. Names of figures as arguments run those alone.
//!
//! Server and load generator share the machine. Each figure says what bounds it.
//!
//! Builds side by side, in turn: `OBN_CA_PROGRAMS=a,b cargo bench -p obn-ca -- programs`, each a path of a program.
//! What a call costs in a world of so many terminals: `cargo bench -p obn-ca -- scale 100 100000`, also with programs.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod load;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::rsa::{KeyPair, KeySize};
use load::fleet::{self, PROFILE};
use load::{Api, Connection, Target, between, post};
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
    if wanted.iter().any(|wanted| wanted == "scale") {
        let programs = std::env::var("OBN_CA_PROGRAMS");
        let programs = programs.as_deref().unwrap_or(env!("CARGO_BIN_EXE_obn-ca"));
        let sizes: Vec<u32> = wanted.iter().filter_map(|wanted| wanted.parse().ok()).collect();
        let sizes = if sizes.is_empty() { vec![0, 100, 1_000, 10_000, 100_000] } else { sizes };
        scale(&runtime, &programs.split(',').collect::<Vec<_>>(), &sizes);
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

/// A world with so many terminals in it, on a file, and what is asked of it.
struct Fleet {
    program: String,
    size: u32,
    server: Server,
    control: Connection<tokio::net::TcpStream>,
    portal: Connection<tokio_rustls::client::TlsStream<tokio::net::TcpStream>>,
    /// What each call is, and its request.
    calls: Vec<(&'static str, Place, String)>,
    times: Vec<Vec<f64>>,
    _folder: tempfile::TempDir,
}

/// Who is asked.
#[derive(Clone, Copy)]
enum Place {
    Control,
    Portal,
}

impl Fleet {
    async fn new(program: &str, size: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, profile) = (folder.path().join("a.db"), folder.path().join("profile.toml"));
        std::fs::write(&profile, PROFILE).expect("a profile");
        let (store, profile) = (format!("sqlite:{}", path.display()), profile.display().to_string());
        let options = ["--store", &store, "--profile", &profile, "--no-sample", "--key-pool", "0"];
        let json = "application/json";
        let notice = {
            let server = Server::of(program, &options);
            let mut control = server.api().connect().await;
            let body = r#"{"institution_code":"0110119153","terminal_name":"bench"}"#;
            let notice = control.request(&post("/api/v1/notices", json, "", body)).await.body;
            let notice: serde_json::Value = serde_json::from_slice(&notice).expect("JSON");
            // Its key is there then.
            let path = format!("/api/v1/certificates/{}", notice["serial"].as_str().expect("text"));
            control.request(&get_of(&path, "")).await;
            let idle = r#"{"name":"idle"}"#;
            control.request(&post("/api/v1/worlds", json, "", idle)).await;
            control.request(&post("/api/v1/worlds/idle/notices", json, "", body)).await;
            control.request(&get_of("/api/v1/worlds/idle/issuer.pem", "")).await;
            notice
        };
        let identity = fleet::fill(&path, size).await;
        let server = Server::of(program, &options);
        let root = server.api().get("/api/v1/root.pem").await;
        let mut control = server.api().connect().await;
        control.request(&get_of("/readyz", "")).await;
        let mut portal = Target::showing(&server.portal, &root, Some(identity)).connect().await;
        let menu = portal.request(&get_of("/p/ru", "")).await;
        let cookie = format!("Cookie: {}\r\n", between(&menu.head, "set-cookie: ", ";"));
        let text = |name: &str| notice[name].as_str().expect("text").to_owned();
        let (id, serial) = (text("request_id"), text("serial"));
        let ask = |path: &str| get_of(path, "");
        let calls = vec![
            ("control: GET /notices/{request_id}", Place::Control, ask(&format!("/api/v1/notices/{id}"))),
            (
                "control: GET /certificates/{serial}",
                Place::Control,
                ask(&format!("/api/v1/certificates/{serial}")),
            ),
            ("control: GET /notices?limit=50", Place::Control, ask("/api/v1/notices?limit=50")),
            (
                "control: GET /notices?limit=50&order=newest",
                Place::Control,
                ask("/api/v1/notices?limit=50&order=newest"),
            ),
            (
                "control: GET /renewals?limit=50&order=newest",
                Place::Control,
                ask("/api/v1/renewals?limit=50&order=newest"),
            ),
            (
                "control: GET /notices?q={institution_code}",
                Place::Control,
                ask("/api/v1/notices?q=0110119153"),
            ),
            (
                "control: PUT /notices/{request_id}/contact",
                Place::Control,
                put(&format!("/api/v1/notices/{id}/contact"), r#"{"email":"a@example.jp"}"#),
            ),
            ("portal: /p/ru, the menu", Place::Portal, get_of("/p/ru", &cookie)),
            ("portal: /p/ru, the confirmation", Place::Portal, get_of("/p/ru/apply", &cookie)),
            ("portal: /p/ru, the list", Place::Portal, get_of("/p/ru/list", &cookie)),
            ("the idle world: GET /notices", Place::Control, ask("/api/v1/worlds/idle/notices")),
        ];
        let times = vec![Vec::new(); calls.len()];
        Self { program: program.to_owned(), size, server, control, portal, calls, times, _folder: folder }
    }

    /// Each call once.
    async fn round(&mut self, counts: bool) {
        for ((_, place, request), times) in self.calls.iter().zip(&mut self.times) {
            let begin = Instant::now();
            let answer = match place {
                Place::Control => self.control.request(request).await,
                Place::Portal => self.portal.request(request).await,
            };
            let time = begin.elapsed().as_secs_f64() * 1e3;
            assert!(answer.head.starts_with("HTTP/1.1 20"), "{request}: {}", answer.head);
            if counts {
                times.push(time);
            }
        }
    }

    /// How long the idle world takes while four callers ask for one of the terminals without end.
    async fn beside(&mut self, rounds: usize) -> f64 {
        let (api, request) = (self.server.api(), self.calls[0].2.clone());
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (api, request) = (api.clone(), request.clone());
                tokio::spawn(async move {
                    let mut control = api.connect().await;
                    loop {
                        control.request(&request).await;
                    }
                })
            })
            .collect();
        let (idle, mut times) = (self.calls.last().expect("a call").2.clone(), Vec::new());
        for _ in 0..rounds {
            let begin = Instant::now();
            self.control.request(&idle).await;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        callers.iter().for_each(tokio::task::JoinHandle::abort);
        median(&mut times)
    }
}

/// What a call costs in worlds of these sizes, in turn, so that what else the machine does meets all of them alike.
fn scale(runtime: &tokio::runtime::Runtime, programs: &[&str], sizes: &[u32]) {
    const ROUNDS: usize = 60;
    runtime.block_on(async {
        let mut fleets = Vec::new();
        for size in sizes {
            for program in programs {
                fleets.push(Fleet::new(program, *size).await);
            }
        }
        for round in 0..ROUNDS + 5 {
            for fleet in &mut fleets {
                fleet.round(round >= 5).await;
            }
        }
        println!(
            "milliseconds a call, medians of {ROUNDS} in turn, at so many terminals with pending renewals"
        );
        for program in programs {
            let mut all: Vec<_> = fleets.iter_mut().filter(|it| it.program == *program).collect();
            let line = |name: &str, cells: &[String]| println!("{name:<48}{}", cells.join(""));
            line(program, &all.iter().map(|it| format!("{:>9}", it.size)).collect::<Vec<_>>());
            for call in 0..all[0].calls.len() {
                let name = all[0].calls[call].0;
                let cells = all.iter_mut().map(|it| format!("{:>9.2}", median(&mut it.times[call])));
                line(name, &cells.collect::<Vec<_>>());
            }
            let mut cells = Vec::new();
            for fleet in all {
                cells.push(format!("{:>9.2}", fleet.beside(ROUNDS).await));
            }
            line("the same beside four callers of the other", &cells);
        }
    });
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn get_of(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

fn put(path: &str, body: &str) -> String {
    post(path, "application/json", "", body).replacen("POST", "PUT", 1)
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
