//! Every acknowledged renewal and revocation survives `kill -9` in the middle of many of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use obn_tests::{Kept, NOON, Program, RENEWING};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::work::{Terminal, Told, Work, check};

/// After how many answers the process is killed, in each round.
const KILLS: [usize; 4] = [6, 24, 12, 50];
/// Terminals that begin in each round. Of three, two renew, and all do it twice at once.
const A_ROUND: usize = 5;
/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_acknowledged_renewal_and_revocation_survives_kill_9_and_none_is_there_twice() {
    survive(&Kept::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_acknowledged_renewal_and_revocation_survives_on_postgres_and_none_is_there_twice() {
    if let Some(kept) = Kept::on_postgres().await {
        survive(&kept).await;
    }
}

async fn survive(kept: &Kept) {
    // Not after some time but after some work, a different amount in each round.
    let moment = async |round: usize, heard: &mut UnboundedReceiver<()>| {
        for _ in 0..KILLS[round] {
            tokio::time::timeout(PATIENCE, heard.recv()).await.expect("the workers stand still");
        }
    };
    assert!(renewals_survive(kept, KILLS.len(), A_ROUND, moment).await > 0, "there was work");
}

/// Kills the process in each round, in which so many terminals begin, when its moment has come. Answers with how many
/// renewals were acknowledged, all of which are there in the end.
pub(super) async fn renewals_survive(
    kept: &Kept,
    rounds: usize,
    a_round: usize,
    moment: impl AsyncFn(usize, &mut UnboundedReceiver<()>),
) -> usize {
    let (folder, store) = (tempfile::tempdir().unwrap(), kept.url());
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
        check(&program.control, &told).await;
        let (answers, mut heard) = unbounded_channel();
        told.lock().unwrap().answers = Some(answers);
        // Those of the earlier rounds come back: whoever got no answer tries again.
        let mut workers = Vec::new();
        for (index, terminal) in terminals[..(round + 1) * a_round].iter().enumerate().rev() {
            for _ in 0..2 {
                workers.push(tokio::spawn(at(&program, terminal, &told).await.done(index)));
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
    check(&program.control, &told).await;
    // In the end everybody who didn't get an answer gets one, and nothing has been done twice.
    for (index, terminal) in terminals.iter().enumerate() {
        let done = at(&program, terminal, &told).await.done(index).await;
        assert_eq!(done, Some(()), "terminal {index} gets to its end");
    }
    check(&program.control, &told).await;
    let revoked = (0..terminals.len()).filter(|index| index % 3 == 2).count();
    let list = |path: &'static str| async { program.control.json(path).await.as_array().unwrap().len() };
    let lengths = [list("/renewals").await, list("/revocations").await, list("/mails").await];
    assert_eq!(lengths, [terminals.len() - revoked, revoked, revoked]);
    program.kill().await;
    told.lock().unwrap().renewed.len()
}

/// A terminal's work at the process that runs now.
async fn at(program: &Program, terminal: &Terminal, told: &Arc<Mutex<Told>>) -> Work {
    let browser = program.browser_showing(&terminal.pfx).await;
    Work::new(terminal, browser, &program.control, told)
}
