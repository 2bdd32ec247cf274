//! What was acknowledged survives `kill -9` in the middle of concurrent issues and downloads, and no ID ever
//! comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use obn_ca::store::StoreUrl;
use obn_ca::{Options, Simulator};
use obn_tests::{Browser, Control, Kept, Notice, Program, require, require_mounts, run_with};
use reqwest::Method;
use serde_json::{Value, json};

const ROUNDS: usize = 3;
const WORKERS: usize = 4;

/// What the clients were told, over all rounds.
#[derive(Default)]
struct Acknowledged {
    /// Notices by request ID, with the downloads that were answered.
    notices: BTreeMap<String, (Notice, u32)>,
    references: BTreeSet<String>,
    serials: BTreeSet<String>,
    revoked: BTreeSet<String>,
}

/// Issues, downloads and revokes until the process is gone.
async fn work(control: Control, browser: Browser, told: Arc<Mutex<Acknowledged>>) {
    let body = json!({"institution_code": "0110119153", "terminal_name": "受付"});
    for turn in 0.. {
        let Ok(answer) = control.try_call(Method::POST, "/notices", Some(&body)).await else { return };
        if answer.status != 201 {
            return;
        }
        let notice: Notice = answer.json();
        {
            let mut told = told.lock().unwrap();
            assert!(told.references.insert(notice.reference_id.clone()), "a reference ID came back");
            assert!(told.serials.insert(notice.serial.clone()), "a serial number came back");
            let again = told.notices.insert(notice.request_id.clone(), (notice.clone(), 0));
            assert!(again.is_none(), "request ID {} came back", notice.request_id);
        }
        if turn % 3 == 0 {
            let path = format!("/certificates/{}/revoke", notice.serial);
            match control.try_call(Method::POST, &path, None).await {
                Ok(answer) if answer.status == 200 => told.lock().unwrap().revoked.insert(notice.serial),
                _ => return,
            };
            continue;
        }
        match download(&browser.fresh(), &notice).await {
            Some(()) => told.lock().unwrap().notices.get_mut(&notice.request_id).unwrap().1 += 1,
            None => return,
        }
    }
}

/// One walk through `/p/rcd` that doesn't panic when the process is killed on the way.
async fn download(browser: &Browser, notice: &Notice) -> Option<()> {
    let form = browser.try_get("/p/rcd").await.ok()?.page().form().notice(notice).password("1234");
    let answer = browser.try_press(&form, "ダウンロード").await.ok()?;
    (answer.is_file() && answer.body.len() > 1_000).then_some(())
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_no_id_repeats_after_kill_9() {
    survive(&Kept::default()).await;
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_no_id_repeats_on_postgres_after_kill_9() {
    if let Some(kept) = Kept::on_postgres().await {
        survive(&kept).await;
    }
}

async fn survive(kept: &Kept) {
    // Not after some time but after some work, a different amount in each round.
    let moment = async |round: usize, program: &Program| {
        let sequence = program.control.json("/journal?kind=authority").await.as_array().unwrap().len();
        let mut last = sequence as u64;
        let mut seen = 0;
        while seen < 12 + 9 * round {
            let records =
                program.control.json(&format!("/journal?after={last}&wait=30s&kind=authority")).await;
            let records = records.as_array().unwrap().clone();
            assert!(!records.is_empty(), "the workers stand still");
            seen += records.len();
            last = records.last().unwrap()["sequence"].as_u64().unwrap();
        }
    };
    let (issued, revoked) = issues_survive(kept, ROUNDS, moment).await;
    assert!(issued > ROUNDS * 2 && revoked > 0, "there was work");
    eprintln!("{issued} issued, {revoked} revoked over {ROUNDS} kills");
}

/// Kills the process in each round when its moment has come. Answers with how many certificates were issued and how many
/// of them revoked, all of which are there in the end.
pub(super) async fn issues_survive(
    kept: &Kept,
    rounds: usize,
    moment: impl AsyncFn(usize, &Program),
) -> (usize, usize) {
    let store = kept.url();
    let told = Arc::new(Mutex::new(Acknowledged::default()));
    for round in 0..rounds {
        let program = Program::start(&["--store", &store, "--no-sample", "--key-pool", "8"]).await;
        check(&program, &told).await;
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            let (control, browser) = (program.control.clone(), program.browser().await);
            workers.push(tokio::spawn(work(control, browser, Arc::clone(&told))));
        }
        moment(round, &program).await;
        program.kill().await;
        for worker in workers {
            worker.await.unwrap();
        }
    }
    let program = Program::start(&["--store", &store, "--no-sample"]).await;
    check(&program, &told).await;
    let told = told.lock().unwrap();
    (told.notices.len(), told.revoked.len())
}

/// Everything that was acknowledged is there, and what is there is whole.
async fn check(program: &Program, told: &Mutex<Acknowledged>) {
    let listed = program.control.json("/notices").await;
    let certificates = program.control.json("/certificates").await;
    let listed: BTreeMap<String, Notice> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| {
            (
                notice["request_id"].as_str().unwrap().to_owned(),
                serde_json::from_value(notice.clone()).unwrap(),
            )
        })
        .collect();
    let status: BTreeMap<&str, &Value> = certificates
        .as_array()
        .unwrap()
        .iter()
        .map(|certificate| (certificate["serial"].as_str().unwrap(), &certificate["status"]))
        .collect();
    let (notices, revoked) = {
        let told = told.lock().unwrap();
        (told.notices.clone(), told.revoked.clone())
    };
    for (request_id, (notice, downloads)) in &notices {
        let kept =
            listed.get(request_id).unwrap_or_else(|| panic!("{request_id} was acknowledged and is gone"));
        assert_eq!(&Notice { downloads: kept.downloads, ..notice.clone() }, kept);
        assert!(kept.downloads >= *downloads, "a download of {request_id} was acknowledged and is forgotten");
    }
    for serial in &revoked {
        assert_eq!(status[serial.as_str()], "revoked", "{serial}");
    }
    // A certificate whose key was still in the making has one after all.
    let open = listed.values().find(|notice| status[notice.serial.as_str()] == "valid");
    if let Some(notice) = open {
        assert!(program.browser().await.download(notice, "1234").await.is_file());
        told.lock().unwrap().notices.entry(notice.request_id.clone()).and_modify(|(_, count)| *count += 1);
    }
    assert_eq!(listed.len(), status.len(), "no certificate without its notice");
}

