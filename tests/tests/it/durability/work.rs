//! What terminals do at a simulator that is killed, and whether all is there that they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use obn_tests::{Browser, Control, Notice, Pfx};
use reqwest::Method;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

/// What the clients were told, over all rounds.
#[derive(Default)]
pub(crate) struct Told {
    /// Request ID of the renewal, by the serial number of the old certificate
    pub(crate) renewed: BTreeMap<String, String>,
    /// Serial number of the new certificate, by the same
    pub(crate) fetched: BTreeMap<String, String>,
    /// Request IDs whose application for revocation was accepted
    pub(crate) applied: BTreeSet<String>,
    /// Request IDs whose revocation was approved
    pub(crate) revoked: BTreeSet<String>,
    /// Gets a word with each answer
    pub(crate) answers: Option<UnboundedSender<()>>,
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
pub(crate) struct Terminal {
    pub(crate) notice: Notice,
    pub(crate) pfx: Pfx,
}

/// A browser of a terminal, and somebody who can approve what it applies for.
pub(crate) struct Work {
    terminal: Terminal,
    browser: Browser,
    control: Control,
    told: Arc<Mutex<Told>>,
}

impl Work {
    pub(crate) fn new(
        terminal: &Terminal,
        browser: Browser,
        control: &Control,
        told: &Arc<Mutex<Told>>,
    ) -> Self {
        Self { terminal: terminal.clone(), browser, control: control.clone(), told: Arc::clone(told) }
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
    pub(crate) async fn done(self, index: usize) -> Option<()> {
        if index % 3 == 2 { self.revoke().await } else { self.renew().await }
    }
}

/// Everything that was acknowledged is there, and nothing is there twice.
pub(crate) async fn check(control: &Control, told: &Mutex<Told>) {
    let (renewals, revocations) =
        (everything(control, "/renewals").await, everything(control, "/revocations").await);
    let certificates = everything(control, "/certificates").await;
    let mails = everything(control, "/mails").await;
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
fn unique<'a>(list: &'a [Value], member: &str) -> BTreeMap<&'a str, &'a Value> {
    let by: BTreeMap<_, _> = list.iter().map(|entry| (entry[member].as_str().unwrap(), entry)).collect();
    assert_eq!(by.len(), list.len(), "{member} is there twice: {list:?}");
    by
}

/// A list with all its pages.
pub(crate) async fn everything(control: &Control, list: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), Some(list.to_owned()));
    while let Some(path) = next {
        let answer = control.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
        all.extend(answer.json::<Vec<Value>>());
        // <…/notices?after=…>; rel="next"
        let links = answer.header("link").split(", ").find(|link| link.ends_with("rel=\"next\""));
        next = links
            .and_then(|link| link.split_once('?')?.1.split_once('>'))
            .map(|(query, _)| format!("{list}?{query}"));
    }
    all
}
