//! How a run goes: stopped early, played again, compared.

use std::process::{Command, Stdio};

use crate::command::{harness, text};

#[test]
fn what_failed_is_played_again_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (profile, report) = (path("profile.toml"), path("report.json"));
    std::fs::write(&profile, "root_file.name = 'root.bin'\n").unwrap();
    let chosen = ["portal", "--filter", "root/", "--filter", "rcd/page"];
    let broken = harness(&[&chosen[..], &["--profile", &profile, "--json", &report]].concat());
    assert_eq!(broken.status.code(), Some(1), "{}", text(&broken.stdout));
    let again = harness(&[&chosen[..], &["--rerun-failed", &report, "--compare", &report]].concat());
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stdout));
    let told = text(&again.stdout);
    let since =
        "\nSince the earlier run\nnew failures: 0\nmended: 1\n  portal/root/download\nfail otherwise: 0\n";
    assert!(told.ends_with(&format!("\n1 passed, 0 failed, 0 skipped\n{since}")), "{told}");
    // The other way round, a failure is new.
    let good = harness(&[&chosen[..], &["--json", &report]].concat());
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stdout));
    let worse = harness(&[&chosen[..], &["--profile", &profile, "--compare", &report]].concat());
    let told = text(&worse.stdout);
    assert!(told.contains("new failures: 1\n  portal/root/download\nmended: 0\n"), "{told}");
    let nothing = harness(&[&chosen[..], &["--rerun-failed", &report]].concat());
    assert_eq!(nothing.status.code(), Some(2));
    assert!(
        text(&nothing.stderr).contains("nothing that is chosen failed there"),
        "{}",
        text(&nothing.stderr)
    );
    std::fs::write(&report, "[]").unwrap();
    let strange = harness(&[&chosen[..], &["--compare", &report]].concat());
    assert_eq!(strange.status.code(), Some(2));
    assert!(text(&strange.stderr).contains("no report of a run"), "{}", text(&strange.stderr));
}

#[test]
fn the_first_failure_can_be_the_last_play() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.toml").display().to_string();
    std::fs::write(&profile, "root_file.name = 'root.bin'\n").unwrap();
    let chosen =
        ["portal", "--filter", "root/download", "--filter", "portal/rx", "--jobs", "1", "--fail-fast"];
    let output = harness(&[&chosen[..], &["--profile", &profile]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    let told = text(&output.stdout);
    assert!(
        told.contains("SKIPPED, since the run was stopped before it had been played:\n  portal/rx/"),
        "{told}"
    );
}

/// A run that is interrupted reports what it has played, ends what it has started, and leaves nothing lying about.
#[cfg(unix)]
#[test]
fn ctrl_c_reports_what_was_played() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (began, json, temporary) = (path("began"), path("report.json"), path("tmp"));
    std::fs::create_dir(&temporary).unwrap();
    assert!(Command::new("mkfifo").arg(&began).status().unwrap().success());
    // Once it plays it says so, and then it takes for ever.
    let script = format!("echo $$ >{began}; exec sleep 1000");
    let harness = Command::new(env!("CARGO_BIN_EXE_obn-conformance"))
        .args([
            "client",
            "--filter",
            "root/walk",
            "--filter",
            "download/walk",
            "--jobs",
            "1",
            "--json",
            &json,
        ])
        .args(["--command", "sh", "--", "-c", &script])
        .env("TMPDIR", &temporary)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let command = std::fs::read_to_string(&began).unwrap();
    let pid = |text: &str| rustix::process::Pid::from_raw(text.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid(&harness.id().to_string()), rustix::process::Signal::INT).unwrap();
    let output = harness.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let told = text(&output.stdout);
    assert!(told.ends_with("0 passed, 0 failed, 2 skipped\n"), "{told}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(report["summary"]["skipped"], 2);
    // Gone, or waiting to be reaped by whoever inherits it.
    let state = std::fs::read_to_string(format!("/proc/{}/stat", command.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "the command still runs: {state}");
    let left: Vec<_> = std::fs::read_dir(&temporary).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The same failure 86 times would say nothing more.
#[cfg(unix)]
#[test]
fn a_command_that_gets_nowhere_is_told_once() {
    let command = ["--command", "sh", "--", "-c", "echo 'no such option' >&2; exit 2"];
    let output = harness(&[&["client", "--level", "core", "--jobs", "1"][..], &command].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    let said = "stopped, since each run of the command ended with exit status 2 and said \"no such option\"";
    assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    assert!(text(&output.stdout).matches("FAILED client/").count() < 10, "{}", text(&output.stdout));
}
