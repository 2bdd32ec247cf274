//! The program `obn-ca` as a process: what it says when it is ready, how it ends, and why it doesn't start.

use std::path::Path;
use std::process::Stdio;

use obn_tests::{Program, Ran, require, run, run_with};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// One line on standard error, nothing on standard output, status 2.
fn the_line(ran: &Ran) -> String {
    assert_eq!(ran.status, Some(2), "{}\n{}{}", ran.command, ran.stdout, ran.stderr);
    assert_eq!(ran.stdout, "", "{}", ran.command);
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "one line was expected:\n{}", ran.stderr);
    assert!(lines[0].starts_with("obn-ca: "), "{}", lines[0]);
    lines[0].to_owned()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn sqlite(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// The program in a private mount namespace, after this shell script. `None` where that isn't possible.
async fn in_namespace(script: &str, arguments: &[&str]) -> Option<Ran> {
    if !require("unshare") || run("unshare", &["-m", "true"]).await.status != Some(0) {
        eprintln!("SKIPPED: no private mounts here");
        return None;
    }
    let mut shell = Command::new("unshare");
    let program = Program::command(&[]);
    shell.args(["-m", "sh", "-ec", &format!("{script}\nexec \"$0\" \"$@\"")]);
    shell.arg(program.as_std().get_program());
    Some(run_with(&mut Program::command_in(shell, arguments), "").await)
}

#[tokio::test]
async fn when_ready_it_says_so_in_one_line_of_json() {
    let program = Program::start(&[]).await;
    assert!(program.ready.portal.starts_with("https://localhost:"), "{:?}", program.ready);
    assert!(program.ready.control.starts_with("http://127.0.0.1:"), "{:?}", program.ready);
    let notice = program.ready.sample_notice.clone().expect("a fresh store has a sample notice");
    assert_eq!(program.control.json("/notices").await[0]["request_id"], notice.request_id);

    let program = Program::start(&["serve", "--no-sample"]).await;
    assert_eq!(program.ready.sample_notice, None);
    assert_eq!((&program.ready.http, &program.ready.renewal), (&None, &None));

    let free = "127.0.0.1:0";
    let program = Program::start(&["--http", free, "--renewal-listen", free]).await;
    let (http, renewal) = (program.ready.http.as_ref().unwrap(), program.ready.renewal.as_ref().unwrap());
    assert!(http.starts_with("http://127.0.0.1:"), "{http}");
    assert!(renewal.starts_with("https://localhost:") && *renewal != program.ready.portal, "{renewal}");
}

/// What a person is shown, without what differs from start to start.
fn labels(banner: &str) -> Vec<&str> {
    let lines = banner.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split("  ").next().unwrap_or(line)).collect()
}

#[tokio::test]
async fn on_a_terminal_it_shows_what_the_readmes_show_and_ctrl_c_ends_it() {
    if !require("script") {
        return;
    }
    let program = Program::command(&[]);
    let program = program.as_std().get_program().display();
    // `exec`: a shell in between would be interrupted as well, and with some shells end with 130.
    let command = format!("exec '{program}' --listen 127.0.0.1:0 --control 127.0.0.1:0 --key-pool 0");
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(terminal.stdout.take().unwrap()).lines();
    let mut shown = String::new();
    while !shown.contains("Ctrl-C ends it.") {
        shown += &lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended after: {shown}"));
        shown += "\n";
    }
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(b"\x03").await.unwrap();
    assert_eq!(terminal.wait().await.unwrap().code(), Some(0));

    for readme in ["README.md", "README.ja.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(readme);
        let text = std::fs::read_to_string(path).unwrap();
        let block = text.split_once("```console\n$ target/release/obn-ca\n\n").expect("how it starts").1;
        assert_eq!(labels(&shown), labels(block.split("```").next().unwrap()), "{readme}");
    }
}

