//! The simulator's figures: `cargo bench -p obn-ca`. Names of figures as arguments run those alone.
//!
//! Server and load generator share the machine. Each figure says what bounds it.
//!
//! The portal beside a bare server of the same libraries and beside Pebble: `cargo bench -p obn-ca -- others`; how many
//! instructions an answer takes: `instructions`.
//! Builds side by side, in turn: `OBN_CA_PROGRAMS=a,b cargo bench -p obn-ca -- programs`, each a path of a program.
//! What a call costs in a world of so many terminals: `cargo bench -p obn-ca -- scale 100 100000`, also with programs.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod load;
mod side_by_side;

use std::time::{Duration, Instant};

use aws_lc_rs::rsa::{KeyPair, KeySize};
use load::server::{SEED, Server, root};
use load::{Target, bare};
use obn_ca::{Options, Simulator};
use side_by_side::{compare, instructions, others, scale};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let [argument, folder] = &wanted[..]
        && argument == bare::ARGUMENT
    {
        return runtime.block_on(bare::serve(folder.as_ref()));
    }
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
    let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted == name);
    if is_wanted("others") {
        others(&runtime);
    }
    if is_wanted("instructions") {
        instructions(&runtime);
    }
    if is_wanted("scale") {
        let programs = std::env::var("OBN_CA_PROGRAMS");
        let programs = programs.as_deref().unwrap_or(env!("CARGO_BIN_EXE_obn-ca"));
        let sizes: Vec<u32> = wanted.iter().filter_map(|wanted| wanted.parse().ok()).collect();
        let sizes = if sizes.is_empty() { vec![0, 100, 1_000, 10_000, 100_000] } else { sizes };
        scale(&runtime, &programs.split(',').collect::<Vec<_>>(), &sizes);
    }
    if is_wanted("programs") {
        let programs = std::env::var("OBN_CA_PROGRAMS").expect("OBN_CA_PROGRAMS names programs");
        compare(&runtime, &programs.split(',').collect::<Vec<_>>());
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
