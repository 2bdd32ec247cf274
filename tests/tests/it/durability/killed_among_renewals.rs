//! Every acknowledged renewal and revocation survives `kill -9` in the middle of many of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use obn_tests::Program;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::terminal::{ISSUED, RENEWING, Session, Terminal};

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

/// One terminal renews and fetches, or has its certificate revoked. `None` when the process is gone.
async fn work(
    terminal: Terminal,
    revokes: bool,
    portal: String,
    control: String,
    told: Arc<Mutex<Told>>,
) -> Option<()> {
    let session = terminal.session(&portal);
    let old = &terminal.notice.serial;
    if revokes {
        let accepted = apply_for_revocation(&session, &terminal).await?;
        let request_id = &terminal.notice.request_id;
        if accepted {
            let mut told = told.lock().unwrap();
            told.applied.insert(request_id.clone());
            told.answered();
        }
        let approve = format!("{control}/api/v1/revocations/{request_id}/approve");
        let answer =
            reqwest::Client::builder().no_proxy().build().unwrap().post(approve).send().await.ok()?;
        if answer.status() == 200 {
            let mut told = told.lock().unwrap();
            let first = told.revoked.insert(request_id.clone());
            told.answered();
            assert!(first, "{request_id} was revoked twice");
        }
        return Some(());
    }
    session.open("/p/ru").await?;
    let mut seen = session.open("/p/ru/apply").await?;
    if seen.path == "/p/ru/apply" && seen.page().form.is_some() {
        seen = session.press(&seen, "Submit", &[]).await?;
    }
    // Who comes when it is issued already finds it in the list, and is refused a second one.
    let request_id = match seen.accepted() {
        Some(request_id) => request_id,
        None => {
            let list = session.open("/p/ru/list").await?;
            list.page().form().action.strip_prefix("/p/ru/key/")?.to_owned()
        }
    };
    {
        let mut told = told.lock().unwrap();
        let before = told.renewed.insert(old.clone(), request_id.clone());
        told.answered();
        assert!(before.is_none_or(|before| before == request_id), "{old} was renewed twice");
    }
    let pfx = session.fetch(&request_id, "1234").await?;
    assert!(pfx.fits());
    let serial = pfx.serial;
    let mut told = told.lock().unwrap();
    let before = told.fetched.insert(old.clone(), serial.clone());
    told.answered();
    assert!(before.is_none_or(|before| before == serial), "{old} has two successors");
    Some(())
}

/// Whether it was accepted; it isn't if it was before.
async fn apply_for_revocation(session: &Session, terminal: &Terminal) -> Option<bool> {
    const EMAIL: &str = "tanto@clinic.example.jp";
    let notice = &terminal.notice;
    let ids =
        [("リクエスト ID", notice.request_id.as_str()), ("リファレンス ID", notice.reference_id.as_str())];
    let form = session.open("/p/rx").await?;
    let mail = session.press(&form, "次へ", &ids).await?;
    if mail.page().form.is_none_or(|form| form.action != "/p/rx/confirm") {
        return Some(false);
    }
    let typed = [("申請者のメールアドレス", EMAIL), ("メールアドレス(確認用)", EMAIL)];
    let confirm = session.press(&mail, "申請", &typed).await?;
    let accepted = session.press(&confirm, "申請", &[]).await?;
    Some(accepted.page().says("証明書失効申請の受付完了"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_acknowledged_renewal_and_revocation_survives_kill_9_and_none_is_there_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("a.db").display());
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, "issue.delays = [\"0s\", \"0s\"]\n").unwrap();
    let arguments =
        ["--store", &store, "--profile", profile.to_str().unwrap(), "--no-sample", "--key-pool", "4"];
    let told = Arc::new(Mutex::new(Told::default()));
    let (mut terminals, mut interrupted) = (Vec::new(), 0);
    for (round, kill_after) in KILLS.into_iter().enumerate() {
        let program = Program::start(&arguments).await;
        if round == 0 {
            program.control.freeze(ISSUED).await;
            for _ in 0..KILLS.len() * A_ROUND {
                terminals.push(Terminal::new(&program.control, &program.ready.portal).await);
            }
            program.control.freeze(RENEWING).await;
        }
        check(&program, &told).await;
        let (answers, mut heard) = unbounded_channel();
        told.lock().unwrap().answers = Some(answers);
        // Those of the earlier rounds come back: whoever got no answer tries again.
        let workers: Vec<_> = terminals[..(round + 1) * A_ROUND]
            .iter()
            .enumerate()
            .rev()
            .flat_map(|(index, terminal)| [(index, terminal); 2])
            .map(|(index, terminal)| {
                let (portal, control) = (program.ready.portal.clone(), program.ready.control.clone());
                tokio::spawn(work(terminal.clone(), index % 3 == 2, portal, control, Arc::clone(&told)))
            })
            .collect();
        // Not after some time but after some work, a different amount in each round.
        for _ in 0..kill_after {
            tokio::time::timeout(PATIENCE, heard.recv()).await.expect("the workers stand still");
        }
        program.kill().await;
        for worker in workers {
            interrupted += usize::from(worker.await.unwrap().is_none());
        }
    }
    eprintln!("{interrupted} got no answer");
    assert!(!told.lock().unwrap().renewed.is_empty(), "there was work");
    let program = Program::start(&arguments).await;
    check(&program, &told).await;
    // In the end everybody who didn't get an answer gets one, and nothing has been done twice.
    for (index, terminal) in terminals.iter().enumerate() {
        let (portal, control) = (program.ready.portal.clone(), program.ready.control.clone());
        let done = work(terminal.clone(), index % 3 == 2, portal, control, Arc::clone(&told)).await;
        assert_eq!(done, Some(()), "terminal {index} gets to its end");
    }
    check(&program, &told).await;
    let revoked = (0..terminals.len()).filter(|index| index % 3 == 2).count();
    let list = |path: &'static str| async { program.control.json(path).await.as_array().unwrap().len() };
    let lengths = [list("/renewals").await, list("/revocations").await, list("/mails").await];
    assert_eq!(lengths, [terminals.len() - revoked, revoked, revoked]);
    program.kill().await;
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
