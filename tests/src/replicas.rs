//! Three replicas on one PostgreSQL, with haproxy before them as `docker/haproxy.cfg` has it.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use reqwest::Url;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use crate::tools::require_file;
use crate::transcript::PrintOnFailure;
use crate::{Browser, Cluster, Control, Database, NOON, Pfx, Program, Tls, Transcript};

const HAPROXY: &str = "/usr/sbin/haproxy";

/// Three processes of `obn-ca` that are one simulator; killed when they are dropped.
#[derive(Debug)]
pub struct Replicas {
    /// Where they keep everything.
    pub database: Database,
    /// Those that run; by number, from 0.
    programs: [Option<Program>; 3],
    /// What each was started with.
    arguments: Vec<String>,
    proxy: Proxy,
    /// The portal through haproxy.
    pub door: Door,
    /// The control API through haproxy: each call comes to one of them.
    pub control: Control,
    _transcript: PrintOnFailure,
}

/// Beginnings.
impl Replicas {
    /// On a fresh database, started at the same moment, with the clock of all tests. `None`: something isn't installed.
    pub async fn start() -> Option<Self> {
        Self::with(&[]).await
    }

    /// The same with these options.
    pub async fn with(arguments: &[&str]) -> Option<Self> {
        let replicas = Self::fresh(Cluster::shared().await?, &[&["--no-sample"], arguments].concat()).await?;
        replicas.control.freeze(NOON).await;
        Some(replicas)
    }

    /// With these options alone, on this PostgreSQL.
    pub async fn fresh(cluster: std::sync::Arc<Cluster>, arguments: &[&str]) -> Option<Self> {
        if !require_file(HAPROXY) {
            return None;
        }
        let database = cluster.database().await;
        let store = database.url();
        let arguments = [&["--store", &store, "--http", "127.0.0.1:0"], arguments].concat();
        let (first, second, third) =
            tokio::join!(Program::start(&arguments), Program::start(&arguments), Program::start(&arguments));
        let programs = [first, second, third];
        let transcript = Transcript::default();
        let proxy = Proxy::before(&programs, &transcript);
        Some(Self {
            database,
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            programs: programs.map(Some),
            door: Door { portal: proxy.portal, transcript: transcript.clone() },
            control: Control::new(&format!("http://{}", proxy.control), &transcript),
            proxy,
            _transcript: PrintOnFailure(transcript),
        })
    }
}

/// Each of them.
impl Replicas {
    /// The one with this number, past haproxy.
    pub fn replica(&self, number: usize) -> &Program {
        self.programs[number].as_ref().expect("it runs")
    }

    /// All that run, past haproxy.
    pub fn all(&self) -> impl Iterator<Item = &Program> {
        self.programs.iter().flatten()
    }

    /// Ends one at once (SIGKILL).
    pub async fn kill(&mut self, number: usize) {
        self.programs[number].take().expect("it runs").kill().await;
    }

    /// Starts one in its place; haproxy finds it with its next look.
    pub async fn revive(&mut self, number: usize) {
        let arguments: Vec<_> = self.arguments.iter().map(String::as_str).collect();
        let program = Program::start(&arguments).await;
        self.proxy.lead(number, &program).await;
        self.programs[number] = Some(program);
    }
}

/// Through haproxy.
impl Replicas {
    /// A browser that trusts their root and nothing else, and comes to another replica with each request.
    pub async fn browser(&self) -> Browser {
        self.browser_with(&self.tls().await)
    }

    /// The same with this client certificate.
    pub async fn browser_showing(&self, identity: &Pfx) -> Browser {
        self.browser_with(&self.tls().await.showing(identity))
    }

    /// A browser that connects like this.
    pub fn browser_with(&self, tls: &Tls) -> Browser {
        self.browser_at("localhost", tls)
    }

    /// A browser that finds a host name, such as a world's, there.
    pub fn browser_at(&self, host: &str, tls: &Tls) -> Browser {
        self.door.browser(host, tls)
    }

    /// Trust in the root of the default world.
    pub async fn tls(&self) -> Tls {
        Tls::trusting(self.control.text("/root.pem").await)
    }

