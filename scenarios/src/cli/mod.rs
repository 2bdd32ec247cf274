//! Commands and options. Exit status: 0 all passed, 1 some failed, 2 usage, 3 the harness broke, 130 and 143 a signal
//! ended it.

mod client;
mod course;
mod coverage;
mod init;
mod learn;
mod progress;
mod redact;
mod reports;
mod serve;

use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use url::Url;

use self::course::Prepared;
use self::progress::Progress;
use self::reports::Reports;
use crate::choice::{Choice, not_asked};
use crate::job::{Job, News, Report};
use crate::report::visible;
use crate::{
    Broken, Catalogue, ExpectedFailures, Head, Language, Pace, Remote, SCHEMA, ScenarioKind, Target,
    USUAL_SEED, fidelity, scenario_schema, text_file,
};

/// Runs the program `obn-conformance` with the arguments of the process.
pub fn main() -> ExitCode {
    Cli::parse().run()
}

/// Plays what the manual demands of the portal of the online billing network's common CA.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Folder with requirements.toml, portal/ and client/ instead of what the program carries
    #[arg(long, value_name = "DIR", global = true)]
    scenarios: Option<PathBuf>,
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
}

#[derive(Debug, Args)]
struct Portal {
    #[command(flatten)]
    choice: Choice,
    /// Portal to play against, such as https://localhost:8443, instead of simulators of our own
    #[arg(long, value_name = "URL", requires = "root")]
    url: Option<Url>,
    /// PEM file with the TLS root to trust there
    #[arg(long, value_name = "FILE", requires = "url")]
    root: Option<PathBuf>,
    /// Its control API, such as http://127.0.0.1:8444; its default world is reset before each scenario and at the end
    #[arg(long, value_name = "URL", requires = "url")]
    control: Option<Url>,
    /// File with the bearer token that control wants; otherwise the environment variable OBN_CONTROL_TOKEN
    #[arg(long, value_name = "FILE", requires = "control")]
    control_token_file: Option<PathBuf>,
    /// Where http://crldownload.obn.managedpki.ne.jp is reached, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL", requires = "url")]
    http: Option<Url>,
    /// A site that the certificate is for, such as https://localhost:8446
    #[arg(long, value_name = "URL", requires = "url")]
    relying_party: Option<Url>,
    /// Seconds that the portal may take for one answer
    #[arg(long, value_name = "SECONDS", requires = "url", default_value_t = 30.0)]
    patience: f64,
    /// Profile keys (TOML) that our own simulators take over whatever scenarios say
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    profile: Option<PathBuf>,
    /// With the same seed keys, IDs and certificates of our own simulators repeat
    #[arg(long, value_name = "TEXT", default_value = USUAL_SEED, conflicts_with = "url")]
    seed: String,
    /// How many scenarios play at a time; otherwise as many as there are processors
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    course: course::Course,
    #[command(flatten)]
    reports: reports::Reports,
}

const NONE_FITS: &str = "no scenario fits --filter and --level";
const USAGE: u8 = 2;
const HARNESS: u8 = 3;

impl Cli {
    fn run(self) -> ExitCode {
        let catalogue = match &self.scenarios {
            Some(folder) => Catalogue::read(folder),
            None => Catalogue::embedded(),
        };
        let catalogue = match catalogue {
            Ok(catalogue) => catalogue,
            Err(error) => return fail(USAGE, &error),
        };
        match self.command {
            Command::Coverage(coverage) => coverage.print(&catalogue),
            Command::Fidelity => print(&fidelity(&catalogue)),
            Command::List(choice) => {
                let chosen: Vec<_> = catalogue.heads().filter(|head| choice.fits(head)).collect();
                if chosen.is_empty() {
                    return fail(USAGE, &NONE_FITS);
                }
                print(&list(&chosen));
            }
            Command::Learn(learn) => return learn.run(&catalogue),
            Command::Replay(replay) => return replay.run(),
            Command::Portal(portal) => return portal.run(&catalogue),
            Command::Schema { scenario: None } => print(SCHEMA),
            Command::Schema { scenario: Some(kind) } => print(&scenario_schema(kind)),
            Command::Client(client) => return client.run(&catalogue),
            Command::Init(init) => return init.run(coverage::language_of_the_locale()),
            Command::Serve(serve) => return serve.run(catalogue),
            Command::Redact(redact) => return redact.run(),
        }
        ExitCode::SUCCESS
    }
}

/// The scenarios that are chosen.
///
/// # Errors
/// If there are none.
fn chosen<S: Clone>(choice: &Choice, all: &[S], head: impl Fn(&S) -> &Head) -> anyhow::Result<Vec<S>> {
    let chosen: Vec<_> = all.iter().filter(|scenario| choice.fits(head(scenario))).cloned().collect();
    anyhow::ensure!(!chosen.is_empty(), NONE_FITS);
    Ok(chosen)
}

