//! `obn-conformance client`: a vendor's command under test.

use std::io::{BufRead, IsTerminal};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::reports::{Reports, whole_second};
use super::{Choice, HARNESS, INTERRUPTED, USAGE, fail, progress, tell, usual_jobs};
use crate::client::adopt_orphans;
use crate::{
    Catalogue, ClientScenario, ExpectedFailures, Guide, Run, Subject, Survival, Sweep, SweepNews, USUAL_SEED,
    chosen_combinations, readings, run_client, sweep,
};

const USAGE_LINES: &str = "\
    obn-conformance client [OPTIONS] --command <CMD>... [-- <ARGUMENTS>...]\n       \
    obn-conformance client [OPTIONS] --guided";

#[derive(Debug, Args)]
#[command(override_usage = USAGE_LINES)]
pub(super) struct Client {
    #[command(flatten)]
    choice: Choice,
    /// The command: a program with its arguments, run once for each action and told by its environment what to do
    #[arg(long, value_name = "CMD", num_args = 1.., required_unless_present = "guided")]
    command: Vec<String>,
    /// No command: the terminal says what to do, watches the journal, and asks how it ended
    #[arg(long, conflicts_with_all = ["command", "sweep"])]
    guided: bool,
    /// Guided: where the site is to be reached, such as 127.0.0.1:8443; otherwise on a free port each time
    #[arg(long, value_name = "ADDR", requires = "guided")]
    listen: Option<SocketAddr>,
    /// More arguments of the command, such as those that begin with a hyphen
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
    /// With the same seed and the same --now keys, IDs and certificates repeat
    #[arg(long, value_name = "TEXT", default_value = USUAL_SEED)]
    seed: String,
    /// The simulated present (RFC 3339), otherwise the real one, which a client's own clock shows as well
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Real seconds after which one run of the command hangs and is ended
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    limit: u64,
    /// Play the scenarios again under each rival reading of the profile, or under those whose name contains KEY, such as
    /// `wire.`, and tell on which guesses about the real site the client depends. Writes the same reports as a run; not
    /// together with --expect. Exit status 0: it depends on none, as far as checked
    #[arg(long, value_name = "KEY", num_args = 0..=1, default_missing_value = "", conflicts_with = "expect")]
    sweep: Option<String>,
    /// How many scenarios play at a time; otherwise as many as there are processors
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    reports: Reports,
}

impl Client {
    pub(super) fn run(self, catalogue: &Catalogue) -> ExitCode {
        let subject = self.subject();
        let ready = || {
            let chosen = self.choice.of(&catalogue.client_scenarios, |scenario| &scenario.head)?;
            if let Err(why) = subject.check() {
                anyhow::bail!("--command {}: {why}", self.command.join(" "));
            }
            Ok::<_, anyhow::Error>((chosen, self.reports.expected()?))
        };
        let (scenarios, expected) = match ready() {
            Ok(ready) => ready,
            Err(error) => return fail(USAGE, &format!("{error:#}")),
        };
        match self.play(catalogue, &scenarios, &subject, &expected) {
            Ok(code) => code,
            Err(error) => fail(HARNESS, &format!("{error:#}")),
        }
    }

    fn subject(&self) -> Subject {
        let usual = Subject::new(&self.whole_command());
        Subject {
            seed: self.seed.clone(),
            now: self.now.unwrap_or_else(|| whole_second(usual.now)),
            limit: Duration::from_secs(self.limit),
            guide: self.guided.then(terminal),
            listen: self.listen,
            ..usual
        }
    }

    fn whole_command(&self) -> Vec<String> {
        [self.command.as_slice(), &self.arguments].concat()
    }

    fn play(
        &self,
        catalogue: &Catalogue,
        scenarios: &[ClientScenario],
        subject: &Subject,
        expected: &ExpectedFailures,
    ) -> anyhow::Result<ExitCode> {
        let jobs = if self.guided { 1 } else { usual_jobs(self.jobs) };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        adopt_orphans();
        let who = if self.guided {
            "a guided program".to_owned()
        } else {
            format!("command {}", self.whole_command().join(" "))
        };
        // As it can be given again; in Japan, like all other times of a report.
        let target = format!("{who} (--now {})", subject.now.display_with_offset(jiff::tz::offset(9)));
        if let Some(key) = &self.sweep {
            let swept = unless_interrupted(self.swept(key, scenarios, subject, jobs));
            let Some(swept) = runtime.block_on(swept) else { return Ok(INTERRUPTED.into()) };
            let swept = swept?;
            return Ok(self.reports.finish_sweep(Sweep { target, ..swept }, catalogue)?.into());
        }
        let plays = unless_interrupted(run_client(scenarios, subject, jobs, progress()));
        let Some(plays) = runtime.block_on(plays) else { return Ok(INTERRUPTED.into()) };
        let not_asked =
            self.choice.not_asked(catalogue.client_scenarios.iter().map(|scenario| &scenario.head));
        let run = Run { seed: Some(self.seed.clone()), not_asked, ..Run::new(target, plays) };
        Ok(self.reports.finish(run, expected, catalogue)?.into())
    }

    async fn swept(
        &self,
        key: &str,
        scenarios: &[ClientScenario],
        subject: &Subject,
        jobs: usize,
    ) -> anyhow::Result<Sweep> {
        let all = readings().and_then(|single| Ok([single, chosen_combinations()?].concat()));
        let mut chosen = all?;
        chosen.retain(|reading| reading.name.en.contains(key) || reading.section == *key);
        anyhow::ensure!(!chosen.is_empty(), "no rival reading has {key:?} in its name");
        let is_seen = std::io::stderr().is_terminal();
        let of_play = progress();
        let news = |news: SweepNews<'_>| match news {
            SweepNews::Usual(played) => of_play(played),
            SweepNews::Reading { reading, survival, done, of } if is_seen => {
                let mark = match survival {
                    Survival::Survived => "survived    ",
                    Survival::NotSurvived => "NOT SURVIVED",
                    Survival::Unknown => "not checked ",
                };
                tell(&format!("{done:>3}/{of} {mark} {}", reading.name.en));
            }
            SweepNews::Reading { .. } => {}
        };
        let is_chosen = !key.is_empty() || self.choice.is_some();
        Ok(Sweep { is_chosen, ..sweep(scenarios, &chosen, subject, jobs, news).await })
    }
}

/// What comes of it; nothing if the harness is told to stop. What it has started then ends with it.
async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    let terminated = async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            if let Ok(mut terminate) = signal(SignalKind::terminate()) {
                terminate.recv().await;
                return;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        Ok(()) = tokio::signal::ctrl_c() => None,
        () = terminated => None,
        done = work => Some(done),
    }
}

/// What is typed here, line by line.
fn terminal() -> Guide {
    let (sender, typed) = tokio::sync::mpsc::channel(1);
    // Reading a terminal blocks, and nobody can stop it: so a thread of its own, which ends with the program.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    Guide::new(typed, tell)
}
