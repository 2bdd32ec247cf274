//! Commands and options. Exit status: 0 all passed, 1 some failed, 2 usage, 3 the harness broke.

mod client;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use obn_conformance::{
    Catalogue, ClientScenario, Level, Outcome, Played, Run, Scenario, Target, USUAL_SEED, coverage, run,
    to_json, to_junit, to_text,
};
use rustls_pki_types::CertificateDer;
use url::Url;

/// Plays what the manual demands of the portal of the online billing network's common CA.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
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
    /// Tell requirement by requirement which scenarios show it
    Coverage {
        /// Only what nothing shows yet
        #[arg(long)]
        missing: bool,
    },
    /// List the scenarios
    List(Choice),
}

#[derive(Debug, Args)]
struct Choice {
    /// Only scenarios whose path or name contains this, or that show this requirement
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Only scenarios of this level
    #[arg(long)]
    level: Vec<Level>,
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
    /// Its control API, such as http://127.0.0.1:8444; its default world is reset before each scenario
    #[arg(long, value_name = "URL", requires = "url")]
    control: Option<Url>,
    /// Profile keys (TOML) that our own simulators take over whatever scenarios say
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    profile: Option<PathBuf>,
    /// With the same seed keys, IDs and certificates of our own simulators repeat
    #[arg(long, value_name = "TEXT", default_value = USUAL_SEED, conflicts_with = "url")]
    seed: String,
    /// How many scenarios play at a time; otherwise as many as there are processors
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

const NONE_FITS: &str = "no scenario fits --filter and --level";
const USAGE: u8 = 2;
const HARNESS: u8 = 3;

impl Cli {
    pub(crate) fn run(self) -> ExitCode {
        let catalogue = match &self.scenarios {
            Some(folder) => Catalogue::read(folder),
            None => Catalogue::embedded(),
        };
        let catalogue = match catalogue {
            Ok(catalogue) => catalogue,
            Err(error) => return fail(USAGE, &error),
        };
        match self.command {
            Command::Coverage { missing } => print(&coverage::text(&catalogue, missing)),
            Command::List(choice) => match choice.all(&catalogue) {
                Ok((portal, client)) => {
                    print(&list(portal.iter().map(|s| (&*s.id, &*s.name, s.cases.len(), &*s.shows))));
                    print(&list(client.iter().map(|s| (&*s.id, &*s.name, s.cases.len(), &*s.shows))));
                }
                Err(error) => return fail(USAGE, &error),
            },
            Command::Portal(portal) => return portal.run(&catalogue),
            Command::Client(client) => return client.run(&catalogue),
        }
        ExitCode::SUCCESS
    }
}

impl Choice {
    fn of(&self, catalogue: &Catalogue) -> anyhow::Result<Vec<Scenario>> {
        let all = catalogue.scenarios.iter();
        let chosen: Vec<_> = all.filter(|s| self.fits(&s.id, &s.name, &s.shows, s.level)).cloned().collect();
        anyhow::ensure!(!chosen.is_empty(), NONE_FITS);
        Ok(chosen)
    }

    fn clients(&self, catalogue: &Catalogue) -> anyhow::Result<Vec<ClientScenario>> {
        let all = catalogue.client_scenarios.iter();
        let chosen: Vec<_> = all.filter(|s| self.fits(&s.id, &s.name, &s.shows, s.level)).cloned().collect();
        anyhow::ensure!(!chosen.is_empty(), NONE_FITS);
        Ok(chosen)
    }

    fn all(&self, catalogue: &Catalogue) -> anyhow::Result<(Vec<Scenario>, Vec<ClientScenario>)> {
        match (self.of(catalogue), self.clients(catalogue)) {
            (Err(error), Err(_)) => Err(error),
            (portal, client) => Ok((portal.unwrap_or_default(), client.unwrap_or_default())),
        }
    }