/// Plays a job, tells how it goes, and reports.
fn play(
    job: &Job,
    jobs: usize,
    progress: impl FnOnce() -> Progress,
    prepared: &Prepared,
    reports: &Reports,
    expected: &ExpectedFailures,
    catalogue: &Catalogue,
) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let troubles = RefCell::new(Vec::new());
    let report = runtime.block_on(async {
        let (stop, progress) = (prepared.stop()?, progress());
        let news = |news: News<'_>| match news {
            News::Played(played) => prepared.played(played, &progress),
            News::Reading { reading, survival, done, of } => progress.reading(reading, survival, done, of),
            News::Trouble(trouble) => troubles.borrow_mut().push(trouble),
        };
        Ok::<_, std::io::Error>(job.play(Pace::new(jobs, stop.clone()), news).await)
    })?;
    troubles
        .take()
        .iter()
        .for_each(|trouble| tell(&format!("obn-conformance: {}", trouble.pick(language()))));
    let since = match &report {
        Report::Run(run) => prepared.compared(&run.plays),
        Report::Sweep(_) => None,
    };
    let status = reports.finish(report, expected, catalogue, language());
    since.iter().for_each(|text| print(text));
    Ok(prepared.status(status))
}

impl Portal {
    fn run(self, catalogue: &Catalogue) -> ExitCode {
        let ready = || {
            let mut scenarios = chosen(&self.choice, &catalogue.scenarios, |scenario| &scenario.head)?;
            let prepared = self.course.prepare(&mut scenarios, |scenario| &mut scenario.head)?;
            let all = catalogue.scenarios.iter().map(|scenario| &scenario.head);
            let not_asked = not_asked(all, |head| self.choice.fits(head));
            let job = Job::Portal { target: self.target()?, scenarios, not_asked };
            self.reports.try_paths()?;
            Ok::<_, anyhow::Error>((job, prepared, self.reports.expected()?))
        };
        let (job, prepared, expected) = match ready() {
            Ok(ready) => ready,
            Err(error) => return fail(USAGE, &format!("{error:#}")),
        };
        let progress = || Progress::of(job.plays());
        let jobs = self.jobs.unwrap_or_else(processors);
        match play(&job, jobs, progress, &prepared, &self.reports, &expected, catalogue) {
            Ok(code) => code,
            Err(error) => fail(HARNESS, &format!("{error:#}")),
        }
    }

    fn target(&self) -> anyhow::Result<Target> {
        let Some((url, root)) = self.url.clone().zip(self.root.as_ref()) else {
            let profile = match &self.profile {
                None => toml::Table::new(),
                Some(path) => {
                    let text = text_file::read(path).with_context(|| path.display().to_string())?;
                    toml::from_str(&text).with_context(|| path.display().to_string())?
                }
            };
            return Ok(Target::Own { profile, seed: self.seed.clone(), broken: Broken::default() });
        };
        let text = text_file::read(root).with_context(|| root.display().to_string())?;
        let remote = Remote::new(url, &text).with_context(|| root.display().to_string())?;
        let control_token = self.control_token()?;
        let patience = Duration::try_from_secs_f64(self.patience).context("--patience")?;
        let (control, http) = (self.control.clone(), self.http.clone());
        let relying_party = self.relying_party.clone();
        let is_https = relying_party.as_ref().is_none_or(|url| url.scheme() == "https");
        anyhow::ensure!(is_https, "--relying-party is an https address");
        let remote = Remote { control, control_token, http, relying_party, patience, ..remote };
        Ok(Target::Remote(Box::new(remote)))
    }

    /// From the file, otherwise from the environment, never from an argument.
    fn control_token(&self) -> anyhow::Result<Option<String>> {
        match &self.control_token_file {
            Some(path) => {
                let text = text_file::read(path).with_context(|| path.display().to_string())?;
                Ok(Some(text.trim().to_owned()))
            }
            None => Ok(std::env::var("OBN_CONTROL_TOKEN").ok().filter(|token| !token.is_empty())),
        }
    }
}

/// The language of what people read here.
fn language() -> Language {
    match std::env::var("OBN_LANG").as_deref() {
        Ok("ja") => Language::Ja,
        Ok("en") => Language::En,
        _ => coverage::language_of_the_locale(),
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// ID, name, number of cases, and what it shows.
fn list(heads: &[&Head]) -> String {
    let line = |head: &&Head| {
        let cases = match head.cases.len() {
            1 => String::new(),
            cases => format!(" ({cases} cases)"),
        };
        format!("{}: {}{cases}\n    {}\n", head.id, head.name, head.shows.join(" "))
    };
    heads.iter().map(line).collect()
}

fn print(text: &str) {
    // A reader that stops early, such as `head`, is no mistake.
    let _ = std::io::stdout().write_all(visible(text).as_bytes());
}

/// For people, on standard error: whoever reads it may be gone.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", visible(text));
}

fn fail(code: u8, error: &impl std::fmt::Display) -> ExitCode {
    tell(&format!("obn-conformance: {error}"));
    code.into()
}
