//! `obn download` of a key that the CA hands out once: it is kept, or it is not asked for.

use std::path::Path;

use obn_client::{Identity, Password, Store};
use obn_tests::{Desk, Environment, Notice, run_with};
use tokio::process::Command;

/// A CA that hands out each key once, one notice of it, and someone with `obn`.
async fn once() -> (Environment, Notice, Desk) {
    let env = Environment::with("download.redownload = \"once\"").await;
    let notice = env.issue().await;
    let desk = Desk::new(&env)
        .with("OBN_REQUEST_ID", &notice.request_id)
        .with("OBN_REFERENCE_ID", &notice.reference_id)
        .with("OBN_PASSWORD", "1234");
    (env, notice, desk)
}

async fn downloads(env: &Environment) -> usize {
    env.control.outcomes().await.iter().filter(|outcome| *outcome == "downloaded").count()
}

fn assert_holds(file: &Path) {
    let pfx = std::fs::read(file).unwrap();
    Identity::from_pfx(&pfx, &Password::new("1234")).unwrap();
}

/// Ends with 2 before the CA was asked, so that the next try gets the key.
async fn assert_not_asked(env: &Environment, desk: &Desk, mut command: Command) {
    let ended = run_with(&mut command, "").await;
    assert_eq!(ended.status, Some(2), "{}: {}{}", ended.command, ended.stdout, ended.stderr);
    assert_eq!(downloads(env).await, 0, "{}: {}", ended.command, ended.stderr);
    desk.run(&["download", "--out", "good.p12"], "").await.ok();
    assert_holds(&desk.path("good.p12"));
}

#[tokio::test]
async fn a_damaged_entry_in_the_store_does_not_keep_the_key_out() {
    let (env, notice, desk) = once().await;
    // One of another certificate, and one that stands in the new one's place.
    for damaged in ["202001010000001", &notice.request_id] {
        std::fs::create_dir_all(desk.path("store").join(damaged)).unwrap();
        std::fs::write(desk.path("store").join(damaged).join("entry.json"), "{").unwrap();
    }
    let ended = desk.run(&["--json", "download"], "").await;
    assert_eq!(ended.status, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(downloads(&env).await, 1);
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let name = told["name"].as_str().unwrap();
    assert!(name.starts_with(&format!("{}-", notice.request_id)), "{name}: the damaged one is left alone");
    let store = Store::at(desk.path("store"));
    assert_holds(&store.entry(name).unwrap().folder().join("identity.p12"));
}

#[tokio::test]
async fn a_store_that_can_t_take_the_key_is_found_out_before_the_ca_is_asked() {
    let (env, _, desk) = once().await;
    let in_a_file = desk.path("root.pem").join("store").display().to_string();
    let command = desk.obn(&["--store", &in_a_file, "download"]);
    assert_not_asked(&env, &desk, command).await;
}

#[tokio::test]
async fn a_file_that_can_t_be_written_is_found_out_before_the_ca_is_asked() {
    for out in ["missing/new.p12", "root.pem/new.p12", "folder"] {
        let (env, _, desk) = once().await;
        std::fs::create_dir(desk.path("folder")).unwrap();
        let command = desk.obn(&["download", "--force", "--out", out]);
        assert_not_asked(&env, &desk, command).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_disk_without_room_is_found_out_before_the_ca_is_asked() {
    for out in [None, Some("new.p12")] {
        let (env, _, desk) = once().await;
        // A limit on the size of files is like a full disk, once its signal is ignored: 4 blocks of 512 or 1024 bytes.
        let mut command = desk.command(Path::new("sh"));
        command.args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$@\"", "sh"]).arg(Desk::program());
        command.arg("download").args(out.map(|out| format!("--out={out}")));
        if out.is_some() {
            command.env_remove("OBN_STORE");
        }
        assert_not_asked(&env, &desk, command).await;
    }
}