    fn fits(&self, id: &str, name: &str, shows: &[String], level: Level) -> bool {
        let named = self.filter.is_empty()
            || self.filter.iter().any(|text| {
                id.contains(text)
                    || name.to_lowercase().contains(&text.to_lowercase())
                    || shows.contains(text)
            });
        named && (self.level.is_empty() || self.level.contains(&level))
    }
}

impl Portal {
    fn run(self, catalogue: &Catalogue) -> ExitCode {
        let (scenarios, target) = match self.choice.of(catalogue).and_then(|s| Ok((s, self.target()?))) {
            Ok(ready) => ready,
            Err(error) => return fail(USAGE, &format!("{error:#}")),
        };
        match self.play(catalogue, &scenarios, &target) {
            Ok(code) => code,
            Err(error) => fail(HARNESS, &format!("{error:#}")),
        }
    }

    fn target(&self) -> anyhow::Result<Target> {
        let Some((url, root)) = self.url.clone().zip(self.root.as_ref()) else {
            let profile = match &self.profile {
                None => toml::Table::new(),
                Some(path) => {
                    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
                    toml::from_str(&text).with_context(|| path.display().to_string())?
                }
            };
            return Ok(Target::Own { profile, seed: self.seed.clone() });
        };
        anyhow::ensure!(url.scheme() == "https", "--url is an https address");
        let text = std::fs::read(root).with_context(|| root.display().to_string())?;
        let blocks = pem::parse_many(&text).with_context(|| root.display().to_string())?;
        let certificates = blocks.into_iter().filter(|block| block.tag() == "CERTIFICATE");
        let roots: Vec<_> = certificates.map(|block| CertificateDer::from(block.into_contents())).collect();
        anyhow::ensure!(!roots.is_empty(), "{} holds no certificate in PEM", root.display());
        Ok(Target::Remote { url, roots, control: self.control.clone() })
    }

    fn play(
        &self,
        catalogue: &Catalogue,
        scenarios: &[Scenario],
        target: &Target,
    ) -> anyhow::Result<ExitCode> {
        let jobs = self.jobs.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let progress = std::io::stderr().is_terminal();
        let plays = runtime.block_on(run(scenarios, target, jobs.unwrap_or(1), |played| {
            if progress {
                eprintln!("{} {}", mark(played), played.title());
            }
        }));
        let seed = matches!(target, Target::Own { .. }).then(|| self.seed.clone());
        let run = Run { target: target.describe(), seed, plays };
        let requirements = &catalogue.requirements;
        if let Some(path) = &self.json {
            std::fs::write(path, to_json(&run, requirements)).with_context(|| path.display().to_string())?;
        }
        if let Some(path) = &self.junit {
            let xml = to_junit(&run, requirements)?;
            std::fs::write(path, xml).with_context(|| path.display().to_string())?;
        }
        print(&to_text(&run, requirements));
        Ok(run.counts().exit_code().into())
    }
}

fn mark(played: &Played) -> &'static str {
    match played.outcome {
        Outcome::Passed => "passed ",
        Outcome::Failed { .. } => "FAILED ",
        Outcome::Skipped { .. } => "skipped",
        Outcome::HarnessError { .. } => "BROKE  ",
    }
}

/// ID, name, number of cases, and what it shows.
fn list<'a>(scenarios: impl Iterator<Item = (&'a str, &'a str, usize, &'a [String])>) -> String {
    let line = |(id, name, cases, shows): (&str, &str, usize, &[String])| {
        let cases = match cases {
            1 => String::new(),
            cases => format!(" ({cases} cases)"),
        };
        format!("{id}: {name}{cases}\n    {}\n", shows.join(" "))
    };
    scenarios.map(line).collect()
}

fn print(text: &str) {
    // A reader that stops early, such as `head`, is no mistake.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn fail(code: u8, error: &impl std::fmt::Display) -> ExitCode {
    eprintln!("obn-conformance: {error}");
    code.into()
}