#[tokio::test]
async fn health_is_told_by_exit_status_for_containers() {
    let program = Program::start(&[]).await;
    let address = program.ready.control.trim_start_matches("http://").to_owned();
    let everywhere = address.replace("127.0.0.1", "[::]");
    let command = Program::command(&[]);
    let path = command.as_std().get_program().to_str().expect("a path in UTF-8");
    for control in [&address, &everywhere] {
        assert_eq!(run(path, &["health", "--control", control]).await.ok(), "");
    }
    program.kill().await;
    let line = the_line(&run(path, &["health", "--control", &address]).await);
    assert!(line.starts_with(&format!("obn-ca: control at {address}: ")), "{line}");
}

#[tokio::test]
async fn options_come_from_the_environment_as_well() {
    let folder = folder();
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, "[session]\nttl = \"5m\"\n").unwrap();
    let mut command = Program::command(&["--control", "127.0.0.1:0"]);
    command.env("OBN_CA_PROFILE", &profile).env("OBN_CA_STORE", "sqlite:/nowhere/a.db");
    let ran = run_with(&mut command, "").await;
    assert_eq!(the_line(&ran), "obn-ca: store sqlite:/nowhere/a.db: the folder /nowhere does not exist");
}

#[tokio::test]
async fn a_flag_in_the_environment_is_said_in_any_of_the_usual_words() {
    for (word, sample) in
        [("1", false), ("true", false), ("on", false), ("yes", false), ("0", true), ("no", true)]
    {
        let program = Program::start_with(&[], &[("OBN_CA_NO_SAMPLE", word)]).await;
        assert_eq!(program.ready.sample_notice.is_some(), sample, "{word}");
    }
    let mut command = Program::command(&[]);
    let line = the_line(&run_with(command.env("OBN_CA_NO_SAMPLE", "perhaps"), "").await);
    assert!(line.contains("'perhaps' for '--no-sample'"), "{line}");
}

#[tokio::test]
async fn a_token_that_no_call_could_carry_is_one_line_that_does_not_show_it() {
    use std::os::unix::ffi::OsStrExt;
    for token in [&b"abc\xff"[..], b"", b"two words", "秘密".as_bytes()] {
        let mut command = Program::command(&[]);
        command.env("OBN_CA_CONTROL_TOKEN", std::ffi::OsStr::from_bytes(token));
        let line = the_line(&run_with(&mut command, "").await);
        assert_eq!(line, "obn-ca: the control token must be one word of ASCII letters, digits and signs");
    }
}

#[tokio::test]
async fn sigterm_and_sigint_end_it_cleanly() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::TERM, Signal::INT] {
        let folder = folder();
        let store = sqlite(&folder.path().join("a.db"));
        let program = Program::start(&["--store", &store]).await;
        let pid = i32::try_from(program.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
        assert_eq!(program.ended().await, (Some(0), String::new()));
        let left: Vec<_> =
            folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["a.db"], "nothing half-done stays beside the store");
    }
}

#[tokio::test]
async fn an_address_in_use_is_one_line() {
    let running = Program::start(&[]).await;
    let taken = |url: &str| format!("127.0.0.1:{}", url.rsplit(':').next().unwrap());
    let (portal, control) = (taken(&running.ready.portal), taken(&running.ready.control));
    let line = the_line(&Program::fail(&["--listen", &portal]).await);
    assert_eq!(line, format!("obn-ca: portal can't listen on {portal}: the address is in use"));
    let line = the_line(&Program::fail(&["--control", &control]).await);
    assert_eq!(line, format!("obn-ca: control can't listen on {control}: the address is in use"));
}

#[tokio::test]
async fn an_address_that_is_not_this_machine_s_is_one_line() {
    let line = the_line(&Program::fail(&["--listen", "192.0.2.1:0"]).await);
    assert_eq!(line, "obn-ca: portal can't listen on 192.0.2.1:0: this machine doesn't have the address");
}

