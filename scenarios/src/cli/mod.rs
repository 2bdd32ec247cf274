//! Commands and options. Exit status: 0 all passed, 1 some failed, 2 usage, 3 the harness broke, 130 and 143 a signal
//! ended it.

mod client;
mod course;
mod coverage;
mod errors;
mod init;
mod japanese;
mod learn;
mod progress;
mod redact;
mod reports;
mod serve;

use std::cell::RefCell;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use obn_speech::cli::values::{number, seconds};
use obn_speech::cli::{Completions, ManPages, Stopped, full, language, language_before_parsing, streams};
use obn_speech::{Language, Words, cause, unreadable, words};
use url::Url;

use self::course::Prepared;
use self::progress::Progress;
use self::reports::{Known, Reports};
use crate::choice::{Choice, not_asked};
use crate::job::{Job, News, Report};
use crate::report::visible;
use crate::simulator::merge;
use crate::{
    Broken, Catalogue, Error, Head, Mistake, Pace, Remote, SCHEMA, ScenarioKind, Settled, Target, USUAL_SEED,
    fidelity, scenario_schema, text_file,
};

/// Runs the program `obn-conformance` with the arguments of the process.
pub fn main() -> ExitCode {
    let before = language_before_parsing();
    let mut command = japanese::SPEECH.definitions(Cli::command(), before);
    let parsed = japanese::SPEECH.parse(&mut command, before).and_then(|matches| {
        Cli::from_arg_matches(&matches)
            .map_err(|error| Stopped::Mistaken(Box::new(error.format(&mut command))))
    });
    match parsed {
        Ok(cli) => cli.run(),
        Err(Stopped::Answered(text)) => {
            streams::print(&text);
            ExitCode::SUCCESS
        }
        Err(Stopped::Nothing(text)) => {
            tell(text.trim_end());
            USAGE.into()
        }
        Err(Stopped::Mistaken(error)) => {
            tell(full(&error, "obn-conformance", before, |_| None).trim_end());
            USAGE.into()
        }
    }
}

/// Plays what the manual demands of the online billing network's common CA, on a site or on a client.
///
/// Exit status: 0 all passed, 1 some failed, 2 usage, 3 the harness itself broke, 130 and 143 a signal ended it.
#[derive(Debug, Parser)]
#[command(name = "obn-conformance", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Folder with requirements.toml, portal/ and client/ instead of what the program carries
    #[arg(long, value_name = "DIR", global = true)]
    scenarios: Option<PathBuf>,
    /// The language of messages, ja or en [default: by locale]
    #[arg(long, env = "OBN_LANG", global = true, value_name = "LANGUAGE")]
    lang: Option<Language>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the portal scenarios, each against a simulator of its own or against a portal that runs
    Portal(Box<Portal>),
    /// Play the client scenarios against a vendor's command, each in a scene of its own
    Client(Box<client::Client>),
    /// The same as pages in a browser: choose, watch, be guided, compare
    Serve(serve::Serve),
    /// Write a client to start from, in one of seven languages
    Init(init::Init),
    /// Tell requirement by requirement which scenarios show it, or statement by statement what says it
    Coverage(coverage::Coverage),
    /// Print what is known, inferred and chosen, requirement by requirement and key by key (Markdown)
    Fidelity,
    /// Make a recording that can be given away: IDs, passwords, names, cookies and keys replaced, and checked
    Redact(redact::Redact),
    /// Learn from recordings of the real site: which keys of the profile they show, and what to record next
    Learn(learn::Learn),
    /// Walk a recording against the simulator under the profile that it shows, and print the differences
    Replay(learn::Replay),
    /// List the scenarios
    List(Choice),
    /// Print the JSON schema of --json's report, or of scenario files
    Schema {
        /// Of scenario files, of both kinds or of one, instead of the report
        #[arg(long, value_name = "KIND", num_args = 0..=1)]
        scenario: Option<Option<ScenarioKind>>,
    },
    /// Print the completion script of a shell
    Completions(Completions),
    /// Write the man pages
    Man(ManPages),
}

