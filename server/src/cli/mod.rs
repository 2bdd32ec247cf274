//! The command line: options, and how the program ends.

mod banner;
mod errors;
mod japanese;

use std::io::{IsTerminal, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::profile::{Profile, describe, to_toml_in};
use crate::scenes::Scene;
use crate::smtp::MailServer;
use crate::store::StoreUrl;
use crate::{Options, Simulator, text_file};
use clap::builder::BoolishValueParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use obn_speech::cli::address::{everywhere, on_loopback};
use obn_speech::cli::values::number;
use obn_speech::cli::{
    Completions, ManPages, Stopped, in_one_line, language, language_before_parsing, streams, visible,
};
use obn_speech::{Language, Words, cause, unreadable, words};

/// Runs the program `obn-ca` with the arguments of the process.
pub fn main() -> ExitCode {
    let before = language_before_parsing();
    let mut command = japanese::SPEECH.definitions(Cli::command(), before);
    let parsed = japanese::SPEECH.parse(&mut command, before).and_then(|matches| {
        Cli::from_arg_matches(&matches).map_err(|error| Stopped::Mistaken(Box::new(error)))
    });
    let run = match parsed {
        Ok(cli) => {
            let language = language(cli.lang);
            cli.run(language).map_err(|error| error.speak(language).to_owned())
        }
        // Help and version, which are no mistakes.
        Err(Stopped::Answered(text)) => {
            streams::print(&text);
            Ok(())
        }
        Err(Stopped::Nothing(text)) => Err(text),
        Err(Stopped::Mistaken(error)) => Err(in_one_line(&error, "obn-ca", before, |_| None)),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // It may quote a file of others.
            streams::print_error(&format!("obn-ca: {}\n", visible(&error)));
            ExitCode::from(2)
        }
    }
}

/// A simulator of the client-certificate authority of Japan's online-billing network
/// (cert.obn.managedpki.ne.jp). Never trust its roots on a machine that is used for real work.
#[derive(Debug, Parser)]
#[command(name = "obn-ca", version, args_conflicts_with_subcommands = true)]
struct Cli {
    /// The language of messages, ja or en [default: by locale]
    #[arg(long, env = "OBN_LANG", global = true, value_name = "LANGUAGE")]
    lang: Option<Language>,
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
        #[arg(value_parser = on_loopback)]
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
    /// Print the completion script of a shell
    Completions(Completions),
    /// Write the man pages
    Man(ManPages),
}

#[derive(Debug, Args)]
struct Serve {
    /// Address of the portal (HTTPS), such as 8443 or localhost:8443; port 0 lets the system choose
    #[arg(long, value_name = "ADDR", env = "OBN_CA_LISTEN", default_value = "[::]:8443", value_parser = everywhere)]
    listen: SocketAddr,
    /// Address of the control API (plain HTTP); port 0 lets the system choose
    #[arg(long, value_name = "ADDR", env = "OBN_CA_CONTROL", default_value = "127.0.0.1:8444", value_parser = on_loopback)]
    control: SocketAddr,
    /// Address on which the revocation list is published over plain HTTP; left out: not at all
    #[arg(long, value_name = "ADDR", env = "OBN_CA_HTTP", value_parser = everywhere)]
    http: Option<SocketAddr>,
    /// Address of the sites that ask for the certificate, the eligibility and the claim system (HTTPS); left out: not at all
    #[arg(long, value_name = "ADDR", env = "OBN_CA_RELYING_PARTY", value_parser = everywhere)]
    relying_party: Option<SocketAddr>,
    /// Address of the listener that asks for client certificates where the profile's client_auth.mode is split
    #[arg(long, value_name = "ADDR", env = "OBN_CA_RENEWAL_LISTEN", value_parser = everywhere)]
    renewal_listen: Option<SocketAddr>,
    /// Mail server that the mails of the outbox go to as well, without TLS: a mail catcher
    #[arg(long, value_name = "HOST:PORT", env = "OBN_CA_SMTP")]
    smtp: Option<MailServer>,
    /// Folder with the files that worlds made through the control API may name: installers and saved worlds
    #[arg(long, value_name = "DIR", env = "OBN_CA_FILES")]
    files: Option<PathBuf>,
    /// Where to keep things: memory:, sqlite:PATH or postgres://USER@HOST/DATABASE
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
    #[arg(long, value_name = "N", env = "OBN_CA_KEY_POOL", default_value_t = 16, value_parser = |text: &str| number(text, 0..=10_000))]
    key_pool: usize,
    /// Records that the journal of each world keeps
    #[arg(long, value_name = "N", env = "OBN_CA_JOURNAL", default_value_t = 10_000, value_parser = |text: &str| number(text, 0..=100_000_000))]
    journal: usize,
    /// Connections at once, on the portal and on control each; for one more, an idle one is closed
    #[arg(long, value_name = "N", env = "OBN_CA_MAX_CONNECTIONS", default_value_t = 1_024,
        value_parser = |text: &str| number(text, 1..=65_536))]
    max_connections: usize,
    /// What to log on standard error: off, error, warn, info or debug
    #[arg(long, value_name = "LEVEL", env = "OBN_CA_LOG", default_value = "warn", value_parser = level)]
    log: tracing_subscriber::filter::LevelFilter,
}

