//! Builds of the program beside each other.

use std::time::Instant;

use crate::load::Target;
use crate::load::server::{SEED, Server, root};

/// Builds of the program in turn, so that what else the machine does meets all of them alike.
pub(crate) fn compare(runtime: &tokio::runtime::Runtime, programs: &[&str]) {
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
