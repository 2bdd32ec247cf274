//! Before what can't be undone, `obn` asks a person at a terminal once.

use std::process::Stdio;

use obn_tests::{Desk, Environment, Notice, require};
use tokio::io::AsyncWriteExt;

/// Runs `obn` at a terminal of util-linux where this is typed; answers with its status and what it said.
async fn at_a_terminal(desk: &Desk, arguments: &[&str], typed: &str) -> (Option<i32>, String) {
    // `exec`: no shell stands in between.
    let words: Vec<_> = arguments.iter().map(|word| format!("'{word}'")).collect();
    let line = format!("exec '{}' {}", Desk::program().display(), words.join(" "));
    let mut script = desk.command("script".as_ref());
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("SHELL", "/bin/sh");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    keyboard.write_all(typed.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    // Until now: the end of what is typed would be Ctrl-D.
    drop(keyboard);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A desk whose store has the certificate of a notice, and the name of its entry.
async fn desk() -> (Environment, Notice, Desk, String) {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let desk = Desk::new(&env).with("OBN_PASSWORD", "1234").with("OBN_REFERENCE_ID", &notice.reference_id);
    desk.run(&["download", "--request-id", &notice.request_id], "").await.ok();
    let listed = desk.run(&["--json", "list"], "").await;
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let name = listed.pointer("/0/name").or_else(|| listed.pointer("/certificates/0/name"));
    let name = name.unwrap_or_else(|| panic!("{listed}")).as_str().unwrap().to_owned();
    (env, notice, desk, name)
}

#[tokio::test]
async fn only_a_yes_removes_a_certificate() {
    if !require("script") {
        return;
    }
    let (_env, _, desk, name) = desk().await;
    let remove = ["remove", &name, "--force"];
    for no in ["n\n", "\n", "yesterday\n", "\u{4}"] {
        let (status, said) = at_a_terminal(&desk, &remove, no).await;
        assert_eq!(status, Some(2), "{no:?}: {said}");
        assert!(said.contains("[y/N]") && said.contains("nothing was done"), "{said}");
        assert!(desk.path("store").join(&name).exists());
    }
    let desk = desk.with("OBN_LANG", "ja");
    let (status, said) = at_a_terminal(&desk, &remove, "はい\n").await;
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(said.matches("[y/N]").count(), 1, "{said}");
    assert!(!desk.path("store").join(&name).exists());
}

#[tokio::test]
async fn who_says_yes_beforehand_is_not_asked_and_neither_is_a_program() {
    let (_env, _, one, name) = desk().await;
    assert_eq!(one.run(&["remove", &name, "--force"], "n\n").await.status, Some(0));
    if !require("script") {
        return;
    }
    for silent in ["--yes", "--json"] {
        let (_env, _, one, name) = desk().await;
        let (status, said) = at_a_terminal(&one, &["remove", &name, "--force", silent], "").await;
        assert!(status == Some(0) && !said.contains("[y/N]"), "{silent}: {said}");
    }
}

#[tokio::test]
async fn only_a_yes_applies_for_a_revocation() {
    if !require("script") {
        return;
    }
    let (env, notice, desk, _) = desk().await;
    let revoke = ["revoke", "--request-id", &notice.request_id, "--email", "reception@clinic.example"];
    let before = env.control.json("/journal?kind=exchange").await;
    let (status, said) = at_a_terminal(&desk, &revoke, "n\n").await;
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("nothing was done"), "{said}");
    assert_eq!(env.control.json("/journal?kind=exchange").await, before, "nothing was sent");
    let (status, said) = at_a_terminal(&desk, &revoke, "y\n").await;
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(env.control.json("/revocations").await.as_array().unwrap().len(), 1);
}
