//! Apply, download, log in, renew, log in with the new certificate, revoke, and be refused after the next list: by `obn` and by the
//! example in Python. Chromium does so in `browsers`.

use std::path::Path;
use std::process::Stdio;

use obn_tests::{Desk, Environment, RENEWING, Ran, python_with, run_with};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::environment;

/// A terminal with somebody's program, told by its environment what to do.
struct Terminal {
    env: Environment,
    folder: TempDir,
    program: Vec<String>,
    more: Vec<(&'static str, String)>,
}

impl Terminal {
    async fn new(program: &[&str], more: Vec<(&'static str, String)>) -> Self {
        let env = environment("issue.delays = ['0s', '0s']\ncrl.immediate = false").await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), env.tls().roots).unwrap();
        Self { env, folder, program: program.iter().map(|part| (*part).to_owned()).collect(), more }
    }

    async fn act(&self, action: &str, told: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "PYTHONPATH"));
        command.envs(self.more.iter().cloned()).env("HOME", self.folder.path()).env("OBN_ROOT", "root.pem");
        command.env("OBN_ACTION", action).env("OBN_URL", self.env.simulator.portal_url());
        command.env("OBN_LOGIN_URL", self.env.simulator.relying_party_url().unwrap());
        command.env("OBN_NOW", self.env.world().clock.now().to_string());
        command.envs(told.iter().copied());
        run_with(&mut command, "").await
    }

    async fn log_in(&self, file: &str, password: &str) -> Ran {
        self.act("login", &[("OBN_IDENTITY", file), ("OBN_IDENTITY_PASSWORD", password)]).await
    }

    /// From the form at /p/rcr to the notice that comes in the post.
    async fn applies(&self) -> Value {
        let control = &self.env.control;
        let form = [
            ("OBN_HOLDER", "0110119153"),
            ("OBN_HOLDER_NAME", "札幌中央診療所"),
            ("OBN_DEPARTMENT", "医事課"),
            ("OBN_TELEPHONE", "011-123-4567"),
            ("OBN_EMAIL", "tanto@clinic.example.jp"),
            ("OBN_TERMINAL", "受付1号機"),
            ("OBN_CERTIFICATES", "1"),
            ("OBN_CONFIRM", "yes"),
        ];
        let said = self.act("apply", &form).await.ok();
        let application = control.json("/applications").await[0].clone();
        let number = application["number"].as_str().unwrap();
        assert!(said.contains(number), "{said}");
        let mail = control.json("/mails").await[0].clone();
        assert_eq!(
            (&mail["to"], &mail["subject"]),
            (&application["email"], &"電子証明書 申請情報受付通知".into())
        );
        let approved = control.order(&format!("/applications/{number}/approve")).await;
        assert_eq!(approved.status, 200);
        // The notice is in the post.
        control.advance("7d").await;
        assert_eq!(control.json(&format!("/applications/{number}")).await["status"], "delivered");
        control.json("/notices").await[0].clone()
    }

    async fn walk(&self) {
        let control = &self.env.control;
        let notice = self.applies().await;
        let id = |name: &str| notice[name].as_str().unwrap();
        let ids = [("OBN_REQUEST_ID", id("request_id")), ("OBN_REFERENCE_ID", id("reference_id"))];
        let file = [("OBN_PASSWORD", "8461"), ("OBN_OUTPUT", "first.p12")];
        self.act("download", &[ids, file].concat()).await.ok();
        let said = self.log_in("first.p12", "8461").await.ok();
        assert!(said.contains("0110119153"), "{said}");

        control.freeze(RENEWING).await;
        let shown = [("OBN_IDENTITY", "first.p12"), ("OBN_IDENTITY_PASSWORD", "8461")];
        let file = [("OBN_PASSWORD", "2468"), ("OBN_OUTPUT", "second.p12")];
        self.act("renew", &[shown, file].concat()).await.ok();
        self.log_in("second.p12", "2468").await.ok();
        self.log_in("first.p12", "8461").await.ok();

        // The registration authority approves, but the list that says so is not out yet.
        let renewal = self.env.world().renewals().await.unwrap().remove(0);
        let request_id = renewal.request_id.to_string();
        let ids = [("OBN_REQUEST_ID", &*request_id), ("OBN_REFERENCE_ID", renewal.reference_id.reveal())];
        let email = [("OBN_EMAIL", "tanto@clinic.example.jp"), ("OBN_CONFIRM", "yes")];
        self.act("revoke", &[ids, email].concat()).await.ok();
        let approve = format!("/revocations/{request_id}/approve");
        assert_eq!(control.call(Method::POST, &approve, None).await.status, 200);
        self.log_in("second.p12", "2468").await.ok();
        control.advance("1d").await;
        let refused = self.log_in("second.p12", "2468").await;
        assert_eq!(refused.status, Some(1), "{refused:?}");
        assert!((refused.stdout + &refused.stderr).contains("失効"), "in the page's words");
        self.log_in("first.p12", "8461").await.ok();

        let mut logins = control.outcomes_of("login").await;
        assert_eq!(logins.remove(4), "login.refused.revoked", "once");
        assert_eq!(logins, ["login.accepted"; 5]);
    }
}

fn file(name: &str) -> String {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    top.join(name).display().to_string()
}

#[tokio::test]
async fn obn_goes_all_the_way() {
    let more = vec![("OBN", Desk::program().display().to_string()), ("OBN_LANG", "ja".to_owned())];
    Terminal::new(&["sh", &file("client/conformance/obn.sh")], more).await.walk().await;
}

#[tokio::test]
async fn the_starter_in_python_goes_all_the_way() {
    let Some(python) = python_with("requests, cryptography").await else { return };
    Terminal::new(&[python, &file("scenarios/starters/python/obn_client.py")], Vec::new()).await.walk().await;
}

#[tokio::test]
async fn obn_logs_in_with_the_certificate_of_its_store_and_tells_a_program() {
    let env = environment("").await;
    let notice = env.issue().await;
    let desk = Desk::new(&env).with("OBN_LOGIN_URL", &env.simulator.relying_party_url().unwrap());
    let desk = desk.with("OBN_PASSWORD", "1234");
    let download = ["download", "--request-id", &notice.request_id, "--reference-id", &notice.reference_id];
    desk.run(&download, "").await.ok();
    let ran = desk.run(&["--json", "check"], "").await;
    let told: serde_json::Value = serde_json::from_str(&ran.ok()).unwrap();
    assert_eq!(told["certificate"]["serial"], notice.serial.as_str());
    assert_eq!(told["page"]["heading"], "ログインしました");
    assert_eq!(told["page"]["facts"]["医療機関コード"], "0110119153");

    env.control.revoke(&notice).await;
    let ran = desk.run(&["--json", "check"], "").await;
    assert_eq!(ran.status, Some(1));
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["error"]["kind"], &told["exit_status"]), (&"refused".into(), &1.into()));
    assert_eq!(told["error"]["page"]["http_status"], 403);

    // Nothing to log in with, and nowhere to.
    let empty = desk.path("empty").display().to_string();
    assert_eq!(desk.run(&["--store", &empty, "check"], "").await.status, Some(2));
    let nowhere = desk.with("OBN_LOGIN_URL", "https://localhost:1");
    assert_eq!(nowhere.run(&["check"], "").await.status, Some(3));
}
