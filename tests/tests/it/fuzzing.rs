//! Seeds of each fuzz target, and a fixed choice of changes to them: more with `OBN_FUZZ_PLAYS=100000`. `tests/fuzz` goes
//! on from here for hours.

use std::collections::BTreeSet;
use std::path::Path;

use obn_tests::fuzz::{TARGETS, changed, changes};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn play(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    for seed in &seeds {
        (target.read)(seed);
    }
    let plays = std::env::var("OBN_FUZZ_PLAYS").ok().and_then(|plays| plays.parse().ok());
    let config =
        Config { cases: plays.unwrap_or(target.plays), failure_persistence: None, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let played =
        TestRunner::new_with_rng(config, random).run(&(any::<Index>(), changes()), |(seed, changes)| {
            (target.read)(&changed(&seeds[seed.index(seeds.len())], &changes));
            Ok(())
        });
    played.unwrap_or_else(|finding| panic!("{name}: {finding}"));
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

targets! {
    server_form server_cookie server_world server_profile
    client_pfx client_page client_cookie client_proxy client_ntlm client_bypass client_recording
    harness_pfx harness_der harness_page harness_cookie harness_scenario
}

#[test]
fn each_target_has_a_test_and_a_program() {
    let all: BTreeSet<_> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(all, NAMES.iter().map(|name| (*name).to_owned()).collect());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let files = std::fs::read_dir(folder.join("targets")).unwrap();
    let files = files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    assert_eq!(all, files.collect());
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let programs =
        manifest.lines().filter_map(|line| line.strip_prefix("path = \"targets/")?.strip_suffix(".rs\""));
    assert_eq!(all, programs.map(str::to_owned).collect());
}