/// Plays the client by shell, since only a process inside of a private mount sees the small disk.
const FULL_DISK: &str = r#"
    program=$1
    cd "$2"
    mount -t tmpfs -o size=1m none .
    cd "$2"
    mkfifo ready
    start() {
        "$program" --listen 127.0.0.1:0 --control 127.0.0.1:0 --no-sample --key-pool 0 --store sqlite:a.db >ready &
        pid=$!
        read line <ready
        control=$(echo "$line" | sed 's/.*"control":"\([^"]*\)".*/\1/')
    }
    issue() {
        curl -s -o answer -w "$1 %{http_code}\n" -H 'content-type: application/json' \
            -d '{"institution_code":"0110119153","terminal_name":"x"}' $control/api/v1/notices
    }
    listed() {
        curl -s $control/api/v1/notices | tr '{' '\n' | grep -c request_id | sed "s/^/$1 /"
    }
    : >answer
    start
    issue roomy
    curl -s -o issuer $control/api/v1/issuer.pem
    curl -s -o certificates $control/api/v1/certificates/$(sed 's/.*"serial":"\([^"]*\)".*/\1/' answer)
    dd if=/dev/zero of=filler bs=1k 2>/dev/null || true
    issue full
    listed then
    rm filler
    issue again
    kill -9 $pid
    wait $pid 2>/dev/null || true
    start
    listed after
    kill -9 $pid
"#;

#[tokio::test]
async fn a_disk_that_fills_up_while_running_loses_nothing_and_says_so() {
    if !require("curl") || !require_mounts().await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = Program::command(&[]);
    let mut shell = tokio::process::Command::new("unshare");
    shell.args(["-m", "sh", "-c", FULL_DISK, "sh"]).arg(program.as_std().get_program()).arg(folder.path());
    let told = run_with(&mut shell, "").await.stdout;
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        ["roomy 201", "full 507", "then 1", "again 201", "after 2"],
        "{told}"
    );
}

#[tokio::test]
async fn a_key_that_was_still_in_the_making_at_the_stop_does_not_open_the_store_again() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        || Options { store: StoreUrl::Sqlite(folder.path().join("store.db")), ..Options::for_tests() };
    let first = Simulator::start(options()).await.unwrap();
    let world = Arc::clone(&first.worlds().default_world().world);
    first.stop().await;
    // What the background task does, whenever its key is there.
    assert!(world.client_ca().await.is_err(), "there is nowhere to keep it");
    let second = Simulator::start(options()).await.unwrap();
    assert!(second.sample_notice().await.is_some());
    second.stop().await;
}
