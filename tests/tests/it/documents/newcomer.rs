//! A newcomer's walk: every shell block of the READMEs, from top to bottom in one shell, on a clone of its own.
//!
//! The walk has a network of its own, so the usual ports are free in it. What stands in for what: `target/release` has
//! the programs that the tests have built, so that nothing is compiled twice; and `programs::docker` runs the blocks for Docker.

use std::path::Path;

use obn_tests::{Program, python_with, require_all, require_mounts, run_with};
use tokio::process::Command;

/// What a newcomer's terminal has before the first block: `curl` fails if the answer is a refusal.
const BEFORE: &str = r#"
set -euo pipefail
ip link set lo up
curl() { command curl --fail-with-body "$@"; }
target/release/obn-ca >target/started.json 2>target/started.log &
first=$!
trap 'kill $first 2>target/ended || true' EXIT
until [ -s target/started.json ]; do kill -0 $first; sleep 0.05; done
"#;

/// Nothing that the blocks write, private keys among it, is for git.
const AFTER: &str = r#"
left=$(git status --porcelain)
[ -z "$left" ] || { echo "$left"; exit 1; }
kill $first && wait $first
echo 'The walk is done.'
"#;

/// A block as the walk runs it: in the newcomer's shell, or, if it is a whole script, alone.
fn played(block: &str) -> String {
    match block.starts_with("#!") {
        true => {
            format!("cat >target/script <<'END'\n{block}END\nenv -i PATH=/usr/bin:/bin sh target/script\n")
        }
        false => block.to_owned(),
    }
}

/// The shell blocks of a README but those for Docker.
fn blocks(readme: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(readme);
    let text = std::fs::read_to_string(path).unwrap();
    let all = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    all.filter(|block| !block.contains("docker")).collect()
}

fn without_comments(block: &str) -> Vec<String> {
    let lines = block.lines().map(|line| line.split("# ").next().unwrap_or_default().trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn a_newcomer_walks_through_the_readme() {
    let tools = require_all(&["bash", "curl", "git", "ip", "openssl"]);
    let python = python_with("requests, cryptography").await;
    if !require_mounts().await || python.is_none() || !tools {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (clone, here) =
        (folder.path().join("obn-ca"), Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(""));
    run_with(Command::new("git").arg("clone").arg("--quiet").arg(&here).arg(&clone), "").await.ok();
    let built = clone.join("target/release");
    std::fs::create_dir_all(&built).unwrap();
    for (name, program) in Program::all() {
        std::os::unix::fs::symlink(program, built.join(name)).unwrap();
    }
    let blocks = blocks("README.md");
    let told: Vec<_> = blocks
        .iter()
        .enumerate()
        .map(|(at, block)| format!("echo '== block {}'\n{}", at + 1, played(block)))
        .collect();
    let script = format!("{BEFORE}{}{AFTER}", told.join("\n"));
    let mut shell = Command::new("unshare");
    shell.args(["--net", "--mount", "bash", "-c", &script]).current_dir(&clone).env("HOME", folder.path());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OBN_")) {
        shell.env_remove(name);
    }
    let walked = run_with(&mut shell, "").await.ok();
    assert!(walked.contains("The walk is done."), "{walked}");
    // Some of what a newcomer reads on the way.
    for words in [
        "BEGIN CERTIFICATE",
        "\"fired\":1",
        "Windows 8.1",
        " 0 failed",
        "REN-104",
        "the certificate has been renewed",
        "readings survived",
    ] {
        assert!(walked.contains(words), "{words}: {walked}");
    }
}

#[test]
fn both_readmes_have_the_same_blocks() {
    let [english, japanese] = ["README.md", "README.ja.md"]
        .map(|readme| blocks(readme).iter().map(|block| without_comments(block)).collect::<Vec<_>>());
    assert_eq!(english, japanese);
}
