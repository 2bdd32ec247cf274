//! Builds of the program beside each other, such as one from before a change and one from after it.

use std::time::Instant;

use tokio::runtime::Runtime;

use super::median;
use crate::load::server::{SEED, Server, root};
use crate::load::{Target, post};

/// What is measured of a build with a store.
const COLUMNS: [&str; 7] = [
    "first answer, ms",
    "resident, MiB",
    "private, MiB",
    "GET /p/rcd, a second",
    "POST /p/rcd, a second",
    "POST /notices, a second",
    "resident then, MiB",
];

/// Builds of the program in turn, in memory and on a file.
pub(crate) fn compare(runtime: &Runtime, programs: &[&str]) {
    const ROUNDS: usize = 9;
    let root = runtime.block_on(root());
    let kinds = ["memory:", "sqlite:"];
    let mut series = vec![vec![[const { Vec::new() }; COLUMNS.len()]; kinds.len()]; programs.len()];
    for _ in 0..ROUNDS {
        for (program, series) in programs.iter().zip(&mut series) {
            for (kind, series) in kinds.iter().zip(series) {
                let measured = runtime.block_on(measure(program, kind, &root));
                series.iter_mut().zip(measured).for_each(|(values, value)| values.push(value));
            }
        }
    }
    println!("medians of {ROUNDS} starts in turn, the last two columns with 1,000 notices");
    for (program, series) in programs.iter().zip(&mut series) {
        let size = std::fs::metadata(program).expect("a file").len() as f64 / 1e6;
        println!("{program}: {size:.1} MB");
        for (kind, series) in kinds.iter().zip(series) {
            let cells =
                COLUMNS.iter().zip(series).map(|(name, values)| format!("{name}: {:.1}", median(values)));
            println!("  {kind} {}", cells.collect::<Vec<_>>().join("; "));
        }
    }
}

/// One start, for each of the columns a value.
async fn measure(program: &str, kind: &str, root: &[u8]) -> [f64; COLUMNS.len()] {
    const GETS: usize = 10_000;
    const FORMS: usize = 4_000;
    const NOTICES: usize = 1_000;
    let folder = tempfile::tempdir().expect("a folder");
    let store = match kind {
        "sqlite:" => format!("{kind}{}", folder.path().join("a.db").display()),
        _ => kind.to_owned(),
    };
    let begin = Instant::now();
    let server = Server::of(program, &["--seed", SEED, "--key-pool", "0", "--store", &store]);
    let target = Target::new(&server.portal, root);
    target.get_once().await;
    let start = begin.elapsed().as_secs_f64() * 1e3;
    // Then there are all keys, and nothing goes on in the background.
    let mut control = server.api().connect().await;
    control.request(&crate::load::get_of("/readyz", "")).await;
    let (resident, private) = (server.resident(), server.process.memory("RssAnon:"));
    let rate = |begin: Instant, count: usize| count as f64 / begin.elapsed().as_secs_f64();

    let begin = Instant::now();
    target.get_many(8, GETS).await;
    let gets = rate(begin, GETS);
    let begin = Instant::now();
    target.post_many(8, FORMS).await;
    let forms = rate(begin, FORMS);
    let body = r#"{"institution_code":"0110119153","terminal_name":"bench"}"#;
    let request = post("/api/v1/notices", "application/json", "", body);
    let begin = Instant::now();
    for _ in 0..NOTICES {
        control.request(&request).await;
    }
    [start, resident, private, gets, forms, rate(begin, NOTICES), server.resident()]
}
