//! How replicas come to their database: over TLS, through poolers, and what they say where they don't.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use obn_tests::{Cluster, EventStream, NOON, Program, require_file};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

const PASSWORD: &str = "correct horse";
/// What asks the server to be told.
const LISTEN: &[u8] = b"LISTEN \"obn_ca\"";

/// An address of the loopback that no other test uses, and a port that is free there.
fn address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.77:0").unwrap();
    free.local_addr().unwrap()
}

#[tokio::test]
async fn the_server_is_known_by_its_certificate_and_each_mistake_is_one_line() {
    let address = address();
    let Some(cluster) = Cluster::over_tls(address).await else { return };
    let database = cluster.database().await;
    database.sql(&format!("ALTER USER obn PASSWORD '{PASSWORD}'")).await;
    database.sql("CREATE ROLE reader LOGIN PASSWORD 'reader'").await;
    let password = PASSWORD.replace(' ', "%20");
    let root = cluster.folder().join("root.pem");
    let known = format!("sslmode=verify-full&sslrootcert={}", root.display());
    let (ip, port, name) = (address.ip(), address.port(), database.name());
    let url = |who: &str, name: &str, more: &str| format!("postgres://{who}@{ip}:{port}/{name}?{more}");

    // Before it has tables.
    let mut told = Vec::new();
    let empty = TempDir::new().unwrap();
    let other = empty.path().join("other.pem");
    let stranger = rcgen::generate_simple_self_signed([ip.to_string()]).unwrap();
    std::fs::write(&other, stranger.cert.pem()).unwrap();
    let obn = format!("obn:{password}");
    for (what, url) in [
        ("another root", url(&obn, name, &format!("sslmode=verify-full&sslrootcert={}", other.display()))),
        ("no root", url(&obn, name, "sslmode=verify-full&sslrootcert=/nowhere/root.pem")),
        ("no TLS", url(&obn, name, "sslmode=disable")),
        ("another password", url("obn:battery%20staple", name, &known)),
        ("no such database", url(&obn, "nonesuch", &known)),
        ("no right to make tables", url("reader:reader", name, &known)),
    ] {
        let ran = Program::fail(&["--store", &url]).await;
        assert_eq!((ran.status, ran.stderr.lines().count()), (Some(2), 1), "{what}: {ran:?}");
        assert!(!ran.stderr.contains(&password) && !ran.stderr.contains("battery"), "{}", ran.stderr);
        let line = ran.stderr.trim().replace(&format!("{ip}:{port}"), "HOST:PORT");
        told.push(format!("{what}\n  {}\n", line.replace(&ip.to_string(), "HOST").replace(name, "DATABASE")));
    }
    insta::assert_snapshot!(told.concat());

    let program = Program::start(&["--store", &url(&obn, name, &known)]).await;
    let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                 WHERE client_addr IS NOT NULL AND NOT ssl";
    assert_eq!(database.sql(plain).await, "0");
    assert_eq!(program.control.get("//readyz").await.status, 200);
}

/// Two replicas through this folder's socket: what one does, the other hears of.
async fn hear(database: &obn_tests::Database, folder: &Path) {
    let store = database.behind(folder);
    let arguments = ["--no-sample", "--key-pool", "0", "--store", store.as_str()];
    let (one, other) = tokio::join!(Program::start(&arguments), Program::start(&arguments));
    one.control.freeze(NOON).await;
    let mut stream = EventStream::open(&other.control, "?kind=authority", None).await;
    for number in 1..=20 {
        let notice = one.control.issue().await;
        let (_, entry) = stream.next().await;
        assert_eq!(entry["request_id"], notice.request_id.as_str());
        assert_eq!(notice.request_id, format!("20261123{number:07}"));
    }
    // A world that is made here is there.
    let made = one.control.post("//api/v1/worlds", &json!({"name": "clinic"})).await;
    assert_eq!(made.status, 201, "{}", made.summary());
    assert_eq!(other.control.of_world("clinic").get("/clock").await.status, 200);
}

