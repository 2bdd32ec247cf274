//! `obn-conformance client`: a vendor's command under test.

use std::io::BufRead;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::course::{Course, Prepared};
use super::progress::Progress;
use super::reports::{Reports, whole_second};
use super::{Choice, HARNESS, USAGE, fail, print, processors, tell};
use crate::client::adopt_orphans;
use crate::{
    Catalogue, ClientScenario, ExpectedFailures, Guide, Pace, Run, Subject, Sweep, SweepNews, USUAL_SEED,
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
    /// How many scenarios play at a time; otherwise four for each processor, since a client waits most of the time
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    course: Course,
    #[command(flatten)]
    reports: Reports,
}

impl Client {
    pub(super) fn run(self, catalogue: &Catalogue) -> ExitCode {
        let subject = self.subject();
        let ready = || {
            let mut chosen = self.choice.of(&catalogue.client_scenarios, |scenario| &scenario.head)?;
            if let Err(why) = subject.check() {
                anyhow::bail!("--command {}: {why}", self.command.join(" "));
            }
            anyhow::ensure!(
                !self.course.compares() || self.sweep.is_none(),
                "--compare is for runs, not for sweeps"
            );
            let prepared = self.course.prepare(&mut chosen, |scenario| &mut scenario.head)?;
            Ok::<_, anyhow::Error>((chosen, prepared, self.reports.expected()?))
        };
        let (scenarios, prepared, expected) = match ready() {
            Ok(ready) => ready,
            Err(error) => return fail(USAGE, &format!("{error:#}")),
        };
        match self.play(catalogue, &scenarios, &prepared, &subject, &expected) {
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
        prepared: &Prepared,
        subject: &Subject,
        expected: &ExpectedFailures,
    ) -> anyhow::Result<ExitCode> {
        let jobs = if self.guided { 1 } else { self.jobs.unwrap_or_else(|| 4 * processors()) };
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
            let swept = runtime.block_on(async {
                self.swept(key, scenarios, prepared, subject, prepared.pace(jobs)?).await
            })?;
            let status = self.reports.finish_sweep(Sweep { target, ..swept }, catalogue)?;
            return Ok(prepared.status(status));
        }
        let plays = runtime.block_on(async {
            let all = scenarios.iter().map(|scenario| scenario.head.cases.len()).sum();
            let progress = if self.guided { Progress::lines() } else { Progress::of(all) };
            let done = |played: &_| {
                prepared.played(played, &progress);
                if subject.starts.nowhere().is_some() {
                    prepared.stop();
                }
            };
            Ok::<_, std::io::Error>(run_client(scenarios, subject, prepared.pace(jobs)?, done).await)
        })?;
        let not_asked =
            self.choice.not_asked(catalogue.client_scenarios.iter().map(|scenario| &scenario.head));
        let run = Run { seed: Some(self.seed.clone()), not_asked, ..Run::new(target, plays) };
        if let Some(why) = subject.starts.nowhere() {
            tell(&format!("obn-conformance: stopped, since {why}"));
        }
        let since = prepared.compared(&run.plays);
        let status = self.reports.finish(run, expected, catalogue)?;
        since.iter().for_each(|text| print(text));
        Ok(prepared.status(status))
    }

    async fn swept(
        &self,
        key: &str,
        scenarios: &[ClientScenario],
        prepared: &Prepared,
        subject: &Subject,
        pace: Pace,
    ) -> anyhow::Result<Sweep> {
        let all = readings().and_then(|single| Ok([single, chosen_combinations()?].concat()));
        let mut chosen = all?;
        chosen.retain(|reading| reading.name.en.contains(key) || reading.section == *key);
        anyhow::ensure!(!chosen.is_empty(), "no rival reading has {key:?} in its name");
        let progress = Progress::of(scenarios.iter().filter(|scenario| scenario.sweep).count());
        let news = |news: SweepNews<'_>| match news {
            SweepNews::Usual(played) => prepared.played(played, &progress),
            SweepNews::Reading { reading, survival, done, of } => {
                progress.reading(reading, survival, done, of);
            }
        };
        let is_chosen = !key.is_empty() || self.choice.is_some();
        Ok(Sweep { is_chosen, ..sweep(scenarios, &chosen, subject, pace, news).await })
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
