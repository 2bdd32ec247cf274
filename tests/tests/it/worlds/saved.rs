//! Worlds that are saved, loaded, reset, and made again from a seed.

use obn_ca::Options;
use obn_tests::{Environment, NOON, Program};
use serde_json::{Value, json};

#[tokio::test]
async fn a_saved_world_goes_on_elsewhere_exactly_where_it_was() {
    let env = Environment::with("download.redownload = \"once\"\nlockout.attempts = 1").await;
    let (fetched, open, locked) = (env.issue().await, env.issue().await, env.issue().await);
    env.browser().download(&fetched, "1234").await;
    env.browser()
        .download(&obn_tests::Notice { reference_id: "FPwNiG5g4r".to_owned(), ..locked.clone() }, "1234")
        .await;
    let file = env.control.json("/world").await;

    let other = Environment::start().await;
    let world = other.create("bug-report", json!({"file": file})).await;
    let control = &world.control;
    for path in ["/root.pem", "/issuer.pem", "/notices", "/certificates", "/profile", "/clock", "/journal"] {
        assert_eq!(control.text(path).await, env.control.text(path).await, "{path}");
    }
    let path = format!("/certificates/{}", open.serial);
    assert_eq!(control.text(&path).await, env.control.text(&path).await);
    let browser = world.browser();
    assert!(browser.download(&fetched, "1234").await.page().says("すでに取得済み"));
    assert!(browser.download(&locked, "1234").await.page().says("一時的に停止"));
    assert!(browser.download(&open, "1234").await.is_file());
    assert_eq!(control.issue().await.request_id, "202611230000004", "numbers go on");
}

#[tokio::test]
async fn a_world_file_is_put_back_in_place_and_read_from_disk() {
    let folder = tempfile::tempdir().unwrap();
    let files = Some(folder.path().to_owned());
    let env = Environment::options(Options { files, ..Options::for_tests() }).await;
    let notice = env.issue().await;
    let file = env.control.json("/world").await;
    env.control.revoke(&notice).await;
    env.control.advance("1d").await;
    assert_eq!(env.control.put("/world", &file).await.status, 204);
    assert_eq!(env.control.json("/clock").await["now"], NOON);
    assert!(env.browser().download(&notice, "1234").await.is_file());

    std::fs::write(folder.path().join("a.world.json"), serde_json::to_vec(&file).unwrap()).unwrap();
    let from_disk = env.create("from-disk", json!({"file": "a.world.json"})).await;
    assert_eq!(from_disk.control.json("/notices").await[0]["request_id"], notice.request_id);

    let before = env.control.text("/certificates").await;
    for damage in
        [json!({}), json!({"format": "x"}), json!([]), json!({"format": "obn-ca world 1", "settings": 1})]
    {
        assert_eq!(env.control.put("/world", &damage).await.status, 422, "{damage}");
    }
    assert_eq!(env.control.text("/certificates").await, before);
}

#[tokio::test]
async fn a_world_with_a_long_journal_is_saved_and_loaded_as_well() {
    use obn_ca::journal::{Draft, Kind};
    let env = Environment::start().await;
    let world = env.world();
    for _ in 0..10_000 {
        let detail = Some("x".repeat(100).into_boxed_str());
        world.journal.write(world.clock.now(), Draft { detail, ..Draft::new(Kind::Handshake, "tls.failed") });
    }
    let file = env.control.json("/world").await;
    let answer = env.control.put("/world", &file).await;
    assert_eq!(answer.status, 204, "{} bytes: {}", file.to_string().len(), answer.summary());
    env.create("copy", json!({"file": file})).await;
}

#[tokio::test]
async fn reset_gives_a_fresh_world_under_the_same_cas() {
    let env = Environment::seeded("tests").await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().notice(&notice).password("1234");
    let roots = (env.control.text("/root.pem").await, env.control.text("/issuer.pem").await);
    assert_eq!(env.control.order("/reset").await.status, 204);
    assert_eq!(env.control.json("/notices").await, json!([]));
    assert_eq!(env.control.json("/clock").await["mode"], "running");
    assert_eq!((env.control.text("/root.pem").await, env.control.text("/issuer.pem").await), roots);
    assert_eq!(browser.press(&form, "ダウンロード").await.page().lines[0], "# セッション無効");
    env.control.freeze(NOON).await;
    assert_eq!(env.issue().await, notice, "with a seed, everything repeats");
    assert!(env.browser().download(&notice, "1234").await.is_file());
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_in_two_processes() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let program = Program::start(&["--seed", "twice", "--no-sample"]).await;
        let control = &program.control;
        control.freeze(NOON).await;
        control.post("/worlds", &json!({"name": "one"})).await;
        let mut texts = Vec::new();
        for control in [control.clone(), control.of_world("one")] {
            control.freeze(NOON).await;
            for _ in 0..2 {
                let notice = control.issue().await;
                texts.push(control.text(&format!("/certificates/{}", notice.serial)).await);
                texts.push(control.text(&format!("/notices/{}", notice.request_id)).await);
            }
            texts.extend([control.text("/root.pem").await, control.text("/issuer.pem").await]);
        }
        told.push(texts);
    }
    assert_eq!(told[0], told[1]);
    let distinct: std::collections::HashSet<_> = told[0].iter().collect();
    assert_eq!(distinct.len(), told[0].len(), "two worlds of one process differ");
}

#[tokio::test]
async fn a_world_file_that_was_changed_by_hand_is_refused_whole() {
    let env = Environment::start().await;
    env.issue().await;
    env.control.post("/faults", &json!({"name": "x", "effect": {"kind": "reset"}})).await;
    let file = env.control.json("/world").await;
    let changes: [(&str, Value); 14] = [
        ("/settings/profile/http/refusal_status", json!(9999)),
        ("/settings/profile/pfx/mime", json!("a\nb")),
        ("/settings/profile/certificate/key_bits", json!(7)),
        ("/settings/clock", json!({"mode": "running", "offset_ms": i64::MAX})),
        ("/settings/clock", json!({"mode": "frozen", "now": "1970-01-01T00:00:00Z"})),
        ("/settings/master", json!("AAAA")),
        ("/settings/tls/root", json!("AAAA")),
        ("/settings/tls/root_key", json!("AAAA")),
        ("/settings/ca/certificate", json!("AAAA")),
        ("/certificates/0/material/certificate", json!("AAAA")),
        ("/certificates/1", file["certificates"][0].clone()),
        ("/counters", json!([])),
        ("/journal/0/sequence", json!(u64::MAX)),
        ("/faults/0/name", json!("")),
    ];
    let before = env.control.text("/certificates").await;
    for (place, value) in changes {
        let mut changed = file.clone();
        match changed.pointer_mut(place) {
            Some(there) => *there = value,
            None => changed["certificates"].as_array_mut().unwrap().push(value),
        }
        let answer = env.control.put("/world", &changed).await;
        assert_eq!(answer.status, 422, "{place}: {}", answer.summary());
        assert_eq!(answer.header("content-type"), "application/problem+json", "{place}");
    }
    assert_eq!(env.control.text("/certificates").await, before);
    assert_eq!(env.control.put("/world", &file).await.status, 204);
}