/// A server, or a pooler, that gives nobody what `LISTEN` asks for, or doesn't know the word: the bytes of it are others.
async fn deaf(cluster: &Arc<Cluster>, instead: &'static [u8]) -> TempDir {
    assert_eq!(instead.len(), LISTEN.len());
    let folder = TempDir::new().unwrap();
    let listener = UnixListener::bind(folder.path().join(cluster.socket())).unwrap();
    let target: PathBuf = cluster.folder().join(cluster.socket());
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let Ok(far) = UnixStream::connect(&target).await else { return };
            let ((mut asks, mut told), (mut tells, mut asked)) = (near.into_split(), far.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut tells, &mut told).await });
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = asks.read(&mut buffer).await {
                    let sent = &mut buffer[..read];
                    // It comes in one piece.
                    if let Some(at) = sent.windows(LISTEN.len()).position(|window| window == LISTEN) {
                        sent[at..at + LISTEN.len()].copy_from_slice(instead);
                    }
                    if asked.write_all(sent).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    folder
}

#[tokio::test]
async fn where_listening_is_without_effect_replicas_look_themselves() {
    let Some(cluster) = Cluster::shared().await else { return };
    let folder = deaf(&cluster, b"SELECT 1       ").await;
    hear(&cluster.database().await, folder.path()).await;
}

#[tokio::test]
async fn where_listening_is_refused_replicas_look_themselves() {
    let Some(cluster) = Cluster::shared().await else { return };
    let folder = deaf(&cluster, b"LISTEN not here").await;
    hear(&cluster.database().await, folder.path()).await;
}

/// PgBouncer before this cluster, with its socket in a folder.
async fn pooler(cluster: &Cluster, mode: &str) -> Option<(TempDir, tokio::process::Child)> {
    const PGBOUNCER: &str = "/usr/sbin/pgbouncer";
    if !require_file(PGBOUNCER) {
        return None;
    }
    let folder = tempfile::Builder::new().prefix("obn").tempdir().unwrap();
    // It refuses root, as PostgreSQL does.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let port = cluster.socket().rsplit('.').next().unwrap().to_owned();
    let settings = format!(
        "[databases]\n* = host={} port={port} user=obn\n[pgbouncer]\nlisten_addr =\nlisten_port = {port}\n\
         unix_socket_dir = {}\nauth_type = any\npool_mode = {mode}\n\
         ignore_startup_parameters = extra_float_digits\n",
        cluster.folder().display(),
        folder.path().display()
    );
    let file = folder.path().join("pgbouncer.ini");
    std::fs::write(&file, settings).unwrap();
    let mut command = tokio::process::Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if rustix::process::getuid().is_root() {
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    }
    command.arg(PGBOUNCER).arg("--quiet").arg(&file).stdin(Stdio::null()).kill_on_drop(true);
    let child = command.spawn().unwrap();
    // Its socket is there before it takes anybody.
    while UnixStream::connect(folder.path().join(cluster.socket())).await.is_err() {
        tokio::task::yield_now().await;
    }
    Some((folder, child))
}

#[tokio::test]
async fn a_pooler_that_pools_by_session_is_as_good_as_the_server() {
    let Some(cluster) = Cluster::shared().await else { return };
    let Some((folder, _pooler)) = pooler(&cluster, "session").await else { return };
    hear(&cluster.database().await, folder.path()).await;
}

/// PgBouncer before 1.21 forgets what was prepared when a transaction ends.
#[tokio::test]
async fn a_pooler_that_loses_prepared_statements_is_named() {
    let Some(cluster) = Cluster::shared().await else { return };
    let Some((folder, _pooler)) = pooler(&cluster, "transaction").await else { return };
    let database = cluster.database().await;
    // The schema is made.
    Program::start(&["--no-sample", "--store", &database.url()]).await.kill().await;
    let store = database.behind(folder.path());
    let mut programs = Vec::new();
    loop {
        // A server's connection that somebody has used before, and another one's statements on it.
        let arguments = ["--no-sample", "--store", store.as_str()];
        let mut command = Program::command(&arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut ready = [0; 1];
        if child.stdout.as_mut().unwrap().read(&mut ready).await.unwrap() == 1 {
            programs.push(child);
            assert!(programs.len() < 8, "all of them start");
            continue;
        }
        let ran = child.wait_with_output().await.unwrap();
        let told = String::from_utf8(ran.stderr).unwrap();
        let last = told.lines().last().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{told}");
        assert!(last.contains("a pooler in front of the database loses prepared statements"), "{told}");
        assert!(last.ends_with("set max_prepared_statements of PgBouncer 1.21 or later"), "{told}");
        return;
    }
}
