//! Stores that can't be used are one line on standard error; the others are taken up.

use std::path::Path;

use obn_tests::{Program, Ran, require_mounts, run_with};
use serde_json::json;
use tokio::process::Command;

use super::{folder, sqlite, the_line};

/// The program in a private mount namespace, after this shell script. `None` where that isn't possible.
async fn in_namespace(script: &str, arguments: &[&str]) -> Option<Ran> {
    if !require_mounts().await {
        return None;
    }
    let mut shell = Command::new("unshare");
    let program = Program::command(&[]);
    shell.args(["-m", "sh", "-ec", &format!("{script}\nexec \"$0\" \"$@\"")]);
    shell.arg(program.as_std().get_program());
    Some(run_with(&mut Program::command_in(shell, arguments), "").await)
}

#[tokio::test]
async fn a_store_in_a_folder_that_is_not_there_or_that_is_one_is_one_line() {
    let folder = folder();
    let line = the_line(&Program::fail(&["--store", "sqlite:/nowhere/a.db"]).await);
    assert_eq!(line, "obn-ca: store sqlite:/nowhere/a.db: the folder /nowhere does not exist");
    let store = sqlite(folder.path());
    let line = the_line(&Program::fail(&["--store", &store]).await);
    assert_eq!(line, format!("obn-ca: store {store}: this is a folder, not a file"));
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_one_line() {
    let line = the_line(&Program::fail(&["--store", "sqlite:/proc/a.db"]).await);
    assert!(line.contains("it can't be written"), "{line}");

    let folder = folder();
    let path = folder.path().join("a.db");
    Program::start(&["--store", &sqlite(&path)]).await.kill().await;
    let place = folder.path().display();
    let read_only = format!("mount --bind {place} {place}; mount -o remount,ro,bind {place}");
    for path in [path, folder.path().join("new.db")] {
        let Some(ran) = in_namespace(&read_only, &["--store", &sqlite(&path)]).await else { return };
        let line = the_line(&ran);
        assert!(line.contains("it can't be written"), "{line}");
    }
}

#[tokio::test]
async fn a_full_disk_is_one_line_at_the_start() {
    let folder = folder();
    let place = folder.path().display();
    let script = format!("mount -t tmpfs -o size=16k none {place}");
    let store = sqlite(&folder.path().join("a.db"));
    let Some(ran) = in_namespace(&script, &["--store", &store]).await else { return };
    assert_eq!(the_line(&ran), format!("obn-ca: store {store}: the disk is full"));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_one_line() {
    let folder = folder();
    let path = folder.path().join("a.db");
    let store = sqlite(&path);
    std::fs::write(&path, "this is no database, but it is long enough to be looked at as one".repeat(100))
        .unwrap();
    let line = the_line(&Program::fail(&["--store", &store]).await);
    assert!(line.contains("it is damaged or not a store of obn-ca"), "{line}");

    // Somebody else's database.
    std::fs::remove_file(&path).unwrap();
    sql(&path, "CREATE TABLE notices (id INTEGER PRIMARY KEY)").await;
    let line = the_line(&Program::fail(&["--store", &store]).await);
    assert!(line.starts_with(&format!("obn-ca: store {store}: ")), "{line}");
}

#[tokio::test]
async fn a_damaged_store_is_one_line() {
    let folder = folder();
    let path = folder.path().join("a.db");
    let store = sqlite(&path);
    filled(&store).await;
    let good = std::fs::read(&path).unwrap();
    for damage in ["torn in the middle", "overwritten in the middle", "overwritten at the start"] {
        let mut bytes = good.clone();
        match damage {
            "torn in the middle" => bytes.truncate(bytes.len() / 2),
            "overwritten at the start" => bytes[..100].fill(0xa5),
            _ => {
                let from = 4096;
                let to = bytes.len().min(10 * 4096);
                bytes[from..to].fill(0xa5);
            }
        }
        std::fs::write(&path, bytes).unwrap();
        let line = the_line(&Program::fail(&["--store", &store]).await);
        assert!(line.contains("it is damaged or not a store of obn-ca"), "{damage}: {line}");
    }
}

#[tokio::test]
async fn a_store_with_unreadable_settings_is_one_line() {
    let folder = folder();
    let path = folder.path().join("a.db");
    let store = sqlite(&path);
    filled(&store).await;
    for settings in ["", "{}", "[1]", "{\"master\": \"x\"}"] {
        sql(&path, &format!("UPDATE worlds SET settings = '{settings}'")).await;
        let line = the_line(&Program::fail(&["--store", &store]).await);
        assert!(line.contains("unreadable"), "{settings}: {line}");
    }
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_one_line_and_stays_as_it_is() {
    let folder = folder();
    let path = folder.path().join("a.db");
    let store = sqlite(&path);
    filled(&store).await;
    sql(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99, 'from the future', 1, x'00', 1)",
    )
    .await;
    let before = std::fs::read(&path).unwrap();
    let line = the_line(&Program::fail(&["--store", &store]).await);
    assert!(line.contains("it was made by a newer version of obn-ca (schema 99)"), "{line}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn two_processes_on_one_file_is_one_line_for_the_second() {
    let folder = folder();
    let store = sqlite(&folder.path().join("a.db"));
    let first = Program::start(&["--store", &store]).await;
    let line = the_line(&Program::fail(&["--store", &store]).await);
    assert_eq!(line, format!("obn-ca: store {store}: another process is using it"));
    first.control.issue().await;
}

#[tokio::test]
async fn a_store_is_taken_up_with_everything_in_it() {
    let folder = folder();
    let store = sqlite(&folder.path().join("a.db"));
    let program = Program::start(&["--store", &store, "--seed", "first"]).await;
    program.control.freeze("2027-01-01T00:00:00Z").await;
    let notice = program.control.issue().await;
    program.control.post("/worlds", &json!({"name": "one"})).await;
    let other = program.control.of_world("one").issue().await;
    let kept = [
        "/notices",
        "/certificates",
        "/root.pem",
        "/issuer.pem",
        "/clock",
        "/profile",
        "/worlds/one/notices",
    ];
    let tell = async |program: &Program| {
        let mut texts = Vec::new();
        for path in kept {
            texts.push(program.control.text(path).await);
        }
        texts
    };
    let before = tell(&program).await;
    program.kill().await;

    // Another seed doesn't change what is there.
    let program = Program::start(&["--store", &store, "--seed", "second"]).await;
    assert_eq!(tell(&program).await, before);
    assert_eq!(program.control.of_world("one").json("/notices").await[0]["serial"], other.serial);
    assert_eq!(program.control.json(&format!("/notices/{}", notice.request_id)).await["downloads"], 0);
    let next = program.control.issue().await;
    assert!(next.request_id > notice.request_id);
}

/// A store with a notice in it, closed.
async fn filled(store: &str) {
    let program = Program::start(&["--store", store]).await;
    program.control.text("/issuer.pem").await;
    let pid = i32::try_from(program.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(program.ended().await.0, Some(0));
}

/// Changes a store behind the program's back.
async fn sql(path: &Path, statement: &str) {
    use sqlx::{ConnectOptions, Connection};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
