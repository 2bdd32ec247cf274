//! A replica after the other is killed while terminals are issued, downloaded, renewed and revoked through haproxy.
//!
//! `OBN_REPLICAS_SECONDS=60` makes it a minute.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use obn_tests::{AT_ONCE, Control, Door, Notice, Pfx, Replicas, Tls};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use crate::durability::work::{Terminal, Told, Work, check, everything};

const WORKERS: usize = 6;
/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// In which order they are killed: none in the same way as before.
const ORDER: [usize; 7] = [0, 1, 2, 1, 0, 2, 0];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_killed_each_second_nothing_acknowledged_is_lost_and_no_number_is_missing_or_twice() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, AT_ONCE).unwrap();
    let profile = profile.display().to_string();
    let options = ["--profile", &profile, "--key-pool", "4", "--journal", "100000"];
    let Some(mut replicas) = Replicas::with(&options).await else { return };
    let kills = std::env::var("OBN_REPLICAS_SECONDS").map_or(15, |text| text.parse().expect("seconds"));

    let tls = replicas.tls().await;
    let (told, issued) = (Arc::new(Mutex::new(Told::default())), Arc::new(Mutex::new(Vec::new())));
    let over = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| {
            let desk = Desk {
                door: replicas.door.clone(),
                control: replicas.control.clone(),
                tls: tls.clone(),
                told: Arc::clone(&told),
                issued: Arc::clone(&issued),
            };
            let over = Arc::clone(&over);
            tokio::spawn(async move {
                for turn in number.. {
                    if over.load(Ordering::SeqCst) {
                        return;
                    }
                    desk.serve(turn).await;
                }
            })
        })
        .collect();

    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for kill in 0..kills {
        second.tick().await;
        let victim = ORDER[kill % ORDER.len()];
        replicas.kill(victim).await;
        replicas.revive(victim).await;
    }
    over.store(true, Ordering::SeqCst);
    for worker in workers {
        tokio::time::timeout(PATIENCE, worker).await.expect("all are answered in the end").unwrap();
    }

    check(&replicas.control, &told).await;
    let issued = Arc::into_inner(issued).unwrap().into_inner().unwrap();
    let control = &replicas.control;
    check_numbers(control, &issued).await;
    let journal = control.json("/journal").await;
    let numbers: Vec<_> =
        journal.as_array().unwrap().iter().map(|entry| entry["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "the journal has no gap");
    let told = told.lock().unwrap();
    eprintln!(
        "{kills} kills; acknowledged and there: {} issued, {} renewed, {} revoked",
        issued.len(),
        told.renewed.len(),
        told.revoked.len()
    );
    assert!(!told.renewed.is_empty() && !told.revoked.is_empty(), "there was work");
}

/// Somebody who gives one terminal after the other what it needs, as often as it takes.
struct Desk {
    door: Door,
    control: Control,
    tls: Tls,
    told: Arc<Mutex<Told>>,
    issued: Arc<Mutex<Vec<Notice>>>,
}

impl Desk {
    async fn serve(&self, turn: usize) {
        // It can be renewed at once.
        let body =
            json!({"institution_code": "0110119153", "terminal_name": "受付", "valid_until": "2027-01-31"});
        let Ok(answer) = self.control.try_call(Method::POST, "/notices", Some(&body)).await else { return };
        assert_eq!(answer.status, 201, "{}", answer.summary());
        let notice: Notice = answer.json();
        self.issued.lock().unwrap().push(notice.clone());
        let pfx = loop {
            if let Some(pfx) = self.download(&notice).await {
                break pfx;
            }
        };
        let terminal = Terminal { notice, pfx };
        let tls = self.tls.clone().showing(&terminal.pfx);
        let work = || Work::new(&terminal, self.door.browser("localhost", &tls), &self.control, &self.told);
        while work().done(turn).await.is_none() {}
    }

    /// `None` when whoever was asked is gone.
    async fn download(&self, notice: &Notice) -> Option<Pfx> {
        let browser = self.door.browser("localhost", &self.tls);
        let form = browser.try_get("/p/rcd").await.ok()?.page().form().notice(notice).password("1234");
        Some(browser.try_press(&form, "ダウンロード").await.ok()?.pfx("1234"))
    }
}

/// All that was acknowledged is there as it was told, and of all request IDs none is missing or there twice.
async fn check_numbers(control: &Control, issued: &[Notice]) {
    let (notices, renewals) = (everything(control, "/notices").await, everything(control, "/renewals").await);
    let id = |entry: &Value| entry["request_id"].as_str().expect("it has one").to_owned();
    for notice in issued {
        let kept = notices.iter().find(|kept| id(kept) == notice.request_id);
        let kept = kept.unwrap_or_else(|| panic!("{} is gone", notice.request_id));
        assert_eq!(
            (&kept["reference_id"], &kept["serial"]),
            (&json!(notice.reference_id), &json!(notice.serial))
        );
    }
    let ids: BTreeSet<_> = notices.iter().map(id).collect();
    assert_eq!(ids.len(), notices.len(), "none is there twice");
    assert!(renewals.iter().all(|renewal| ids.contains(&id(renewal))), "a renewal is a notice as well");
    let wanted: BTreeSet<_> = (1..=ids.len()).map(|number| format!("20261123{number:07}")).collect();
    assert_eq!(ids, wanted, "none is missing");
}