#[derive(Debug, Args)]
struct Portal {
    #[command(flatten)]
    choice: Choice,
    /// Portal to play against, such as https://localhost:8443, instead of simulators of our own
    #[arg(long, value_name = "URL", requires = "root", value_parser = address)]
    url: Option<Url>,
    /// PEM file with the TLS root to trust there
    #[arg(long, value_name = "FILE", requires = "url")]
    root: Option<PathBuf>,
    /// Its control API, such as http://127.0.0.1:8444; its default world is reset before each scenario and at the end
    #[arg(long, value_name = "URL", requires = "url", value_parser = address)]
    control: Option<Url>,
    /// File with the bearer token that control wants; otherwise the environment variable OBN_CONTROL_TOKEN
    #[arg(long, value_name = "FILE", requires = "control")]
    control_token_file: Option<PathBuf>,
    /// Where http://crldownload.obn.managedpki.ne.jp is reached, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL", requires = "url", value_parser = address)]
    http: Option<Url>,
    /// A site that the certificate is for, such as https://localhost:8446
    #[arg(long, value_name = "URL", requires = "url", value_parser = address)]
    relying_party: Option<Url>,
    /// Seconds that the portal may take for one answer
    #[arg(long, value_name = "SECONDS", requires = "url", default_value = "30", value_parser = seconds)]
    patience: Duration,
    /// Profile keys (TOML) that our own simulators take over whatever scenarios say
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    profile: Option<PathBuf>,
    /// With the same seed keys, IDs and certificates of our own simulators repeat
    #[arg(long, value_name = "TEXT", default_value = USUAL_SEED, conflicts_with = "url")]
    seed: String,
    /// How many scenarios play at a time; otherwise as many as there are processors
    #[arg(long, value_name = "N", value_parser = jobs)]
    jobs: Option<usize>,
    #[command(flatten)]
    course: course::Course,
    #[command(flatten)]
    reports: reports::Reports,
}

fn none_fits() -> Words {
    Words::new(
        "--filter と --level に合うシナリオがありません。obn-conformance list で一覧を表示します",
        "no scenario fits --filter and --level; obn-conformance list shows all",
    )
}
const USAGE: u8 = 2;
const HARNESS: u8 = 3;

impl Cli {
    fn run(self) -> ExitCode {
        let language = language(self.lang);
        let catalogue = match &self.scenarios {
            Some(folder) => Catalogue::read(folder),
            None => Catalogue::embedded(),
        };
        let catalogue = match catalogue {
            Ok(catalogue) => catalogue,
            Err(error) => return fail(USAGE, error, language),
        };
        match self.command {
            Command::Coverage(coverage) => coverage.print(&catalogue, language),
            Command::Fidelity => print(&fidelity(&catalogue)),
            Command::List(choice) => {
                let chosen: Vec<_> = catalogue.heads().filter(|head| choice.fits(head)).collect();
                if chosen.is_empty() {
                    return fail(USAGE, none_fits(), language);
                }
                print(&list(&chosen, language));
            }
            Command::Portal(portal) => return portal.run(&catalogue, language),
            Command::Schema { scenario: None } => print(SCHEMA),
            Command::Schema { scenario: Some(kind) } => print(&scenario_schema(kind)),
            Command::Completions(wanted) => print(&(wanted.script(definitions(language), language) + "\n")),
            Command::Man(wanted) => match wanted.write(definitions(language), language) {
                Ok(()) => print(&format!("{}\n", ManPages::done(&wanted.out).speak(language))),
                Err(error) => return fail(USAGE, error, language),
            },
            Command::Client(client) => return client.run(&catalogue, language),
            Command::Serve(serve) => return serve.run(catalogue, language),
            Command::Learn(learn) => return learn.run(&catalogue, language),
            Command::Replay(replay) => return replay.run(language),
            Command::Init(init) => return init.run(language),
            Command::Redact(redact) => return redact.run(language),
        }
        ExitCode::SUCCESS
    }
}

