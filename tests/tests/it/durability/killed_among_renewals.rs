//! Every acknowledged renewal and revocation survives `kill -9` in the middle of many of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use obn_tests::{Browser, Control, NOON, Notice, Pfx, Program, RENEWING};
use reqwest::Method;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// After how many answers the process is killed, in each round.
const KILLS: [usize; 4] = [6, 24, 12, 50];
/// Terminals that begin in each round. Of three, two renew, and all do it twice at once.
const A_ROUND: usize = 5;
/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the clients were told, over all rounds.
#[derive(Default)]
struct Told {
    /// Request ID of the renewal, by the serial number of the old certificate
    renewed: BTreeMap<String, String>,
    /// Serial number of the new certificate, by the same
    fetched: BTreeMap<String, String>,
    /// Request IDs whose application for revocation was accepted
    applied: BTreeSet<String>,
    /// Request IDs whose revocation was approved
    revoked: BTreeSet<String>,
    /// Gets a word with each answer
    answers: Option<UnboundedSender<()>>,
}

impl Told {
    fn answered(&self) {
        if let Some(answers) = &self.answers {
            // After the kill nobody listens.
            let _ = answers.send(());
        }
    }
}

/// A terminal of the institution, with its certificate.
#[derive(Clone)]
struct Terminal {
    notice: Notice,
    pfx: Pfx,
}

/// A browser of a terminal at the process that runs now, and somebody who can approve what it applies for.
struct Work {
    terminal: Terminal,
    browser: Browser,
    control: Control,
    told: Arc<Mutex<Told>>,
}

impl Work {
    async fn at(program: &Program, terminal: &Terminal, told: &Arc<Mutex<Told>>) -> Self {
        Self {
            terminal: terminal.clone(),
            browser: program.browser_showing(&terminal.pfx).await,
            control: program.control.clone(),
            told: Arc::clone(told),
        }
    }

    /// Renews and fetches. `None` when the process is gone.
    async fn renew(self) -> Option<()> {
        let (browser, old) = (&self.browser, &self.terminal.notice.serial);
        browser.try_visit("/p/ru").await.ok()?;
        let mut answer = browser.try_visit("/p/ru/apply").await.ok()?;
        if answer.path() == "/p/ru/apply" && !answer.page().forms.is_empty() {
            answer = browser.try_press(&answer.page().form(), "Submit").await.ok()?;
        }
        // A visitor who comes when it is issued already finds it in the list, and is refused a second one.
        let request_id = match answer.path().strip_prefix("/p/ru/status/") {
            Some(request_id) if answer.status == 200 => request_id.to_owned(),
            _ => {
                let list = browser.try_visit("/p/ru/list").await.ok()?;
                list.page().form().action.strip_prefix("/p/ru/key/")?.to_owned()
            }
        };
        {
            let mut told = self.told.lock().unwrap();
            let before = told.renewed.insert(old.clone(), request_id.clone());
            told.answered();
            assert!(before.is_none_or(|before| before == request_id), "{old} was renewed twice");
        }
        browser.try_visit("/p/ru").await.ok()?;
        let key = browser.try_visit(&format!("/p/ru/key/{request_id}")).await.ok()?.page();
        let key = key.form().fill("証明書パスワード", "1234");
        let ready = browser.try_press(&key, "Submit").await.ok()?.page();
        let pfx = browser.try_press(&ready.form(), "Download").await.ok()?.pfx("1234");
        assert!(pfx.fits());
        let serial = pfx.serial;
        let mut told = self.told.lock().unwrap();
        let before = told.fetched.insert(old.clone(), serial.clone());
        told.answered();
        assert!(before.is_none_or(|before| before == serial), "{old} has two successors");
        Some(())
    }

    /// Has its certificate revoked. `None` when the process is gone.
    async fn revoke(self) -> Option<()> {
        let request_id = &self.terminal.notice.request_id;
        if self.apply_for_revocation().await? {
            let mut told = self.told.lock().unwrap();
            told.applied.insert(request_id.clone());
            told.answered();
        }
        let approve = format!("/revocations/{request_id}/approve");
        let answer = self.control.try_call(Method::POST, &approve, None).await.ok()?;
        if answer.status == 200 {
            let mut told = self.told.lock().unwrap();
            let first = told.revoked.insert(request_id.clone());
            told.answered();
            assert!(first, "{request_id} was revoked twice");
        }
        Some(())
    }

    /// Whether it was accepted; it isn't if it was before.
    async fn apply_for_revocation(&self) -> Option<bool> {
        const EMAIL: &str = "tanto@clinic.example.jp";
        let browser = &self.browser;
        let ids = browser.try_visit("/p/rx").await.ok()?.page().form().notice(&self.terminal.notice);
        let mail = browser.try_press(&ids, "次へ").await.ok()?.page();
        if mail.forms.first().is_none_or(|form| form.action != "/p/rx/confirm") {
            return Some(false);
        }
        let confirm = browser.try_press(&mail.form().email(EMAIL, EMAIL), "申請").await.ok()?.page();
        let accepted = browser.try_press(&confirm.form(), "申請").await.ok()?.page();
        Some(accepted.says("証明書失効申請の受付完了"))
    }

