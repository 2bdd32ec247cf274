//! The journal is one for all replicas: in order, without gaps, and never behind what was answered.

use futures_util::future::join_all;
use obn_tests::{EventStream, Replicas};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_write_at_once_is_one_journal_without_gaps() {
    let Some(replicas) = Replicas::start().await else { return };
    let browser = replicas.browser().await;
    let work = (0..24).map(|_| async {
        let notice = replicas.control.issue().await;
        assert!(browser.fresh().download(&notice, "1234").await.is_file());
    });
    join_all(work).await;
    let first = replicas.replica(0).control.json("/journal").await;
    let numbers: Vec<_> = sequences(&first);
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    for kind in ["issued", "downloaded"] {
        let count = first.as_array().unwrap().iter().filter(|entry| entry["outcome"] == kind).count();
        assert_eq!(count, 24, "{kind}");
    }
    for number in [1, 2] {
        assert_eq!(replicas.replica(number).control.json("/journal").await, first);
    }
}

fn sequences(journal: &Value) -> Vec<u64> {
    journal.as_array().unwrap().iter().map(|entry| entry["sequence"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn who_has_read_an_answer_finds_its_record_at_every_replica() {
    let Some(replicas) = Replicas::start().await else { return };
    let mut browsers = Vec::new();
    for program in replicas.all() {
        browsers.push(program.browser().await);
    }
    for turn in 0..30 {
        let path = format!("/nothing/{turn}");
        browsers[turn % 3].get(&path).await;
        let found = replicas.replica((turn + 1) % 3).control.json(&format!("/journal?path={path}")).await;
        assert_eq!(found.as_array().unwrap().len(), 1, "{path}");
    }
}

#[tokio::test]
async fn who_waits_at_one_hears_of_what_happens_at_another() {
    let Some(replicas) = Replicas::start().await else { return };
    let [first, second] = [0, 1].map(|number| replicas.replica(number).control.clone());
    let waits = tokio::spawn(async move { second.json("/journal?outcome=issued&wait=30s").await });
    let notice = first.issue().await;
    assert_eq!(waits.await.unwrap()[0]["request_id"], notice.request_id.as_str());
}

#[tokio::test]
async fn a_stream_that_breaks_off_goes_on_at_another_replica() {
    let Some(mut replicas) = Replicas::start().await else { return };
    let third = replicas.replica(2).control.clone();
    let query = "?outcome=issued";
    let mut stream = EventStream::open(&replicas.replica(0).control, query, None).await;
    let (mut heard, mut issued) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        issued.push(third.issue().await.request_id);
        heard.push(stream.next().await);
    }
    let last = heard.last().unwrap().0.clone();
    replicas.kill(0).await;
    issued.push(third.issue().await.request_id);
    let mut stream = EventStream::open(&replicas.replica(1).control, query, Some(&last)).await;
    issued.push(third.issue().await.request_id);
    for _ in 0..2 {
        heard.push(stream.next().await);
    }
    let heard: Vec<_> = heard.iter().map(|(_, entry)| entry["request_id"].as_str().unwrap()).collect();
    assert_eq!(heard, issued);
}
