//! The portal beside other servers: a bare one of the same libraries that sends the same bytes, and Pebble, a CA for tests of
//! ACME clients, where there is one.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use obn_ca::{Options, Simulator};
use tokio::runtime::Runtime;

use super::median;
use crate::load::server::{Process, SEED, Server};
use crate::load::{PATH, Target, bare};

const CONNECTIONS: usize = 16;

/// A server under load.
struct Other {
    name: &'static str,
    process: Process,
    target: Target,
    /// Answers a second, and microseconds of processor time for each.
    rates: Vec<f64>,
    costs: Vec<f64>,
}

/// How often and at what cost each answers the same GET, in turn.
pub(crate) fn others(runtime: &Runtime) {
    const ROUNDS: usize = 15;
    const COUNT: usize = 20_000;
    let stage = runtime.block_on(Stage::new());
    let server = Server::start(&["--seed", SEED]);
    let target = Target::new(&server.portal, &stage.root);
    runtime.block_on(server.api().get("/readyz"));
    let answer = runtime.block_on(target.answer());
    let (bare, bare_url) = bare::start(Command::new(bare::program()), stage.folder.path(), &answer);
    let bare_target = Target::new(&bare_url, &stage.root);
    let mut all = vec![
        Other::new("obn-ca: /p/rcd", server.process, target),
        Other::new("axum, hyper and rustls: the same bytes", bare, bare_target),
    ];
    match stage.pebble(runtime) {
        Some((process, target)) => all.push(Other::new("Pebble: /dir", process, target)),
        None => println!("there is no pebble (Debian: apt-get install pebble)"),
    }
    for other in &all {
        runtime.block_on(other.target.get_many(CONNECTIONS, COUNT));
    }
    for _ in 0..ROUNDS {
        for other in &mut all {
            let (begin, cpu) = (Instant::now(), other.process.cpu());
            runtime.block_on(other.target.get_many(CONNECTIONS, COUNT));
            other.rates.push(COUNT as f64 / begin.elapsed().as_secs_f64());
            other.costs.push((other.process.cpu() - cpu) * 1e6 / COUNT as f64);
        }
    }
    println!("GET over {CONNECTIONS} kept TLS connections, medians of {ROUNDS} times {COUNT} in turn");
    println!("{:<44}{:>10}{:>14}{:>18}", "", "a second", "of the bare", "processor, each");
    let bare = median(&mut all[1].rates.clone());
    for Other { name, rates, costs, .. } in &mut all {
        let (rate, cost) = (median(rates), median(costs));
        println!("{name:<44}{rate:>10.0}{:>14.2}{cost:>15.1} µs", rate / bare);
    }
}

/// How many instructions each spends on an answer: the same on any machine, however busy it is. What the system does for
/// them isn't counted.
pub(crate) fn instructions(runtime: &Runtime) {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("there is no valgrind (Debian: apt-get install valgrind)");
        return;
    }
    let stage = runtime.block_on(Stage::new());
    let answer = {
        let server = Server::start(&["--seed", SEED]);
        runtime.block_on(Target::new(&server.portal, &stage.root).answer())
    };
    let ours = stage.difference(|mut command, count| {
        command.args([env!("CARGO_BIN_EXE_obn-ca"), "--seed", SEED, "--key-pool", "0"]);
        let server = Server::run(command);
        let target = Target::new(&server.portal, &stage.root);
        runtime.block_on(server.api().get("/readyz"));
        runtime.block_on(target.get_many(CONNECTIONS, count));
        server.process
    });
    let bare = stage.difference(|mut command, count| {
        command.arg(bare::program());
        let (process, url) = bare::start(command, stage.folder.path(), &answer);
        runtime.block_on(Target::new(&url, &stage.root).get_many(CONNECTIONS, count));
        process
    });
    println!("instructions for an answer to GET {PATH}: {ours}");
    println!(
        "of axum, hyper and rustls with the same bytes: {bare}, which is {:.2} of it",
        bare as f64 / ours as f64
    );
}

impl Other {
    fn new(name: &'static str, process: Process, target: Target) -> Self {
        Self { name, process, target, rates: Vec::new(), costs: Vec::new() }
    }
}

/// What all of them have in common: the certificate and the key of a seeded simulator.
struct Stage {
    root: Vec<u8>,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let simulator = Simulator::start(Options::for_tests().seed(SEED)).await.expect("starts");
        let chain = simulator.worlds().default_world().world.tls();
        simulator.stop().await;
        let folder = tempfile::tempdir().expect("a folder");
        let pem = |tag: &str, der: &[u8]| pem::encode(&pem::Pem::new(tag, der));
        let (certificates, key) = chain.server(true);
        let certificates: String = certificates.iter().map(|der| pem("CERTIFICATE", der)).collect();
        std::fs::write(folder.path().join("chain.pem"), certificates).expect("a file");
        std::fs::write(folder.path().join("key.pem"), pem("PRIVATE KEY", key.secret_der())).expect("a file");
        Self { root: chain.root_pem().into_bytes(), folder }
    }

    /// Pebble, if this machine has it, once it answers.
    fn pebble(&self, runtime: &Runtime) -> Option<(Process, Target)> {
        let file = |name: &str| self.folder.path().join(name);
        let [listen, management] = [(); 2].map(|()| free_address());
        let config = serde_json::json!({"pebble": {
            "listenAddress": listen,
            "managementListenAddress": management,
            "certificate": file("chain.pem"),
            "privateKey": file("key.pem"),
            "httpPort": 5002,
            "tlsPort": 5001,
        }});
        std::fs::write(file("pebble.json"), config.to_string()).expect("a file");
        let mut command = Command::new("pebble");
        command.arg("-config").arg(file("pebble.json")).stderr(Stdio::null());
        let process = Process::try_start(command).ok()?;
        while std::net::TcpStream::connect(&listen).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        let target = Target::new(&format!("https://{listen}"), &self.root).asking("/dir");
        runtime.block_on(target.answer());
        Some((process, target))
    }

    /// Instructions for an answer: a run of many, less a run of few, which has the start in it as well. The command that is
    /// given counts those of the program that is named behind it.
    fn difference(&self, run: impl Fn(Command, usize) -> Process) -> u64 {
        const FEW: usize = 500;
        const MANY: usize = 4_500;
        let [few, many] = [FEW, MANY].map(|count| {
            let counts = self.folder.path().join("callgrind");
            let mut command = Command::new("valgrind");
            command
                .args(["-q", "--tool=callgrind"])
                .arg(format!("--callgrind-out-file={}", counts.display()));
            run(command, count).stop();
            let counts = std::fs::read_to_string(counts).expect("what callgrind has counted");
            let total = counts.lines().find_map(|line| line.strip_prefix("summary: "));
            total.and_then(|total| total.trim().parse::<u64>().ok()).expect("a number")
        });
        (many - few) / (MANY - FEW) as u64
    }
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}
