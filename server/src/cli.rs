//! The command line: options, what is printed when the simulator is ready, and how it ends.

use std::ffi::OsStr;
use std::io::{IsTerminal, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::control::NoticeBody;
use crate::profile::{Profile, describe, to_toml};
use crate::scenes::Scene;
use crate::smtp::MailServer;
use crate::store::StoreUrl;
use crate::{Options, Simulator, text_file};
use anyhow::Context;
use clap::builder::{BoolishValueParser, Resettable};
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

/// Runs the program `obn-ca` with the arguments of the process.
pub fn main() -> ExitCode {
    let run = match parse() {
        Ok(cli) => cli.run(),
        // Help and version, which are no mistakes.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => Err(anyhow::anyhow!(first_paragraph(&error.to_string()))),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("obn-ca: {}", shown(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

/// An empty variable is one that isn't set, which is what Compose and CI systems mean by it.
fn parse() -> Result<Cli, clap::Error> {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let without = move |argument: Arg| match argument.get_env().is_some_and(is_empty) {
        true => argument.env(Resettable::Reset),
        false => argument,
    };
    let command = Cli::command().mut_args(without).mut_subcommands(|sub| sub.mut_args(without));
    Cli::from_arg_matches(&command.try_get_matches()?)
}

/// A message that may quote a file of others: what would act on a terminal is shown in its place.
fn shown(message: &str) -> String {
    let acts = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut text = String::with_capacity(message.len());
    for letter in message.chars() {
        if acts(letter) { text.extend(letter.escape_unicode()) } else { text.push(letter) }
    }
    text
}

/// A simulator of the client-certificate authority of Japan's online-billing network
/// (cert.obn.managedpki.ne.jp). Never trust its roots on a machine that is used for real work.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the simulator (the default)
    Serve(Box<Serve>),
    /// Ask a running simulator whether it is ready: exit 0 if it is, for the health check of a container
    Health {
        /// Address of its control API
        #[arg(long, value_name = "ADDR", env = "OBN_CA_CONTROL", default_value = "127.0.0.1:8444")]
        control: SocketAddr,
    },
    /// Print the profile in force: every unknown of the real site, with evidence and rival readings
    Profile {
        /// Profile to complete with the defaults (TOML), or real-tls
        #[arg(long, value_name = "FILE", env = "OBN_CA_PROFILE")]
        profile: Option<PathBuf>,
        /// As JSON, one object a key
        #[arg(long)]
        json: bool,
    },
    /// List the scenes: ready states in which a world can begin
    Scenes,
}

#[derive(Debug, Args)]
struct Serve {
    /// Address of the portal (HTTPS); port 0 lets the system choose
    #[arg(long, value_name = "ADDR", env = "OBN_CA_LISTEN", default_value = "[::]:8443")]
    listen: SocketAddr,
    /// Address of the control API (plain HTTP); port 0 lets the system choose
    #[arg(long, value_name = "ADDR", env = "OBN_CA_CONTROL", default_value = "127.0.0.1:8444")]
    control: SocketAddr,
    /// Address on which the revocation list is published over plain HTTP; left out: not at all
    #[arg(long, value_name = "ADDR", env = "OBN_CA_HTTP")]
    http: Option<SocketAddr>,
    /// Address of the sites that ask for the certificate, the eligibility and the claim system (HTTPS); left out: not at all
    #[arg(long, value_name = "ADDR", env = "OBN_CA_RELYING_PARTY")]
    relying_party: Option<SocketAddr>,
    /// Address of the listener that asks for client certificates where the profile's client_auth.mode is split
    #[arg(long, value_name = "ADDR", env = "OBN_CA_RENEWAL_LISTEN")]
    renewal_listen: Option<SocketAddr>,
    /// Mail server that the mails of the outbox go to as well, without TLS: a mail catcher
    #[arg(long, value_name = "HOST:PORT", env = "OBN_CA_SMTP")]
    smtp: Option<MailServer>,
    /// Folder with the files that worlds made through the control API may name: installers and saved worlds
    #[arg(long, value_name = "DIR", env = "OBN_CA_FILES")]
    files: Option<PathBuf>,
    /// Where to keep things: memory: or sqlite:PATH
    #[arg(long, value_name = "URL", env = "OBN_CA_STORE", default_value = "memory:")]
    store: StoreUrl,
    /// Profile (TOML), or real-tls: what is known of the real site's TLS; `obn-ca profile` prints the full default
    #[arg(long, value_name = "FILE", env = "OBN_CA_PROFILE")]
    profile: Option<PathBuf>,
    /// Same seed, same keys, IDs and certificates
    #[arg(long, value_name = "TEXT", env = "OBN_CA_SEED")]
    seed: Option<String>,
    /// More names or addresses for the TLS certificate
    #[arg(long, value_name = "NAME", env = "OBN_CA_HOSTNAME", value_delimiter = ',', num_args = 1..)]
    hostname: Vec<String>,
    /// Don't issue the sample notice that a fresh store otherwise starts with
    #[arg(long, env = "OBN_CA_NO_SAMPLE", value_parser = BoolishValueParser::new())]
    no_sample: bool,
    /// Scene that a fresh store starts with, in place of the sample notice; `obn-ca scenes` lists them
    #[arg(long, value_name = "NAME", env = "OBN_CA_SCENE")]
    scene: Option<Scene>,
    /// Host names beside loopback by which the control API may be called
    #[arg(long, value_name = "NAME", env = "OBN_CA_CONTROL_HOST", value_delimiter = ',', num_args = 1..)]
    control_host: Vec<String>,
    /// File with the bearer token that calls of the control API must carry (or OBN_CA_CONTROL_TOKEN)
    #[arg(long, value_name = "FILE", env = "OBN_CA_CONTROL_TOKEN_FILE")]
    control_token_file: Option<PathBuf>,
    /// RSA keys to keep in stock, made in the background
    #[arg(long, value_name = "N", env = "OBN_CA_KEY_POOL", default_value_t = 16)]
    key_pool: usize,
    /// Records that the journal of each world keeps
    #[arg(long, value_name = "N", env = "OBN_CA_JOURNAL", default_value_t = 10_000)]
    journal: usize,
    /// Connections at once, on the portal and on control each; for one more, an idle one is closed
    #[arg(long, value_name = "N", env = "OBN_CA_MAX_CONNECTIONS", default_value_t = 1_024,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=65_536))]
    max_connections: usize,
    /// What to log on standard error: off, error, warn, info or debug
    #[arg(long, value_name = "LEVEL", env = "OBN_CA_LOG", default_value = "warn")]
    log: tracing_subscriber::filter::LevelFilter,
}

impl Cli {
    fn run(self) -> anyhow::Result<()> {
        match self.command {
            None => self.serve.run(),
            Some(Command::Serve(serve)) => serve.run(),
            Some(Command::Health { control }) => health(control).map_err(one_line),
            Some(Command::Scenes) => {
                let scene = |scene: &Scene| format!("{}\n    {}\n    {}\n", scene.name, scene.ja, scene.en);
                let text: String = Scene::all().iter().map(scene).collect();
                let _ = std::io::stdout().write_all(text.as_bytes());
                Ok(())
            }
            Some(Command::Profile { profile, json }) => {
                let profile = profile.map(|path| read_profile(&path)).transpose()?.unwrap_or_default();
                let text = match json {
                    true => serde_json::to_string_pretty(&describe(&profile))? + "\n",
                    false => to_toml(&profile),
                };
                // A reader that stops early, such as `head`, is no mistake.
                let _ = std::io::stdout().write_all(text.as_bytes());
                Ok(())
            }
        }
    }
}

/// Files and sockets that are open beside connections: the store, listeners, and connections that are being closed.
#[cfg(unix)]
const DESCRIPTORS: u64 = 512;

/// What can't stand in an `Authorization` header as one word.
const NO_TOKEN: &str = "the control token must be one word of ASCII letters, digits and signs";

impl Serve {
    fn run(self) -> anyhow::Result<()> {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_max_level(self.log)
            .with_ansi(std::io::stderr().is_terminal())
            .init();
        let options = self.options()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(std::thread::available_parallelism().map_or(2, usize::from))
            .build()
            .context("no runtime")?;
        runtime.block_on(async {
            // Listens for signals before it says that it is ready, so that none is missed.
            let end = signals()?;
            let simulator = Simulator::start(options).await?;
            announce(&simulator).await;
            end.await;
            simulator.stop().await;
            Ok(())
        })
    }

    fn options(&self) -> anyhow::Result<Options> {
        Ok(Options {
            listen: self.listen,
            control: self.control,
            http: self.http,
            relying_party: self.relying_party,
            store: self.store.clone(),
            profile: self.profile.as_deref().map(read_profile).transpose()?,
            seed: self.seed.clone(),
            hostnames: self.hostname.clone(),
            sample: !self.no_sample,
            scene: self.scene,
            control_hosts: self.control_host.clone(),
            control_token: self.token()?,
            key_pool: self.key_pool,
            journal: self.journal,
            limits: crate::Limits {
                connections: connections(self.max_connections),
                ..crate::Limits::default()
            },
            renewal_listen: self.renewal_listen,
            smtp: self.smtp.clone(),
            files: self.files.clone(),
        })
    }

    /// From a file or the environment: an argument would show in the list of processes.
    fn token(&self) -> anyhow::Result<Option<String>> {
        let token = match &self.control_token_file {
            Some(path) => {
                let text = text_file::read(path);
                Some(text.with_context(|| format!("control token {}", path.display())).map_err(one_line)?)
            }
            None => match std::env::var("OBN_CA_CONTROL_TOKEN") {
                Ok(token) => Some(token).filter(|token| !token.is_empty()),
                Err(std::env::VarError::NotPresent) => None,
                // Never open to all for want of a good one. The error itself would show it.
                Err(std::env::VarError::NotUnicode(_)) => anyhow::bail!(NO_TOKEN),
            },
        };
        let token = token.map(|token| token.trim().to_owned());
        let fits = |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        anyhow::ensure!(token.as_ref().is_none_or(fits), NO_TOKEN);
        Ok(token)
    }
}

/// `GET /readyz`, as the simulator's own machine calls it.
fn health(control: SocketAddr) -> anyhow::Result<()> {
    // A listener on [::] takes IPv4 as well, and a container may have nothing else.
    let ip = if control.ip().is_unspecified() { [127, 0, 0, 1].into() } else { control.ip() };
    let address = SocketAddr::new(ip, control.port());
    let asked = || -> std::io::Result<String> {
        let limit = std::time::Duration::from_secs(5);
        let mut stream = std::net::TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = asked().with_context(|| format!("control at {address}"))?;
    let status = answer.lines().next().unwrap_or_default();
    anyhow::ensure!(status.starts_with("HTTP/1.1 200"), "control at {address} is not ready: {status}");
    Ok(())
}

fn read_profile(path: &Path) -> anyhow::Result<Profile> {
    let place = || format!("profile {}", path.display());
    // A file goes before a preset of its name.
    let preset = path.to_str().and_then(Profile::preset).filter(|_| !path.exists());
    let text = match preset {
        Some(text) => text.to_owned(),
        None => text_file::read(path).with_context(place).map_err(one_line)?,
    };
    let mut profile = Profile::from_toml(&text).with_context(place).map_err(one_line)?;
    let file = &mut profile.installer.file;
    if let Some(folder) = path.parent()
        && !file.is_empty()
    {
        // What a file names lies beside it, wherever the process is started.
        let named = std::path::absolute(folder.join(&*file)).with_context(place).map_err(one_line)?;
        *file = named
            .to_str()
            .context("a path that is no UTF-8")
            .with_context(place)
            .map_err(one_line)?
            .to_owned();
    }
    Ok(profile)
}

/// What clap says of a mistake, without the usage below it, in one line.
fn first_paragraph(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let text = lines.join(" ");
    text.strip_prefix("error: ").unwrap_or(&text).to_owned()
}

/// The whole chain of causes in one line.
fn one_line(error: anyhow::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

/// As many connections as wanted, or as the system allows: a process may have so many descriptors and no more.
#[cfg(unix)]
fn connections(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let descriptors = 2 * wanted as u64 + DESCRIPTORS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(allowed) = current.filter(|current| *current < descriptors) else { return wanted };
    let more = maximum.map_or(descriptors, |maximum| maximum.min(descriptors));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(more), maximum });
    let allowed = if raised.is_ok() { more } else { allowed };
    let left = allowed - DESCRIPTORS.min(allowed / 2);
    let connections = usize::try_from(left / 2).unwrap_or(usize::MAX).clamp(1, wanted);
    if connections < wanted {
        tracing::warn!(allowed, connections, "the system allows few open files: fewer connections at once");
    }
    connections
}

/// As many connections as wanted: Windows counts no descriptors.
#[cfg(windows)]
fn connections(wanted: usize) -> usize {
    wanted
}

/// A request to end: a signal.
#[cfg(unix)]
fn signals() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("no signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("no signals")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A request to end: Ctrl-C, Ctrl-Break, a closed console window, the end of the session or of the system.
#[cfg(windows)]
fn signals() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
    let mut interrupt = ctrl_c().context("no signals")?;
    let mut terminate = ctrl_break().context("no signals")?;
    let mut close = ctrl_close().context("no signals")?;
    let mut logoff = ctrl_logoff().context("no signals")?;
    let mut shutdown = ctrl_shutdown().context("no signals")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = close.recv() => {}
            _ = logoff.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}

/// JSON in ASCII: read in another encoding, such as code page 932 of Japanese Windows, it says the same.
fn ascii(json: &serde_json::Value) -> String {
    let mut text = String::new();
    // What isn't ASCII stands in strings only.
    for unit in json.to_string().encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    text
}

/// One line of JSON for programs, a notice to walk on from for people.
async fn announce(simulator: &Simulator) {
    let notice = simulator.sample_notice().await;
    let mut out = std::io::stdout();
    let text = if out.is_terminal() {
        banner(simulator, notice.as_ref())
    } else {
        let mut line = serde_json::json!({
            "portal": simulator.portal_url(),
            "control": simulator.control_url(),
            "sample_notice": notice,
        });
        if let Some(http) = simulator.http_url() {
            line["http"] = http.into();
        }
        if let Some(renewal) = simulator.renewal_url() {
            line["renewal"] = renewal.into();
        }
        if let Some(relying_party) = simulator.relying_party_url() {
            line["relying_party"] = relying_party.into();
        }
        ascii(&line) + "\n"
    };
    // Whoever doesn't read it misses nothing that control doesn't tell.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn banner(simulator: &Simulator, notice: Option<&NoticeBody>) -> String {
    let (portal, control) = (simulator.portal_url(), simulator.control_url());
    let mut text = format!("\nobn-ca {} is ready\n\n", env!("CARGO_PKG_VERSION"));
    if let Some(notice) = notice {
        let day = |day: jiff::civil::Date| day.strftime("%Y/%m/%d").to_string();
        text += &format!(
            "  電子証明書発行通知書 (サンプル)\n\
             \x20   発行者          {}\n\
             \x20   発行元          {}\n\
             \x20   端末名称等      {}\n\
             \x20   リクエストID    {}\n\
             \x20   リファレンスID  {}\n\
             \x20   有効期限        {} ~ {}\n\
             \x20   ダウンロード    {} まで\n\n",
            notice.issuer,
            notice.institution_code,
            notice.terminal_name,
            notice.request_id,
            notice.reference_id,
            day(notice.valid_from),
            day(notice.valid_until),
            day(notice.download_until),
        );
    }
    text += &format!(
        "  Open first      {portal}/p/rcd\n\
         \x20 TLS root        {control}/api/v1/root.pem  (for this test only: never trust it elsewhere)\n\
         \x20 Dashboard       {control}/\n\
         \x20 Control API     {control}/api/v1/openapi.json\n"
    );
    if let Some(relying_party) = simulator.relying_party_url() {
        text += &format!("  Log in at       {relying_party}/  (with the certificate)\n");
    }
    text += "\n  Ctrl-C ends it.\n\n";
    text
}
