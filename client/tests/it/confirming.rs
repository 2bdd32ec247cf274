//! Before what can't be undone, a person at a terminal is asked once.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::authority::Authority;
use crate::command::Desk;
use crate::pages::{REFERENCE_ID, REQUEST_ID};
use crate::portal::{Portal, Reply};

/// Runs `obn` at a terminal of util-linux where this is typed. `None` without `script`.
fn at_a_terminal(desk: &Desk, arguments: &[&str], typed: &str) -> Option<(Option<i32>, String)> {
    let obn = desk.command(arguments);
    // `exec`: no shell stands in between.
    let words: Vec<_> = arguments.iter().map(|word| format!("'{word}'")).collect();
    let line = format!("exec '{}' {}", env!("CARGO_BIN_EXE_obn"), words.join(" "));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.current_dir(obn.get_current_dir().unwrap()).env_clear();
    script.envs(obn.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.envs(std::env::var_os("PATH").map(|path| ("PATH", path))).env("SHELL", "/bin/sh");
    let Ok(mut child) = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        assert!(std::env::var_os("OBN_TESTS_REQUIRE_ALL").is_none_or(|all| all != "1"), "no script");
        eprintln!("SKIPPED: script is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    Some((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// A desk whose store has a certificate of the fixed name.
async fn desk() -> (Desk, String) {
    let desk = Desk::new().with("OBN_STORE", "store").with("OBN_PASSWORD", "2468");
    std::fs::write(desk.path("old.p12"), Authority::common_ca().pfx("2468")).unwrap();
    assert_eq!(desk.obn(&["restore", "old.p12"], "").await.status, 0);
    let listed = desk.obn(&["--json", "list"], "").await.stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let name = listed.pointer("/0/name").or_else(|| listed.pointer("/certificates/0/name"));
    let name = name.unwrap_or_else(|| panic!("{listed}")).as_str().unwrap().to_owned();
    (desk, name)
}

#[tokio::test]
async fn only_a_yes_removes_a_certificate() {
    let (desk, name) = desk().await;
    let remove = ["remove", &name, "--force"];
    for no in ["n\n", "\n", "yesterday\n", "\u{4}"] {
        let Some((status, said)) = at_a_terminal(&desk, &remove, no) else { return };
        assert_eq!(status, Some(2), "{no:?}: {said}");
        assert!(said.contains("[y/N]") && said.contains("nothing was done"), "{said}");
        assert!(desk.path("store").join(&name).exists());
    }
    let desk = desk.with("OBN_LANG", "ja");
    let (status, said) = at_a_terminal(&desk, &remove, "はい\n").unwrap();
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(said.matches("[y/N]").count(), 1, "{said}");
    assert!(!desk.path("store").join(&name).exists());
}

#[tokio::test]
async fn who_says_yes_beforehand_is_not_asked_and_neither_is_a_program() {
    let (one, name) = desk().await;
    let Some((status, said)) = at_a_terminal(&one, &["remove", &name, "--force", "--yes"], "") else {
        return;
    };
    assert!(status == Some(0) && !said.contains("[y/N]"), "{said}");
    let (one, name) = desk().await;
    let (status, said) = at_a_terminal(&one, &["remove", &name, "--force", "--json"], "").unwrap();
    assert!(status == Some(0) && !said.contains("[y/N]"), "{said}");
    let (one, name) = desk().await;
    assert_eq!(one.obn(&["remove", &name, "--force"], "n\n").await.status, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_yes_applies_for_a_revocation() {
    let portal = Portal::start(|_| Reply::html("")).await;
    let desk = Desk::before(&portal).with("OBN_REFERENCE_ID", REFERENCE_ID);
    let revoke = ["revoke", "--request-id", REQUEST_ID, "--email", "reception@clinic.example"];
    let Some((status, said)) = at_a_terminal(&desk, &revoke, "n\n") else { return };
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("nothing was done") && portal.seen().is_empty(), "{said}");
    // The portal has no such page: it was asked.
    let (status, said) = at_a_terminal(&desk, &revoke, "y\n").unwrap();
    assert!(status == Some(4) && !portal.seen().is_empty(), "{said}");
}
