//! A PostgreSQL of the tests' own, in a temporary folder, reached by a socket in it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, getuid, kill_process};
use tempfile::TempDir;

use crate::Ran;
use crate::environment::STORE;
use crate::tools::{require, require_file, run_with};

/// Where Debian has its programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// Whom it runs as if the tests run as root, whom it refuses.
const NOBODY: u32 = 65534;

/// A PostgreSQL server with its files, which are as durable as it makes them: `fsync` is on. Ended when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    /// Beside the usual ones.
    settings: Vec<String>,
    server: Mutex<Option<Server>>,
    said: Arc<Mutex<Vec<String>>>,
}

/// A running server.
#[derive(Debug)]
struct Server {
    pid: Pid,
    /// Reads what it says and waits for its end. The process is this thread's child, and ends with it.
    waits: JoinHandle<()>,
}

/// A database of one test.
#[derive(Clone, Debug)]
pub struct Database {
    /// Where it is.
    pub cluster: Arc<Cluster>,
    name: String,
}

impl Cluster {
    /// The one that tests share which run at the same time. `None`: PostgreSQL isn't installed.
    pub async fn shared() -> Option<Arc<Self>> {
        static SHARED: tokio::sync::Mutex<Weak<Cluster>> = tokio::sync::Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(cluster) = shared.upgrade() {
            return Some(cluster);
        }
        let cluster = Self::start().await?;
        *shared = Arc::downgrade(&cluster);
        Some(cluster)
    }

    /// One of one's own, to be stopped.
    pub async fn start() -> Option<Arc<Self>> {
        Self::with(|_| Vec::new()).await
    }

    /// One of one's own, which also listens at this address, and asks for TLS and a password there. The certificate is for
    /// the address; its root is in the file `root.pem` of the folder.
    pub async fn over_tls(address: SocketAddr) -> Option<Arc<Self>> {
        let cluster = Self::with(|folder| {
            let own = |name: &str, content: &str| {
                let path = folder.join(name);
                std::fs::write(&path, content).expect("it is a fresh folder");
                std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("it is ours");
                if getuid().is_root() {
                    std::os::unix::fs::chown(&path, Some(NOBODY), Some(NOBODY)).expect("root may");
                }
                path.display().to_string()
            };
            let made =
                rcgen::generate_simple_self_signed([address.ip().to_string()]).expect("a good address");
            own("root.pem", &made.cert.pem());
            let certificate = own("server.pem", &made.cert.pem());
            let key = own("server.key", &made.signing_key.serialize_pem());
            let rules = own("rules", "local all all trust\nhostssl all all all scram-sha-256\n");
            vec![
                format!("listen_addresses={}", address.ip()),
                format!("port={}", address.port()),
                "ssl=on".to_owned(),
                format!("ssl_cert_file={certificate}"),
                format!("ssl_key_file={key}"),
                format!("hba_file={rules}"),
            ]
        });
        cluster.await
    }