#[tokio::test]
async fn a_bad_profile_is_one_line_with_its_place() {
    let folder = folder();
    let path = folder.path().join("profile.toml");
    let mut told = String::new();
    for text in [
        "[session]\ntimeout = \"1m\"\n",
        "[session]\nttl = 15\n",
        "[sessions]\n",
        "[session\n",
        "[pfx]\nprofile = \"des\"\n",
        "[tls]\nversions = []\n",
        "[http]\nrefusal_status = 99\n",
        "[http]\nserver = \"a\\nb\"\n",
        "[certificate]\npolicies = [\"1.2.392\", \"anyPolicy\"]\n",
        "[certificate]\nextended_key_usage = [\"1\"]\n",
        "[dn]\ncountry = \"日本\"\nstring_type = \"utf8\"\n",
        "[dn]\nagent = \"agent@clinic\"\n",
        "[ca]\ncommon_name = \"共通認証局\"\n",
        "[ca]\nnot_before = \"1999-12-31T23:59:59Z\"\n",
        "[ca]\nnot_after = \"2200-01-01T00:00:00Z\"\n",
        "[tls]\nroot_not_before = \"-000001-01-01T00:00:00Z\"\n",
        "[tls]\nroot_not_after = \"9999-12-30T00:00:00Z\"\n",
        "[crl]\nurl = \"http://失効.example/crl.crl\"\n",
        "[pfx]\nfriendly_name = \"受付𠮷\"\n",
        "[pfx]\ncsp_name = \"🔑\"\n",
        "[maintenance]\nwindows = [\"always\"]\n",
        "session.ttl = \"1m\"\nsession.ttl = \"2m\"\n",
    ] {
        std::fs::write(&path, text).unwrap();
        let line = the_line(&Program::fail(&["--profile", path.to_str().unwrap()]).await);
        // Which keys there are grows with the pages; what is told otherwise doesn't.
        let line = line.split(", expected one of").next().unwrap();
        told += &format!("{text:?}\n  {}\n", line.replace(path.to_str().unwrap(), "[PROFILE]"));
    }
    insta::assert_snapshot!(told);
    std::fs::write(&path, b"\xff\xfe").unwrap();
    the_line(&Program::fail(&["--profile", path.to_str().unwrap()]).await);
    the_line(&Program::fail(&["--profile", "/nowhere/profile.toml"]).await);
}

#[tokio::test]
async fn a_bad_option_is_one_line() {
    let mut told = String::new();
    for arguments in [
        &["--store", "postgres:x"][..],
        &["--listen", "nowhere"],
        &["--log", "loud"],
        &["--key-pool", "-1"],
        &["--colour"],
        &["--stor", "memory:"],
        &["serv"],
        &["health", "--listen", "127.0.0.1:0"],
        &["--seed", "a", "--seed", "b"],
        &["--control-token-file", "/nowhere"],
        &["--hostname", "not a name"],
    ] {
        told += &format!("{}\n  {}\n", arguments.join(" "), the_line(&Program::fail(arguments).await));
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn help_and_version_are_no_mistakes() {
    let command = Program::command(&[]);
    let path = command.as_std().get_program().to_str().expect("a path in UTF-8");
    assert!(run(path, &["--help"]).await.ok().contains("Usage: obn-ca"));
    assert!(run(path, &["profile", "--help"]).await.ok().contains("Usage: obn-ca profile"));
    assert!(run(path, &["--version"]).await.ok().starts_with("obn-ca "));
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

#[tokio::test]
async fn the_profile_is_printed_as_toml_that_reads_back_and_as_json() {
    let path = Program::command(&[]).as_std().get_program().to_str().unwrap().to_owned();
    let toml = run(&path, &["profile"]).await;
    let folder = folder();
    let file = folder.path().join("profile.toml");
    std::fs::write(&file, &toml.stdout).unwrap();
    let again = run(&path, &["profile", "--profile", file.to_str().unwrap()]).await;
    assert_eq!((again.status, &again.stdout), (Some(0), &toml.stdout));
    let json = run(&path, &["profile", "--json"]).await;
    let keys: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(keys.as_array().unwrap().len(), obn_ca::profile::KEYS.len());
}