fn definitions(language: Language) -> clap::Command {
    japanese::SPEECH.definitions(Cli::command(), language)
}

/// Where something is on the network.
fn address(text: &str) -> Result<Url, Words> {
    let url = text.parse::<Url>().ok().filter(Url::has_host);
    url.ok_or_else(|| {
        Words::new(
            "https://localhost:8443 や http://127.0.0.1:8444 のような URL を指定してください",
            format!("{text:?} is no URL such as https://localhost:8443 or http://127.0.0.1:8444"),
        )
    })
}

/// How many at a time.
fn jobs(text: &str) -> Result<usize, Words> {
    number(text, 1..=1_000)
}

/// The scenarios that are chosen.
///
/// # Errors
/// If there are none.
fn chosen<S: Clone>(choice: &Choice, all: &[S], head: impl Fn(&S) -> &Head) -> anyhow::Result<Vec<S>> {
    let chosen: Vec<_> = all.iter().filter(|scenario| choice.fits(head(scenario))).cloned().collect();
    anyhow::ensure!(!chosen.is_empty(), none_fits());
    Ok(chosen)
}

/// Plays a job, tells how it goes, and reports.
fn play(
    job: &Job,
    jobs: usize,
    progress: impl FnOnce() -> Progress,
    prepared: &Prepared,
    reports: &Reports,
    known: &Known,
    (catalogue, language): (&Catalogue, Language),
) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let troubles = RefCell::new(Vec::new());
    let report = runtime.block_on(async {
        let (stop, progress) = (prepared.stop(language)?, progress());
        let news = |news: News<'_>| match news {
            News::Played(played) => prepared.played(played, &progress),
            News::Reading { reading, survival, done, of } => progress.reading(reading, survival, done, of),
            News::Trouble(trouble) => troubles.borrow_mut().push(trouble),
        };
        Ok::<_, std::io::Error>(job.play(Pace::new(jobs, stop.clone()), news).await)
    })?;
    troubles.take().iter().for_each(|trouble| tell(&format!("obn-conformance: {}", trouble.pick(language))));
    let since = match &report {
        Report::Run(run) => prepared.compared(&run.plays, language),
        Report::Sweep(_) => None,
    };
    let status = reports.finish(report, known, catalogue, language);
    since.iter().for_each(|text| print(text));
    Ok(prepared.status(status))
}

impl Portal {
    fn run(self, catalogue: &Catalogue, language: Language) -> ExitCode {
        let ready = || {
            let mut scenarios = chosen(&self.choice, &catalogue.scenarios, |scenario| &scenario.head)?;
            let prepared = self.course.prepare(&mut scenarios, |scenario| &mut scenario.head)?;
            let all = catalogue.scenarios.iter().map(|scenario| &scenario.head);
            let not_asked = not_asked(all, |head| self.choice.fits(head));
            let known = self.reports.known()?;
            let job = Job::Portal { target: self.target(&known.settled)?, scenarios, not_asked };
            self.reports.try_paths()?;
            Ok::<_, anyhow::Error>((job, prepared, known))
        };
        let (job, prepared, known) = match ready() {
            Ok(ready) => ready,
            Err(error) => return fail(USAGE, error, language),
        };
        if let Job::Portal { target: Target::Remote(remote), .. } = &job
            && let Err(error) = reachable(remote)
        {
            return fail(HARNESS, error, language);
        }
        let progress = || Progress::of(job.plays(), language);
        let jobs = self.jobs.unwrap_or_else(processors);
        match play(&job, jobs, progress, &prepared, &self.reports, &known, (catalogue, language)) {
            Ok(code) => code,
            Err(error) => fail(HARNESS, error, language),
        }
    }