impl Cli {
    fn run(self, language: Language) -> Result<(), Words> {
        match self.command {
            None => self.serve.run(language),
            Some(Command::Serve(serve)) => serve.run(language),
            Some(Command::Health { control }) => health(control),
            Some(Command::Scenes) => {
                let scene = |scene: &Scene| format!("{}\n    {}\n    {}\n", scene.name, scene.ja, scene.en);
                let text: String = Scene::all().iter().map(scene).collect();
                let _ = std::io::stdout().write_all(text.as_bytes());
                Ok(())
            }
            Some(Command::Profile { profile, json }) => {
                let profile = profile.map(|path| read_profile(&path)).transpose()?.unwrap_or_default();
                let text = match json {
                    true => format!("{:#}\n", serde_json::json!(describe(&profile))),
                    false => to_toml_in(&profile, language),
                };
                // A file that reads back, so in UTF-8 whoever reads it. One that stops early, such as `head`, is no mistake.
                let _ = std::io::stdout().write_all(text.as_bytes());
                Ok(())
            }
            Some(Command::Completions(wanted)) => {
                let definitions = japanese::SPEECH.definitions(Self::command(), language);
                streams::print(&(wanted.script(definitions, language) + "\n"));
                Ok(())
            }
            Some(Command::Man(wanted)) => {
                wanted.write(japanese::SPEECH.definitions(Self::command(), language), language)?;
                streams::print(&format!("{}\n", ManPages::done(&wanted.out).speak(language)));
                Ok(())
            }
        }
    }
}

/// What is to be logged.
fn level(text: &str) -> Result<tracing_subscriber::filter::LevelFilter, Words> {
    text.parse().map_err(|_| {
        Words::new(
            "off、error、warn、info、debug のいずれかを指定してください",
            format!("{text:?} is none of off, error, warn, info, debug"),
        )
    })
}

/// Files and sockets that are open beside connections: the store, listeners, and connections that are being closed.
#[cfg(unix)]
const DESCRIPTORS: u64 = 512;

/// What can't stand in an `Authorization` header as one word.
fn no_token(place: &str) -> Words {
    words!(
        "制御 API のトークン({place})は、空白のない半角の英数字と記号にしてください",
        "the control token must be one word of ASCII letters, digits and signs: look at {place}"
    )
}

impl Serve {
    fn run(self, language: Language) -> Result<(), Words> {
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
            .map_err(|error| of_system("スレッドを起動できません", "threads can't be started", &error))?;
        runtime.block_on(async {
            // Listens for signals before it says that it is ready, so that none is missed.
            let end = signals()?;
            let simulator = Simulator::start(options).await.map_err(|error| errors::words(&error))?;
            banner::announce(&simulator, language).await;
            end.await;
            simulator.stop().await;
            Ok(())
        })
    }

