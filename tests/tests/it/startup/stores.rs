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
    assert_eq!(line, "obn-ca: store sqlite:/nowhere/a.db: the folder /nowhere does not exist; make it first");
    let store = sqlite(folder.path());
    let line = the_line(&Program::fail(&["--store", &store]).await);
    assert_eq!(
        line,
        format!(
            "obn-ca: store {store}: this is a folder, not a file; name a file in it, such as sqlite:FOLDER/obn-ca.db"
        )
    );
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
    assert_eq!(
        the_line(&ran),
        format!("obn-ca: store {store}: the disk is full; make room, or name a file on another disk")
    );
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
async fn another_program_s_database_is_one_line_and_stays_as_it_is() {
    let folder = folder();
    for (number, statements) in [
        "CREATE TABLE notices (id INTEGER PRIMARY KEY)",
        "PRAGMA journal_mode = WAL; CREATE TABLE worlds (name TEXT); CREATE TABLE counters (name TEXT)",
        "CREATE TABLE _sqlx_migrations (version BIGINT); CREATE TABLE users (id INTEGER)",
        "PRAGMA application_id = 252006673; CREATE VIEW v AS SELECT 1",
        "PRAGMA application_id = 1",
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{number}.db"));
        sql(&path, statements).await;
        let before = std::fs::read(&path).unwrap();
        let store = sqlite(&path);
        let line = the_line(&Program::fail(&["--store", &store]).await);
        let told = "it is another program's database: name a file of its own for obn-ca";
        assert_eq!(line, format!("obn-ca: store {store}: {told}"), "{statements}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{statements}");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, number + 1, "{statements}: nothing lies beside it");
    }
}

#[tokio::test]
async fn another_program_s_database_that_was_not_closed_stays_as_it_is() {
    use sqlx::{ConnectOptions, Executor};
    let folder = folder();
    let (path, copy) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    let mut connection = options.connect().await.unwrap();
    connection
        .execute("CREATE TABLE theirs (id INTEGER); PRAGMA wal_checkpoint; INSERT INTO theirs VALUES (1)")
        .await
        .unwrap();
    let files = [(&path, &copy)].into_iter().flat_map(|(from, to)| {
        ["", "-wal"].map(|suffix| [from, to].map(|path| format!("{}{suffix}", path.display())))
    });
    let mut before = Vec::new();
    for [from, to] in files {
        std::fs::copy(from, &to).unwrap();
        before.push((to.clone(), std::fs::read(to).unwrap()));
    }
    let line = the_line(&Program::fail(&["--store", &sqlite(&copy)]).await);
    assert!(line.contains("it is another program's database"), "{line}");
    for (file, bytes) in before {
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{file}");
    }
}

#[tokio::test]
async fn a_store_of_the_first_version_is_taken_up() {
    let folder = folder();
    let path = folder.path().join("a.db");
    let store = sqlite(&path);
    filled(&store).await;
    // As it was before databases said whose they are, and before commits were counted.
    sql(
        &path,
        "PRAGMA application_id = 0; DROP TABLE commits; DELETE FROM _sqlx_migrations WHERE version = 4",
    )
    .await;
    let program = Program::start(&["--store", &store]).await;
    assert_eq!(program.control.json("/notices").await.as_array().unwrap().len(), 1);
    program.control.issue().await;
}

#[tokio::test]
async fn what_is_no_path_to_a_store_makes_no_file() {
    let folder = folder();
    for store in ["memory:", "memory", ":memory:", "sqlite::memory:"] {
        let mut command = Program::command(&["--store", store, "--no-sample"]);
        let mut child =
            command.current_dir(folder.path()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap());
        tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut line).await.unwrap();
        assert!(line.contains("portal"), "{store}: {line}");
        child.kill().await.unwrap();
    }
    for store in [
        "sqlite://a.db",
        "sqlite:///a.db",
        "sqlite://:memory:",
        "sqlite:file::memory:",
        "sqlite:a.db?mode=memory",
    ] {
        let mut command = Program::command(&["--store", store]);
        let line = the_line(&run_with(command.current_dir(folder.path()), "").await);
        assert!(line.contains("after sqlite: stands a path and nothing else"), "{store}: {line}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_store_is_for_its_owner_alone_whatever_the_umask_and_one_that_was_not_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let modes = || -> Vec<(String, u32)> {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
        let mode = |entry: std::fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode() & 0o777)
        };
        let mut modes: Vec<_> = entries.map(mode).collect();
        modes.sort();
        modes
    };
    let path = folder.path().join("a.db");
    for umask in ["000", "022", "777"] {
        let mut shell = Command::new("sh");
        let program = Program::command(&[]);
        shell.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]).arg(program.as_std().get_program());
        let mut command = Program::command_in(shell, &["--store", &sqlite(&path)]);
        let mut child = command.stdout(std::process::Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut line = String::new();
        let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap());
        tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut line).await.unwrap();
        let kept = modes();
        assert!(kept.len() >= 2, "{kept:?}");
        for (file, mode) in kept {
            assert_eq!(mode, 0o600, "umask {umask}: {file} is {mode:o}");
        }
        child.kill().await.unwrap();
        for (file, _) in modes() {
            std::fs::remove_file(folder.path().join(file)).unwrap();
        }
    }

    // Left behind by an earlier version.
    Program::start(&["--store", &sqlite(&path)]).await.kill().await;
    for (file, _) in modes() {
        std::fs::set_permissions(folder.path().join(file), std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let program = Program::start(&["--store", &sqlite(&path)]).await;
    assert!(modes().iter().all(|(_, mode)| *mode == 0o600), "{:?}", modes());
    program.terminate();
    let (_, said) = program.ended().await;
    assert!(said.contains("others had access to private keys") && said.contains("a.db"), "{said}");
    // Once it is right, there is nothing to say.
    let program = Program::start(&["--store", &sqlite(&path)]).await;
    program.terminate();
    assert_eq!(program.ended().await.1, "");
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
    assert_eq!(
        line,
        format!("obn-ca: store {store}: another process is using it; end it, or name another file")
    );
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
    program.terminate();
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