    fn target(&self, settled: &Settled) -> anyhow::Result<Target> {
        let Some((url, root)) = self.url.clone().zip(self.root.as_ref()) else {
            let over = match &self.profile {
                None => toml::Table::new(),
                Some(path) => {
                    let text =
                        text_file::read(path).map_err(|error| unreadable("--profile", path, &error))?;
                    toml::from_str(&text)
                        .map_err(|error| Mistake::of_toml(&path.display().to_string(), &text, &error))
                        .map_err(Error::from)?
                }
            };
            let mut profile = settled.profile().clone();
            merge(&mut profile, &over);
            return Ok(Target::Own { profile, seed: self.seed.clone(), broken: Broken::default() });
        };
        let text = text_file::read(root).map_err(|error| unreadable("--root", root, &error))?;
        let is_https = url.scheme() == "https";
        let remote = Remote::new(url, &text).map_err(|error| match is_https {
            true => error.words().about(root.display()),
            // It is not the file that is wrong.
            false => error.words(),
        })?;
        let control_token = self.control_token()?;
        let patience = self.patience;
        let (control, http) = (self.control.clone(), self.http.clone());
        let relying_party = self.relying_party.clone();
        let is_https = relying_party.as_ref().is_none_or(|url| url.scheme() == "https");
        anyhow::ensure!(
            is_https,
            Words::new(
                "--relying-party は https://localhost:8446 のように https:// で始まるアドレスにしてください",
                "--relying-party is an https address such as https://localhost:8446",
            )
        );
        let remote = Remote { control, control_token, http, relying_party, patience, ..remote };
        Ok(Target::Remote(Box::new(remote)))
    }

    /// From the file, otherwise from the environment, never from an argument.
    fn control_token(&self) -> anyhow::Result<Option<String>> {
        match &self.control_token_file {
            Some(path) => {
                let text = text_file::read(path)
                    .map_err(|error| unreadable("--control-token-file", path, &error))?;
                Ok(Some(text.trim().to_owned()))
            }
            None => Ok(std::env::var("OBN_CONTROL_TOKEN").ok().filter(|token| !token.is_empty())),
        }
    }
}

/// Tries the connections before hundreds of scenarios are played for nothing.
fn reachable(remote: &Remote) -> Result<(), Words> {
    let Remote { url, control, http, relying_party, patience, .. } = remote;
    [
        ("--url", Some(url)),
        ("--control", control.as_ref()),
        ("--http", http.as_ref()),
        ("--relying-party", relying_party.as_ref()),
    ]
    .into_iter()
    .filter_map(|(option, url)| Some((option, url?)))
    .try_for_each(|(option, url)| reached(option, url, *patience))
}

fn reached(option: &str, url: &Url, limit: Duration) -> Result<(), Words> {
    let tried = url.socket_addrs(|| None).and_then(|addresses| {
        let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
        for address in addresses {
            match TcpStream::connect_timeout(&address, limit.max(Duration::from_millis(1))) {
                Ok(_) => return Ok(()),
                Err(error) => last = error,
            }
        }
        Err(last)
    });
    tried.map_err(|error| {
        let Words { japanese, english } = cause(&error);
        words!(
            "{option} の {url} に接続できません: {japanese}。アドレスを確認し、起動していなければ起動してください",
            "{option} {url} can't be reached: {english}; look at the address, and start what is to be there"
        )
    })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// ID, name, number of cases, and what it shows.
fn list(heads: &[&Head], language: Language) -> String {
    let line = |head: &&Head| {
        let cases = match head.cases.len() {
            1 => String::new(),
            cases => language.pick(format!(" ({cases} ケース)"), format!(" ({cases} cases)")),
        };
        let name = language.pick(head.ja.as_ref().unwrap_or(&head.name), &head.name);
        format!("{}: {name}{cases}\n    {}\n", head.id, head.shows.join(" "))
    };
    heads.iter().map(line).collect()
}

fn print(text: &str) {
    // A reader that stops early, such as `head`, is no mistake.
    streams::print(&visible(text));
}

/// For people, on standard error: whoever reads it may be gone.
fn tell(text: &str) {
    streams::print_error(&format!("{}\n", visible(text)));
}

fn fail(code: u8, error: impl Into<anyhow::Error>, language: Language) -> ExitCode {
    tell(&format!("obn-conformance: {}", errors::told(&error.into(), language)));
    code.into()
}
