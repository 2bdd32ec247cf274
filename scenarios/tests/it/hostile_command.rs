//! Commands that don't end, that leave processes behind, and that leave what is no file.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::Duration;

use obn_conformance::{Bilingual, Catalogue, ClientScenario, Outcome, Played, Subject, run_client};

/// No play here takes nearly as long, unless it hangs.
const AT_MOST: Duration = Duration::from_secs(60);

/// Plays a scenario with a script as the command.
fn play(scenario: ClientScenario, script: &str, limit: Duration) -> Played {
    let command = ["sh", "-c", script].map(str::to_owned);
    let subject = Subject { limit, ..Subject::new(&command) };
    let scenarios = [scenario];
    let plays = async { tokio::time::timeout(AT_MOST, run_client(&scenarios, &subject, 1, |_| {})).await };
    let mut plays = tokio::runtime::Runtime::new().unwrap().block_on(plays).expect("it comes to an end");
    plays.remove(0)
}

fn embedded(id: &str) -> ClientScenario {
    let scenarios = Catalogue::embedded().unwrap().client_scenarios;
    scenarios.into_iter().find(|scenario| scenario.head.id == id).unwrap()
}

fn written(steps: &str) -> ClientScenario {
    let text = format!("name = \"x\"\nlevel = \"core\"\nshows = [\"ROOT-101\"]\nsteps = [{steps}]\n");
    ClientScenario::parse("client/x.toml", &text).unwrap()
}

