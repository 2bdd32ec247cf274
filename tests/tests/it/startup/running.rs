//! What it says when it is ready, and how it ends.

use std::path::Path;
use std::process::Stdio;

use obn_tests::{Program, Ready, require, run};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use super::{folder, sqlite, the_line};

#[tokio::test]
async fn when_ready_it_says_so_in_one_line_of_json() {
    let program = Program::start(&[]).await;
    assert!(program.ready.portal.starts_with("https://localhost:"), "{:?}", program.ready);
    assert!(program.ready.control.starts_with("http://127.0.0.1:"), "{:?}", program.ready);
    let notice = program.ready.sample_notice.clone().expect("a fresh store has a sample notice");
    assert_eq!(program.control.json("/notices").await[0]["request_id"], notice.request_id);

    let program = Program::start(&["serve", "--no-sample"]).await;
    assert_eq!(program.ready.sample_notice, None);
    let Ready { http, renewal, relying_party, .. } = &program.ready;
    assert_eq!((http, renewal, relying_party), (&None, &None, &None));

    let free = "127.0.0.1:0";
    let program = Program::start(&["--http", free, "--renewal-listen", free, "--relying-party", free]).await;
    let (http, renewal) = (program.ready.http.as_ref().unwrap(), program.ready.renewal.as_ref().unwrap());
    assert!(http.starts_with("http://127.0.0.1:"), "{http}");
    assert!(renewal.starts_with("https://localhost:") && *renewal != program.ready.portal, "{renewal}");
    let relying_party = program.ready.relying_party.as_ref().unwrap();
    assert!(relying_party.starts_with("https://localhost:") && relying_party != renewal, "{relying_party}");
}

/// What a person is shown, without what differs from start to start.
fn labels(banner: &str) -> Vec<&str> {
    let lines = banner.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split("  ").next().unwrap_or(line)).collect()
}

#[tokio::test]
async fn on_a_terminal_it_shows_what_the_readmes_show_and_ctrl_c_ends_it() {
    if !require("script") {
        return;
    }
    for (language, last, readme) in
        [("en", "Ctrl-C ends it.", "README.md"), ("ja", "Ctrl-C で終了します", "README.ja.md")]
    {
        shows_what_a_readme_shows(language, last, readme).await;
    }
}

async fn shows_what_a_readme_shows(language: &str, last: &str, readme: &str) {
    let program = Program::command(&[]);
    let program = program.as_std().get_program().display();
    // `exec`: a shell in between would be interrupted as well, and with some shells end with 130.
    let command = format!("exec '{program}' --listen 127.0.0.1:0 --control 127.0.0.1:0 --key-pool 0");
    let mut terminal = Command::new("script")
        .env("OBN_LANG", language)
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(terminal.stdout.take().unwrap()).lines();
    let mut shown = String::new();
    while !shown.contains(last) {
        shown += &lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended after: {shown}"));
        shown += "\n";
    }
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(b"\x03").await.unwrap();
    assert_eq!(terminal.wait().await.unwrap().code(), Some(0));

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(readme);
    let text = std::fs::read_to_string(path).unwrap();
    let block = text.split_once("```console\n$ target/release/obn-ca\n\n").expect("how it starts").1;
    assert_eq!(labels(&shown), labels(block.split("```").next().unwrap()), "{readme}");
}

#[tokio::test]
async fn health_is_told_by_exit_status_for_containers() {
    let program = Program::start(&[]).await;
    let address = program.ready.control.trim_start_matches("http://").to_owned();
    let everywhere = address.replace("127.0.0.1", "[::]");
    let command = Program::command(&[]);
    let path = command.as_std().get_program().to_str().expect("a path in UTF-8");
    for control in [&address, &everywhere] {
        assert_eq!(run(path, &["health", "--control", control]).await.ok(), "");
    }
    program.kill().await;
    let line = the_line(&run(path, &["health", "--control", &address]).await);
    assert!(line.starts_with(&format!("obn-ca: control at {address}: ")), "{line}");
}

#[tokio::test]
async fn sigterm_and_sigint_end_it_cleanly() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::TERM, Signal::INT] {
        let folder = folder();
        let store = sqlite(&folder.path().join("a.db"));
        let program = Program::start(&["--store", &store]).await;
        let pid = i32::try_from(program.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
        assert_eq!(program.ended().await, (Some(0), String::new()));
        let left: Vec<_> =
            folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["a.db"], "nothing half-done stays beside the store");
    }
}