    fn options(&self) -> Result<Options, Words> {
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
    fn token(&self) -> Result<Option<String>, Words> {
        const VARIABLE: &str = "OBN_CA_CONTROL_TOKEN";
        let (place, token) = match &self.control_token_file {
            Some(path) => {
                let place = path.display().to_string();
                let text = text_file::read(path);
                let unreadable = |error| unreadable("--control-token-file", path, &error);
                (place, Some(text.map_err(unreadable)?))
            }
            None => match std::env::var(VARIABLE) {
                Ok(token) => (VARIABLE.to_owned(), Some(token).filter(|token| !token.is_empty())),
                Err(std::env::VarError::NotPresent) => return Ok(None),
                // Never open to all for want of a good one. The error itself would show it.
                Err(std::env::VarError::NotUnicode(_)) => return Err(no_token(VARIABLE)),
            },
        };
        let token = token.map(|token| token.trim().to_owned());
        let fits = |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        if token.as_ref().is_none_or(fits) { Ok(token) } else { Err(no_token(&place)) }
    }
}

/// `GET /readyz`, as the simulator's own machine calls it.
fn health(control: SocketAddr) -> Result<(), Words> {
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
    let answer = asked().map_err(|error| {
        let Words { japanese, english } = cause(&error);
        words!(
            "制御 API {address} から応答がありません: {japanese}。obn-ca を起動するか、--control(OBN_CA_CONTROL)にそのアドレスを指定してください",
            "control at {address}: {english}; start obn-ca, or name its address with --control (OBN_CA_CONTROL)"
        )
    })?;
    let status = answer.lines().next().unwrap_or_default();
    match status.starts_with("HTTP/1.1 200") {
        true => Ok(()),
        false => Err(words!(
            "制御 API {address} は準備ができていません: {status}。しばらくしてからもう一度実行するか、obn-ca のログを確認してください",
            "control at {address} is not ready: {status}; ask again in a moment, or look at the log of obn-ca"
        )),
    }
}

fn read_profile(path: &Path) -> Result<Profile, Words> {
    let place = path.display();
    let of_profile = |error: Words| {
        let Words { japanese, english } = error;
        words!("プロファイル {place}: {japanese}", "profile {place}: {english}")
    };
    // A file goes before a preset of its name.
    let preset = path.to_str().and_then(Profile::preset).filter(|_| !path.exists());
    let text = match preset {
        Some(text) => text.to_owned(),
        None => text_file::read(path).map_err(|error| unreadable("--profile", path, &error))?,
    };
    let mut profile = Profile::from_toml(&text).map_err(|error| of_profile(error.words()))?;
    let file = &mut profile.installer.file;
    if let Some(folder) = path.parent()
        && !file.is_empty()
    {
        // What a file names lies beside it, wherever the process is started.
        let named = std::path::absolute(folder.join(&*file)).map_err(|error| of_profile(cause(&error)))?;
        *file = named.into_os_string().into_string().map_err(|_| {
            of_profile(Words::new(
                "installer.file のパスを UTF-8 で表せません。別の名前のフォルダーに置いてください",
                "the path of installer.file is no UTF-8: put it into a folder of another name",
            ))
        })?;
    }
    Ok(profile)
}

/// What only the system can mend.
fn of_system(japanese: &str, english: &str, error: &std::io::Error) -> Words {
    let reason = cause(error);
    Words::new(format!("{japanese}: {}", reason.japanese), format!("{english}: {}", reason.english))
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

fn no_signals(error: std::io::Error) -> Words {
    of_system("終了の合図を受け取れません", "signals can't be listened for", &error)
}

/// A request to end: a signal.
#[cfg(unix)]
fn signals() -> Result<impl Future<Output = ()>, Words> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A request to end: Ctrl-C, Ctrl-Break, a closed console window, the end of the session or of the system.
#[cfg(windows)]
fn signals() -> Result<impl Future<Output = ()>, Words> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
    let mut interrupt = ctrl_c().map_err(no_signals)?;
    let mut terminate = ctrl_break().map_err(no_signals)?;
    let mut close = ctrl_close().map_err(no_signals)?;
    let mut logoff = ctrl_logoff().map_err(no_signals)?;
    let mut shutdown = ctrl_shutdown().map_err(no_signals)?;
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