    /// Of three terminals, two renew.
    async fn done(self, index: usize) -> Option<()> {
        if index % 3 == 2 { self.revoke().await } else { self.renew().await }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_acknowledged_renewal_and_revocation_survives_kill_9_and_none_is_there_twice() {
    // Not after some time but after some work, a different amount in each round.
    let moment = async |round: usize, heard: &mut UnboundedReceiver<()>| {
        for _ in 0..KILLS[round] {
            tokio::time::timeout(PATIENCE, heard.recv()).await.expect("the workers stand still");
        }
    };
    assert!(renewals_survive(KILLS.len(), A_ROUND, moment).await > 0, "there was work");
}

/// Kills the process in each round, in which so many terminals begin, when its moment has come. Answers with how many
/// renewals were acknowledged, all of which are there in the end.
pub(super) async fn renewals_survive(
    rounds: usize,
    a_round: usize,
    moment: impl AsyncFn(usize, &mut UnboundedReceiver<()>),
) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("a.db").display());
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, "issue.delays = [\"0s\", \"0s\"]\n").unwrap();
    let arguments =
        ["--store", &store, "--profile", profile.to_str().unwrap(), "--no-sample", "--key-pool", "4"];
    let told = Arc::new(Mutex::new(Told::default()));
    let (mut terminals, mut interrupted) = (Vec::new(), 0);
    for round in 0..rounds {
        let program = Program::start(&arguments).await;
        if round == 0 {
            program.control.freeze(NOON).await;
            for _ in 0..rounds * a_round {
                let notice = program.control.issue().await;
                let pfx = program.browser().await.download(&notice, "1234").await.pfx("1234");
                terminals.push(Terminal { notice, pfx });
            }
            program.control.freeze(RENEWING).await;
        }
        check(&program, &told).await;
        let (answers, mut heard) = unbounded_channel();
        told.lock().unwrap().answers = Some(answers);
        // Those of the earlier rounds come back: whoever got no answer tries again.
        let mut workers = Vec::new();
        for (index, terminal) in terminals[..(round + 1) * a_round].iter().enumerate().rev() {
            for _ in 0..2 {
                workers.push(tokio::spawn(Work::at(&program, terminal, &told).await.done(index)));
            }
        }
        moment(round, &mut heard).await;
        program.kill().await;
        for worker in workers {
            interrupted += usize::from(worker.await.unwrap().is_none());
        }
    }
    eprintln!("{interrupted} got no answer");
    let program = Program::start(&arguments).await;
    check(&program, &told).await;
    // In the end everybody who didn't get an answer gets one, and nothing has been done twice.
    for (index, terminal) in terminals.iter().enumerate() {
        let done = Work::at(&program, terminal, &told).await.done(index).await;
        assert_eq!(done, Some(()), "terminal {index} gets to its end");
    }
    check(&program, &told).await;
    let revoked = (0..terminals.len()).filter(|index| index % 3 == 2).count();
    let list = |path: &'static str| async { program.control.json(path).await.as_array().unwrap().len() };
    let lengths = [list("/renewals").await, list("/revocations").await, list("/mails").await];
    assert_eq!(lengths, [terminals.len() - revoked, revoked, revoked]);
    program.kill().await;
    told.lock().unwrap().renewed.len()
}

/// Everything that was acknowledged is there, and nothing is there twice.
async fn check(program: &Program, told: &Mutex<Told>) {
    let (renewals, revocations) =
        (program.control.json("/renewals").await, program.control.json("/revocations").await);
    let certificates = program.control.json("/certificates").await;
    let mails = program.control.json("/mails").await;
    let renewals = unique(&renewals, "renews");
    let revocations = unique(&revocations, "request_id");
    let certificates = unique(&certificates, "serial");
    let mails = unique(&mails, "request_id");
    let told = told.lock().unwrap();
    for (old, request_id) in &told.renewed {
        let kept = renewals.get(old.as_str()).unwrap_or_else(|| panic!("the renewal {request_id} is gone"));
        assert_eq!(kept["request_id"], request_id.as_str());
        if let Some(new) = told.fetched.get(old) {
            assert_eq!(kept["serial"], new.as_str());
            assert_eq!(certificates[new.as_str()]["status"], "valid");
        }
    }
    for request_id in &told.applied {
        assert!(revocations.contains_key(request_id.as_str()), "the application for {request_id} is gone");
    }
    for request_id in &told.revoked {
        let kept = revocations[request_id.as_str()];
        assert_eq!(kept["status"], "approved");
        assert_eq!(certificates[kept["serial"].as_str().unwrap()]["status"], "revoked");
    }
    // Decision, revocation and mail are one.
    let approved = revocations.values().filter(|kept| kept["status"] == "approved");
    let approved: BTreeSet<_> = approved.map(|kept| kept["request_id"].as_str().unwrap()).collect();
    assert_eq!(approved, mails.keys().copied().collect());
    let revoked = certificates.values().filter(|certificate| certificate["status"] == "revoked").count();
    assert_eq!(revoked, approved.len());
    eprintln!(
        "{} renewed, {} fetched, {} revoked",
        told.renewed.len(),
        told.fetched.len(),
        told.revoked.len()
    );
}

/// A list by a member that no two have in common.
fn unique<'a>(list: &'a Value, member: &str) -> BTreeMap<&'a str, &'a Value> {
    let list = list.as_array().unwrap();
    let by: BTreeMap<_, _> = list.iter().map(|entry| (entry[member].as_str().unwrap(), entry)).collect();
    assert_eq!(by.len(), list.len(), "{member} is there twice: {list:?}");
    by
}
