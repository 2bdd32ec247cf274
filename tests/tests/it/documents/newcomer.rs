//! A newcomer's walks: every shell block of every README, from top to bottom in one shell, on a clone of its own.
//!
//! A walk has a network of its own, so the usual ports are free in it. What stands in for what: `target/release` has
//! the programs that the tests have built, so that nothing is compiled twice; and `docker.rs` runs the blocks for Docker.

use obn_tests::{Program, python_with, require_all, require_file, require_mounts, run_with};
use tokio::process::Command;

use super::{blocks, documents, top};

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

/// What JUnit 5 is in Debian.
const JUNIT: &str = "/usr/share/java/junit-platform-console-standalone.jar";

/// A README whose blocks are walked.
struct Walk {
    readme: &'static str,
    /// Where its blocks say that the reader is.
    folder: &'static str,
    /// Programs beside bash, curl and git.
    tools: &'static [&'static str],
    /// What Python has to have.
    python: Option<&'static str>,
    /// Some of what a newcomer reads on the way.
    words: &'static [&'static str],
}

const WALKS: [Walk; 6] = [
    Walk {
        readme: "README.md",
        folder: ".",
        tools: &["jq"],
        python: None,
        words: &["Windows 8.1", " 0 failed"],
    },
    Walk {
        readme: "client/README.md",
        folder: ".",
        tools: &[],
        python: None,
        words: &["days; renew it", "the certificate has been renewed"],
    },
    Walk { readme: "docker/README.md", folder: ".", tools: &[], python: None, words: &[] },
    Walk {
        readme: "fixtures/embedding/README.md",
        folder: "fixtures/embedding",
        tools: &["java", "javac"],
        python: None,
        words: &["2 tests successful"],
    },
    Walk {
        readme: "scenarios/README.md",
        folder: ".",
        tools: &[],
        python: Some("requests, cryptography"),
        words: &[" 0 failed", "REN-104", "readings survived"],
    },
    Walk {
        readme: "server/README.md",
        folder: ".",
        tools: &["openssl"],
        python: None,
        words: &["BEGIN CERTIFICATE", "\"fired\":1"],
    },
];

/// A block as the walk runs it: in the newcomer's shell, or, if it is a whole script, alone.
fn played(block: &str) -> String {
    match block.starts_with("#!") {
        true => {
            format!("cat >target/script <<'END'\n{block}END\nenv -i PATH=/usr/bin:/bin sh target/script\n")
        }
        false => block.to_owned(),
    }
}

impl Walk {
    fn of(readme: &str) -> &'static Self {
        WALKS.iter().find(|walk| walk.readme == readme).unwrap()
    }

    async fn can_be_walked(&self) -> bool {
        let tools = require_all(&[&["bash", "curl", "git", "ip"], self.tools].concat());
        let python = match self.python {
            Some(packages) => python_with(packages).await.is_some(),
            None => true,
        };
        let junit = !self.tools.contains(&"javac") || require_file(JUNIT);
        require_mounts().await && tools && python && junit
    }

    /// Every block, announced.
    fn script(&self) -> String {
        let blocks = blocks(self.readme);
        let told = blocks.iter().enumerate().map(|(at, block)| {
            let (at, played) = (at + 1, played(block));
            format!("echo '== block {at}'\n{played}\n")
        });
        let told: String = told.collect();
        let folder = self.folder;
        format!("{BEFORE}\ntop=$PWD\ncd {folder}\n{told}\ncd \"$top\"\n{AFTER}")
    }
}

async fn walk(readme: &str) {
    let walk = Walk::of(readme);
    if !walk.can_be_walked().await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("obn-ca");
    run_with(Command::new("git").args(["clone", "--quiet"]).arg(top()).arg(&clone), "").await.ok();
    for built in ["target/release", "target/debug"].map(|built| clone.join(built)) {
        std::fs::create_dir_all(&built).unwrap();
        for (name, program) in Program::all() {
            std::os::unix::fs::symlink(program, built.join(name)).unwrap();
        }
    }
    let mut shell = Command::new("unshare");
    shell.args(["--net", "--mount", "bash", "-c", &walk.script()]);
    shell.current_dir(&clone).env("HOME", folder.path());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OBN_")) {
        shell.env_remove(name);
    }
    let walked = run_with(&mut shell, "").await.ok();
    assert!(walked.contains("The walk is done."), "{walked}");
    for words in walk.words {
        assert!(walked.contains(words), "{words}: {walked}");
    }
}

#[tokio::test]
async fn a_newcomer_walks_through_the_readme() {
    walk("README.md").await;
}

#[tokio::test]
async fn a_newcomer_walks_through_the_readme_of_the_server() {
    walk("server/README.md").await;
}

#[tokio::test]
async fn a_newcomer_walks_through_the_readme_of_the_client() {
    walk("client/README.md").await;
}

#[tokio::test]
async fn a_newcomer_walks_through_the_readme_of_the_harness() {
    walk("scenarios/README.md").await;
}

#[tokio::test]
async fn a_newcomer_walks_through_the_readme_of_docker_and_ci() {
    walk("docker/README.md").await;
}

#[tokio::test]
async fn a_newcomer_walks_through_the_readme_of_the_examples_for_test_suites() {
    walk("fixtures/embedding/README.md").await;
}

/// The Japanese ones have the same blocks (`pairs.rs`).
#[test]
fn every_document_with_a_shell_block_is_walked() {
    let mut with_blocks = documents();
    with_blocks.retain(|document| !document.ends_with(".ja.md") && !blocks(document).is_empty());
    // The harness's own tests have each starter written, built and judged as its README says.
    with_blocks.retain(|document| !document.starts_with("scenarios/starters/"));
    assert_eq!(with_blocks, WALKS.map(|walk| walk.readme));
}