/// What was seen instead of what must be.
fn seen(played: &Played) -> String {
    match &played.outcome {
        Outcome::Failed { failures, .. } => failures.iter().map(|failure| failure.seen.en.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

fn transcript(played: &Played) -> &[Bilingual] {
    match &played.outcome {
        Outcome::Passed { transcript } | Outcome::Failed { transcript, .. } => transcript,
        other => panic!("{other:?}"),
    }
}

/// Whether a process has this word among its arguments.
fn is_running(word: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| line.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes()))
}

#[test]
fn a_command_ends_with_all_that_it_started() {
    // Each sleeps for a time of its own, by which it is known.
    let scripts = [
        ("in its group", "sleep 86401 & echo started; exit 1"),
        ("setsid", "setsid sleep 86402 & echo started; exit 1"),
        ("nohup", "nohup sleep 86403 >/dev/null 2>&1 & echo started; exit 1"),
        ("two forks", "(setsid sh -c 'sleep 86404 & exec sleep 86404' &); echo started; exit 1"),
        (
            "nothing left of the environment",
            "(cd / && exec env -i setsid sleep 86405 >/dev/null 2>&1 </dev/null) & echo started; exit 1",
        ),
        (
            "another shell",
            "(cd /; env -i setsid sh -c 'sleep 86406 & exit 0' >/dev/null 2>&1 </dev/null); echo started; exit 1",
        ),
        (
            "still starting",
            "setsid sh -c 'while :; do sleep 86407 & sleep 0.01; done' & echo started; exit 1",
        ),
        ("hanging", "setsid sleep 86408 & echo started; exec sleep 86408"),
        ("signals", "setsid sh -c 'trap \"\" TERM HUP INT; sleep 86409; sleep 86409' & echo started; exit 1"),
    ];
    for (number, (what, script)) in scripts.into_iter().enumerate() {
        let played = play(embedded("client/root/walk"), script, Duration::from_secs(2));
        assert!(transcript(&played).iter().any(|line| line.en.contains("| started")), "{what}: {played:?}");
        assert!(!is_running(&format!("8640{}", number + 1)), "{what}: still running");
    }
}

#[test]
fn the_harness_takes_the_command_with_it_when_it_is_stopped() {
    let script = "setsid sleep 86410 & exec sleep 86410";
    for (signal, status) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
        let mut harness = Command::new(env!("CARGO_BIN_EXE_obn-conformance"))
            .args(["client", "--filter", "client/root/walk", "--command", "sh", "--", "-c", script])
            .spawn()
            .unwrap();
        while !is_running("86410") {
            std::thread::yield_now();
        }
        let pid = i32::try_from(harness.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        assert_eq!(harness.wait().unwrap().code(), Some(status));
        assert!(!is_running("86410"));
    }
}

#[test]
fn what_lies_at_the_output_is_opened_only_if_it_is_a_file_of_a_size() {
    for (script, told) in [
        ("mkfifo \"$OBN_OUTPUT\"", "no file but a FIFO"),
        ("ln -s /dev/zero \"$OBN_OUTPUT\"", "no file but a symbolic link"),
        ("ln -s /etc/hostname \"$OBN_OUTPUT\"", "no file but a symbolic link"),
        ("mkdir \"$OBN_OUTPUT\"", "no file but a folder"),
        ("truncate -s 3G \"$OBN_OUTPUT\"", "a file of more than 16 MiB"),
        ("cd ..; mv work gone; ln -s /etc work", "another one is in its place"),
    ] {
        let scenario = written(
            r#"{ run = "root", output = "passwd" }, { expect = { file = "passwd", tls_root = true } }"#,
        );
        let played = play(scenario, script, Duration::from_secs(20));
        assert!(seen(&played).contains(told), "{script}: {played:?}");
    }
}

#[test]
fn a_folder_of_links_and_fifos_is_looked_through() {
    let script =
        "mkfifo a; ln -s /dev/zero b; ln -s . c; ln -s /etc \"$HOME/d\"; printf -- '-----BEGIN' >e; exit 1";
    let scenario =
        written(r#"{ run = "root", ends = ["refused"] }, { nothing_left = true }, { keeps_secrets = true }"#);
    let played = play(scenario, script, Duration::from_secs(20));
    assert_eq!(seen(&played), "e");
}

#[test]
fn output_without_an_end_is_kept_in_part() {
    let played =
        play(embedded("client/root/walk"), "yes 2>&1 | tr '\\n' x & exec yes", Duration::from_secs(2));
    assert!(seen(&played).contains("still running after 2 s"), "{}", seen(&played));
    let transcript = transcript(&played);
    assert!(transcript.len() < 300, "{} lines", transcript.len());
    assert!(transcript.iter().all(|line| line.en.len() < 5000));
    assert!(transcript.iter().any(|line| line.en.contains("more lines)")));
}

#[test]
fn a_file_of_a_scenario_lies_in_the_folder_of_the_play_and_nowhere_else() {
    let head = "name = \"x\"\nlevel = \"core\"\nshows = [\"ROOT-101\"]\n";
    for step in [
        r#"{ write = "../../x" }"#,
        r#"{ write = "/tmp/x" }"#,
        r#"{ write = ".." }"#,
        r#"{ give = { file = "a/b", of = "x", password = "1" } }"#,
        r#"{ give = { file = "a", of = "x", password = "1", behind = "../b" } }"#,
        r#"{ run = "root", output = "../x" }"#,
        r#"{ run = "root", identity = "/etc/passwd" }"#,
        r#"{ expect = { file = "/etc/passwd" } }"#,
        r#"{ no_file = "../x" }"#,
        r#"{ unchanged = "a/../../x" }"#,
    ] {
        let error = ClientScenario::parse("client/x.toml", &format!("{head}steps = [{step}]\n")).unwrap_err();
        assert!(
            error.to_string().contains("is no name of a file in the folder of the play"),
            "{step}: {error}"
        );
    }
    // Nor through a link that a command has prepared.
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("precious");
    std::fs::write(&file, "as it was").unwrap();
    let script = format!("ln -s {} x; exit 1", file.display());
    let scenario = written(
        r#"{ run = "root", ends = ["refused"] }, { write = "x", text = "new" }, { unchanged = "x" }"#,
    );
    let played = play(scenario, &script, Duration::from_secs(20));
    assert!(matches!(played.outcome, Outcome::Passed { .. }), "{played:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "as it was");
}
