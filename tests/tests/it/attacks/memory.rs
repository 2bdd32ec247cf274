//! Answers that nobody reads are in memory once, or not for long.

use obn_ca::Limits;
use obn_tests::Program;
use tokio::io::AsyncWriteExt;

use super::{hold, start, users_are_served, without_window};

/// Peak resident memory of a process, in MiB.
fn peak(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn an_installer_of_a_mebibyte_is_in_memory_once_for_all_who_do_not_take_it() {
    let folder = tempfile::tempdir().unwrap();
    let installer = folder.path().join("installer.msi");
    std::fs::write(&installer, vec![7; 1024 * 1024]).unwrap();
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, format!("[installer]\nfile = {installer:?}\n")).unwrap();
    let program = Program::start(&["--profile", profile.to_str().unwrap(), "--max-connections", "64"]).await;
    let browser = program.browser().await;
    assert_eq!(browser.get("/p/s").await.body.len(), 1024 * 1024);
    let before = peak(program.id());
    let address = program.ready.portal.trim_start_matches("https://").replace("localhost", "127.0.0.1");
    let tls = obn_tests::Tls::trusting(program.control.text("/root.pem").await).alpn("h2");
    let tls = tokio_rustls::TlsConnector::from(std::sync::Arc::new(tls.config()));
    let mut held = Vec::new();
    for _ in 0..48 {
        let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let mut stream = tls.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        stream.write_all(&without_window("/p/s", 16)).await.unwrap();
        held.push(stream);
    }
    // Served after all of them, so their answers have been made.
    assert_eq!(browser.get("/p/rcd").await.status, 200);
    let grown = peak(program.id()) - before;
    assert!(grown < 64, "{grown} MiB for 768 answers of one MiB");
}

#[tokio::test]
async fn when_too_many_answers_wait_for_readers_the_slowest_are_cut_off() {
    let env = start(Limits { answer_bytes: 256 * 1024, ..Limits::default() }).await;
    let browser = env.browser();
    for _ in 0..100 {
        browser.get("/p/cert").await;
    }
    let address = env.simulator.control_address();
    let _held = hold(address, &without_window("/api/v1/journal", 16)).await;
    users_are_served(&env).await;
    let metrics = env.control.text("//metrics").await;
    assert!(!metrics.contains("connections_evicted_total 0"), "{metrics}");
}

#[tokio::test]
async fn a_long_journal_comes_whole_to_who_reads_it() {
    let env = start(Limits::default()).await;
    let browser = env.browser();
    for _ in 0..70 {
        browser.get("/p/cert").await;
    }
    for (query, count) in
        [("", 71), ("?after=5", 66), ("?outcome=cert.file&after=30", 41), ("?outcome=clock", 1)]
    {
        let records = env.control.json(&format!("/journal{query}")).await;
        let numbers: Vec<_> =
            records.as_array().unwrap().iter().map(|it| it["sequence"].as_u64().unwrap()).collect();
        assert_eq!(numbers.len(), count, "{query}");
        assert!(numbers.is_sorted(), "{query}: {numbers:?}");
    }
}

#[tokio::test]
async fn many_who_save_and_load_worlds_at_once_are_all_served() {
    let env = start(Limits::default()).await;
    let notices: Vec<_> = futures_util::future::join_all((0..4).map(|_| env.issue())).await;
    assert_eq!(notices.len(), 4);
    let saved = env.control.json("/world").await;
    let calls = (0..8).map(|number| {
        let (env, saved) = (&env, &saved);
        async move {
            assert_eq!(env.control.get("/world").await.status, 200);
            let body = serde_json::json!({ "name": format!("w{number}"), "file": saved });
            assert_eq!(env.control.post("//api/v1/worlds", &body).await.status, 201);
        }
    });
    futures_util::future::join_all(calls).await;
}