    async fn with(settings: impl FnOnce(&Path) -> Vec<String>) -> Option<Arc<Self>> {
        if !require_file(&format!("{PROGRAMS}/postgres")) || !require("setpriv") {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("obn").tempdir().expect("a folder");
        if getuid().is_root() {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("root may");
        }
        let settings = settings(folder.path());
        let cluster = Self { folder, settings, server: Mutex::default(), said: Arc::default() };
        // With a collation that sorts otherwise than bytes do, so that what should be sorted by bytes says so.
        let mut initdb = cluster.command("initdb");
        initdb.args(["--username", "obn", "--auth", "trust", "--encoding", "UTF8", "--no-instructions"]);
        initdb.args(["--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en"]);
        run_with(&mut tokio::process::Command::from(initdb), "").await.ok();
        cluster.resume().await;
        Some(Arc::new(cluster))
    }

    /// Starts it again after [`stop`](Self::stop).
    pub async fn resume(&self) {
        let mut command = self.command("postgres");
        command.arg("-k").arg(self.folder.path());
        let usual = ["listen_addresses=", "max_connections=300", "shared_buffers=64MB"];
        // Where all tests are on it, it is for what it answers, and not for what outlives the machine.
        let quick = std::env::var_os(STORE).map(|_| "fsync=off");
        for setting in usual.into_iter().chain(quick).chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let (started, starts) = mpsc::channel();
        let said = Arc::clone(&self.said);
        let waits = std::thread::spawn(move || {
            let mut child = command.spawn().expect("PostgreSQL is installed");
            let _ = started.send(child.id());
            for line in
                BufReader::new(child.stderr.take().expect("it is piped")).lines().map_while(Result::ok)
            {
                // Once it is ready nobody listens.
                let ready = line.contains("ready to accept connections");
                said.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                if ready {
                    let _ = started.send(0);
                }
            }
            let _ = child.wait();
        });
        let ready = tokio::task::spawn_blocking(move || {
            let pid = starts.recv().ok()?;
            starts.recv().ok().map(|_| pid)
        });
        let pid =
            ready.await.expect("it only waits").unwrap_or_else(|| panic!("PostgreSQL:\n{}", self.said()));
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process ID");
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(Server { pid, waits });
    }

    /// Stops it at once, as a machine does that goes down. Its files stay.
    pub fn stop(&self) {
        if let Some(Server { pid, waits }) = self.server.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            // One that has ended by itself is no news here.
            let _ = kill_process(pid, Signal::QUIT);
            waits.join().expect("it only waits");
        }
    }

    /// A new database.
    pub async fn database(self: &Arc<Self>) -> Database {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let name = format!("test{}", LAST.fetch_add(1, Ordering::Relaxed));
        let database = Database { cluster: Arc::clone(self), name };
        self.psql("postgres", &format!("CREATE DATABASE {}", database.name)).await.ok();
        database
    }

    /// The log.
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// Where its files are, and its socket.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The name of its socket.
    pub fn socket(&self) -> String {
        let port = self.settings.iter().find_map(|setting| setting.strip_prefix("port="));
        format!(".s.PGSQL.{}", port.unwrap_or("5432"))
    }

    async fn psql(&self, database: &str, statement: &str) -> Ran {
        let mut command = tokio::process::Command::new(PathBuf::from(PROGRAMS).join("psql"));
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
        command.arg("--host").arg(self.folder.path());
        command.args(["--port", self.socket().rsplit('.').next().expect("it has one")]);
        command.args(["--username", "obn", "--command", statement, database]);
        run_with(&mut command, "").await
    }

    /// One of its programs, on its files, as whom it runs. It ends when whoever started it is gone.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if getuid().is_root() {
            let nobody = NOBODY.to_string();
            command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups"]);
        }
        command.arg(PathBuf::from(PROGRAMS).join(program)).arg("-D").arg(self.folder.path().join("data"));
        command.current_dir(self.folder.path()).env("LC_ALL", "C");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("---- what PostgreSQL said ----\n{}", self.said());
        }
    }
}

/// A database that is gone when this is.
#[derive(Debug)]
pub(crate) struct Passing(pub(crate) Database);

impl Drop for Passing {
    fn drop(&mut self) {
        let Database { cluster, name } = &self.0;
        // Who still uses it, such as a simulator that isn't stopped, is disconnected.
        let statement = format!("DROP DATABASE {name} WITH (FORCE)");
        let mut command = Command::new(PathBuf::from(PROGRAMS).join("psql"));
        command.args(["--no-psqlrc", "--quiet", "--username", "obn", "--command", &statement, "postgres"]);
        command.arg("--host").arg(cluster.folder.path());
        command.args(["--port", cluster.socket().rsplit('.').next().expect("it has one")]);
        // Only room on the disk depends on it.
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Database {
    /// Its name there.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `--store` takes.
    pub fn url(&self) -> String {
        self.behind(self.cluster.folder())
    }

    /// The same where the socket of something before the server is in this folder.
    pub fn behind(&self, folder: &Path) -> String {
        format!("postgres:///{}?host={}&user=obn", self.name, folder.display())
    }

    /// What a statement answers, a line for each row.
    pub async fn sql(&self, statement: &str) -> String {
        self.cluster.psql(&self.name, statement).await.ok().trim_end().to_owned()
    }
}
