//! A disk that fails in the middle of a commit: what is answered is true, now and after the next start.

use std::process::Stdio;

use obn_tests::{Control, Notice, Program, require};
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Lets calls that bring bytes to the disk fail (EIO) in a running process.
struct FailingDisk(Child);

impl FailingDisk {
    /// `when` says which of them, as strace has it; empty: all.
    async fn of(program: &Program, when: &str) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e"]);
        strace.arg(format!("inject=fsync,fdatasync:error=EIO{when}")).args(["-p", &program.id().to_string()]);
        let mut strace = strace.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(strace.stderr.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("strace says what it does");
        assert!(line.contains("attached"), "{line}");
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self(strace)
    }

    async fn mend(mut self) {
        let pid = Pid::from_raw(i32::try_from(self.0.id().unwrap()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        self.0.wait().await.unwrap();
    }
}

/// All that the disk was to keep.
#[derive(Debug, PartialEq)]
struct State {
    notices: Vec<String>,
    revoked: bool,
    downloads: u64,
    clock: Value,
}

impl State {
    async fn of(control: &Control, revoked: &Notice, fetched: &Notice) -> Self {
        let notices = control.json("/notices").await;
        let request_ids =
            notices.as_array().unwrap().iter().map(|it| it["request_id"].as_str().unwrap().to_owned());
        let certificate = control.json(&format!("/certificates/{}", revoked.serial)).await;
        let downloads = control.json(&format!("/notices/{}", fetched.request_id)).await;
        Self {
            notices: request_ids.collect(),
            revoked: certificate["status"] == "revoked",
            downloads: downloads["downloads"].as_u64().unwrap(),
            clock: control.json("/clock").await["mode"].clone(),
        }
    }
}

/// Whether what was answered to a call can be so.
fn is_true(done: bool, status: u16, text: &str) -> bool {
    match status {
        200 | 201 => done,
        503 if text.contains("nothing was changed") || text.contains("登録されていません") => !done,
        503 => text.contains("is not known") || text.contains("確認できませんでした"),
        _ => false,
    }
}

#[tokio::test]
async fn what_is_answered_while_the_disk_fails_is_true() {
    if !require("strace") {
        return;
    }
    for when in ["", ":when=1", ":when=2", ":when=1..2", ":when=1+2"] {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("a.db").display());
        let arguments = ["--store", &store, "--no-sample", "--key-pool", "0"];
        let program = Program::start(&arguments).await;
        let control = &program.control;
        let (revoked, fetched) = (control.issue().await, control.issue().await);
        for notice in [&revoked, &fetched] {
            control.certificate(&notice.serial).await;
        }
        let browser = program.browser().await;
        let form = browser.open("/p/rcd").await.form().notice(&fetched).password("1234");
        let before = State::of(control, &revoked, &fetched).await;

        let disk = FailingDisk::of(&program, when).await;
        let mut told = Vec::new();
        let revoke = format!("/certificates/{}/revoke", revoked.serial);
        told.push(control.call(Method::POST, &revoke, Some(&json!({}))).await);
        told.push(
            control.post("/notices", &json!({"institution_code": "0110119153", "terminal_name": "x"})).await,
        );
        told.push(browser.press(&form, "ダウンロード").await);
        told.push(control.put("/clock", &json!({"mode": "frozen"})).await);
        disk.mend().await;

        let after = State::of(control, &revoked, &fetched).await;
        let journal = control.outcomes().await;
        let done = [
            (after.revoked, "revoked"),
            (after.notices.len() > before.notices.len(), "issued"),
            (after.downloads > before.downloads, "downloaded"),
            (after.clock == "frozen", "clock.set"),
        ];
        for ((done, outcome), answer) in done.into_iter().zip(&told) {
            let text = String::from_utf8_lossy(&answer.body);
            let (status, about) =
                (answer.status.as_u16(), format!("{when:?}: {outcome}: {}", answer.summary()));
            assert!(is_true(done, status, &text), "done: {done}; {about}");
            let noted = journal.iter().filter(|noted| *noted == outcome).count();
            let earlier = if outcome == "issued" { 2 } else { 0 };
            assert_eq!(noted, earlier + usize::from(done), "the journal tells of it: {about}");
        }
        // What holds is what the next process finds, and it goes on.
        program.kill().await;
        let program = Program::start(&arguments).await;
        assert_eq!(State::of(&program.control, &revoked, &fetched).await, after, "{when:?}");
        program.control.issue().await;
    }
}
