//! Manual 5.1: the client through proxies that other people wrote. Squid checks Basic, pyspnego NTLMv2.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use obn_client::{Error, Password, Proxy, ProxyFailure, TransportError};
use obn_tests::{Environment, python_with, require, run};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A proxy as a process; killed when it is dropped.
struct Process<R> {
    url: String,
    lines: Lines<BufReader<R>>,
    _child: Child,
}

impl<R: AsyncRead + Unpin> Process<R> {
    async fn line(&mut self) -> String {
        self.lines.next_line().await.unwrap().expect("it goes on talking")
    }
}

async fn fetch_root(env: &Environment, proxy: Proxy) -> Result<(), Error> {
    let client = env.client().proxy(proxy).build().unwrap();
    // The portal's answer is TLS from end to end, so the proxy has really opened a way.
    client.root_certificate().await.map(drop)
}

fn failure(error: Error) -> ProxyFailure {
    let told = format!("{error} {error:?}");
    assert!(!told.contains("wrong") && !told.contains("Secret"), "{told}");
    match error {
        Error::Transport(TransportError::Proxy { failure, .. }) => failure,
        other => panic!("{other:?}"),
    }
}

const NTLM_PROXY: &str = include_str!("ntlm_proxy.py");

async fn ntlm_proxy(python: &str, folder: &Path) -> Process<ChildStdout> {
    let users = folder.join("users");
    std::fs::write(&users, "CLINIC:reception:Secret-花\n:alone:Secret\n").unwrap();
    let mut command = Command::new(python);
    // Level 5: nothing older than NTLMv2 is taken.
    command.args(["-c", NTLM_PROXY]).env("NTLM_USER_FILE", users).env("LM_COMPAT_LEVEL", "5");
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.next_line().await.unwrap().expect("its port");
    Process { url: format!("http://127.0.0.1:{port}"), lines, _child: child }
}

#[tokio::test]
async fn ntlm_opens_the_way_for_who_knows_the_password() {
    let Some(python) = python_with("spnego").await else { return };
    let folder = tempfile::tempdir().unwrap();
    let (env, mut python) = (Environment::start().await, ntlm_proxy(python, folder.path()).await);
    let proxy = || Proxy::at(&python.url).unwrap();

    fetch_root(&env, proxy().user("CLINIC\\reception", Password::new("Secret-花"))).await.unwrap();
    fetch_root(&env, proxy().user("alone", Password::new("Secret"))).await.unwrap();
    let wrong = proxy().user("CLINIC\\reception", Password::new("wrong"));
    assert_eq!(failure(fetch_root(&env, wrong).await.unwrap_err()), ProxyFailure::UserRefused);
    let unknown = proxy().user("CLINIC\\nobody", Password::new("Secret-花"));
    assert_eq!(failure(fetch_root(&env, unknown).await.unwrap_err()), ProxyFailure::UserRefused);
    assert_eq!(failure(fetch_root(&env, proxy()).await.unwrap_err()), ProxyFailure::UserWanted);

    assert_eq!(python.line().await, "opened for CLINIC\\reception");
    assert_eq!(python.line().await, "opened for alone");
    // No other line stands before these, so no password was ever told by Basic.
    assert!(python.line().await.starts_with("refused: "));
    assert!(python.line().await.starts_with("refused: "));
}

/// Squid with two users, `clinic` with the password `Secret:1`, and `受付` with `花`.
async fn squid(folder: &Path) -> Process<tokio::process::ChildStderr> {
    // As root it changes to a user that has to read these files.
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
    let mut users = String::new();
    for (name, password) in [("clinic", "Secret:1"), ("受付", "花")] {
        let hash = run("openssl", &["passwd", "-apr1", "-salt", "obntests", password]).await.ok();
        users.push_str(&format!("{name}:{hash}"));
    }
    std::fs::write(folder.join("users"), users).unwrap();
    let folder = folder.display();
    loop {
        // Squid can't choose a port itself, and another process may take this one first.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let configuration = format!(
            "http_port {free}\nauth_param basic program /usr/lib/squid/basic_ncsa_auth {folder}/users\n\
             auth_param basic realm 医院の表\nacl known proxy_auth REQUIRED\nhttp_access allow CONNECT known\nhttp_access deny all\n\
             pid_filename none\naccess_log none\ncache_log /dev/null\ncache deny all\ncoredump_dir {folder}\n\
             pinger_enable off\nnetdb_filename none\nshutdown_lifetime 0 seconds\n"
        );
        let file = format!("{folder}/squid.conf");
        std::fs::write(&file, configuration).unwrap();
        let program = if Path::new("/usr/sbin/squid").exists() { "/usr/sbin/squid" } else { "squid" };
        let mut command = Command::new(program);
        command.args(["-N", "-d", "1", "-f", &file]).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            // It says that it accepts connections just before it does; this comes after.
            if line.contains("storeLateRelease") {
                return Process { url: format!("http://{free}"), lines, _child: child };
            }
            told.push_str(&line);
            told.push('\n');
        }
        assert!(told.contains("Address already in use"), "{told}");
    }
}

#[tokio::test]
async fn basic_opens_the_way_through_a_real_squid() {
    if !require("squid") || !require("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (env, squid) = (Environment::start().await, squid(folder.path()).await);
    let proxy = || Proxy::at(&squid.url).unwrap();

    fetch_root(&env, proxy().user("clinic", Password::new("Secret:1"))).await.unwrap();
    fetch_root(&env, proxy().user("受付", Password::new("花"))).await.unwrap();
    let wrong = proxy().user("clinic", Password::new("wrong"));
    assert_eq!(failure(fetch_root(&env, wrong).await.unwrap_err()), ProxyFailure::UserRefused);
    assert_eq!(failure(fetch_root(&env, proxy()).await.unwrap_err()), ProxyFailure::UserWanted);
    let bypassed = proxy().bypass("<local>");
    fetch_root(&env, bypassed).await.unwrap();
}