    /// The URLs of portal and control.
    pub fn urls(&self) -> (String, String) {
        (format!("https://localhost:{}", self.proxy.portal.port()), format!("http://{}", self.proxy.control))
    }
}

/// Where one comes to the portal of one of them.
#[derive(Clone, Debug)]
pub struct Door {
    portal: SocketAddr,
    transcript: Transcript,
}

impl Door {
    /// A browser that finds a host name there, connects like this, and comes to another replica with each request.
    pub fn browser(&self, host: &str, tls: &Tls) -> Browser {
        let base = format!("https://{host}:{}", self.portal.port());
        Browser::hopping(&base, tls, &[(host, self.portal)], &self.transcript)
    }
}

/// haproxy on ports that the system has chosen.
#[derive(Debug)]
struct Proxy {
    folder: TempDir,
    portal: SocketAddr,
    control: SocketAddr,
    _child: Child,
}

impl Proxy {
    fn before(programs: &[Program; 3], transcript: &Transcript) -> Self {
        let folder = tempfile::Builder::new().prefix("obn").tempdir().expect("a folder");
        let settings = folder.path().join("test.cfg");
        let socket = folder.path().join("runtime");
        std::fs::write(&settings, format!("global\n  stats socket {} level admin\n", socket.display()))
            .expect("the folder is ours");
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("docker").join("haproxy.cfg");
        let mut command = Command::new(HAPROXY);
        command.arg("-db").arg("-f").arg(config).arg("-f").arg(settings);
        // It takes the listeners over: as standard input and output they are no other child's.
        let ((portal, first), (control, second)) = (listener(), listener());
        command.stdin(Stdio::from(first)).stdout(Stdio::from(second)).stderr(Stdio::piped());
        command.env("PORTAL", "fd@0").env("CONTROL", "fd@1").env("HTTP", folder.path().join("http"));
        for (number, program) in (1..).zip(programs) {
            let Addresses { portal, http, control } = Addresses::of(program);
            command.env(format!("PORTAL{number}"), portal.to_string());
            command.env(format!("HTTP{number}"), http.to_string());
            command.env(format!("CONTROL{number}"), control.to_string());
            command.env(format!("CONTROL_PORT{number}"), control.port().to_string());
        }
        let mut child = command.kill_on_drop(true).spawn().expect("haproxy is installed");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let heard = transcript.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                heard.note(format!("haproxy says: {line}"));
            }
        });
        Self { folder, portal, control, _child: child }
    }

    /// Leads to this program by the number of the one that it replaces.
    async fn lead(&self, number: usize, program: &Program) {
        let Addresses { portal, http, control } = Addresses::of(program);
        let check = control.port();
        let number = number + 1;
        let mut orders = Vec::new();
        for (backend, port) in [("portal", portal.port()), ("http", http.port()), ("control", check)] {
            let server = format!("{backend}/replica{number}");
            orders.push(format!("set server {server} addr 127.0.0.1 port {port}"));
            orders.push(format!("set server {server} check-port {check}"));
        }
        let orders = orders.join("; ");
        let mut socket = UnixStream::connect(self.folder.path().join("runtime")).await.expect("haproxy runs");
        socket.write_all(format!("{orders}\n").as_bytes()).await.expect("it listens");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("it answers");
        let said = answer.lines().filter(|line| !line.is_empty());
        let wrong = said.filter(|line| !line.contains("changed") && !line.contains("updated"));
        assert_eq!(wrong.collect::<Vec<_>>(), [""; 0], "{orders}");
    }
}

/// Where a program listens.
struct Addresses {
    portal: SocketAddr,
    http: SocketAddr,
    control: SocketAddr,
}

impl Addresses {
    fn of(program: &Program) -> Self {
        let here = |url: &str| {
            let port = Url::parse(url).expect("a URL").port().expect("none of the usual ones");
            SocketAddr::from(([127, 0, 0, 1], port))
        };
        let ready = &program.ready;
        let http = here(ready.http.as_deref().expect("it has one"));
        Self { portal: here(&ready.portal), http, control: here(&ready.control) }
    }
}

fn listener() -> (SocketAddr, OwnedFd) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    (listener.local_addr().expect("it has one"), listener.into())
}
