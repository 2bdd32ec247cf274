//! `obn-conformance client`: a vendor's command under test.

use std::io::BufRead;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use obn_speech::cli::address::on_loopback;
use obn_speech::cli::values::{instant, number};
use obn_speech::{Language, Words};

use super::course::{Course, Prepared};
use super::progress::Progress;
use super::reports::{Known, Reports, whole_second};
use super::{HARNESS, USAGE, chosen, fail, play, processors, tell};
use crate::choice::{Choice, not_asked};
use crate::client::adopt_orphans;
use crate::job::{Job, chosen_readings};
use crate::{Catalogue, ClientScenario, Guide, Settled, Subject, USUAL_SEED};

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
    #[arg(long, value_name = "ADDR", requires = "guided", value_parser = on_loopback)]
    listen: Option<SocketAddr>,
    /// More arguments of the command, such as those that begin with a hyphen
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
    /// With the same seed and the same --now keys, IDs and certificates repeat
    #[arg(long, value_name = "TEXT", default_value = USUAL_SEED)]
    seed: String,
    /// The simulated present (RFC 3339), otherwise the real one, which a client's own clock shows as well
    #[arg(long, value_name = "TIME", value_parser = instant)]
    now: Option<Timestamp>,
    /// Real seconds after which one run of the command hangs and is ended
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = |text: &str| number(text, 1..=86_400))]
    limit: usize,
    /// Play the scenarios again under each rival reading of the profile, or under those whose name contains KEY, such as
    /// `wire.`, and tell on which guesses about the real site the client depends. Writes the same reports as a run; not
    /// together with --expect. Exit status 0: it depends on none, as far as checked
    #[arg(long, value_name = "KEY", num_args = 0..=1, default_missing_value = "", conflicts_with = "expect")]
    sweep: Option<String>,
    /// How many scenarios play at a time; otherwise four for each processor, since a client waits most of the time
    #[arg(long, value_name = "N", value_parser = super::jobs)]
    jobs: Option<usize>,
    #[command(flatten)]
    course: Course,
    #[command(flatten)]
    reports: Reports,
}

impl Client {
    pub(super) fn run(self, catalogue: &Catalogue, language: Language) -> ExitCode {
        let subject = self.subject(language);
        let ready = || {
            let known = self.reports.known()?;
            let subject = Subject { reading: known.settled.profile().clone(), ..subject };
            let mut chosen = chosen(&self.choice, &catalogue.client_scenarios, |scenario| &scenario.head)?;
            subject
                .check()
                .map_err(|why| why.words().about(format!("--command {}", self.command.join(" "))))?;
            anyhow::ensure!(
                !self.course.compares() || self.sweep.is_none(),
                Words::new(
                    "--compare は --sweep と同時に指定できません。--compare を付けずに実行してください",
                    "--compare is for runs, not for sweeps; leave it out",
                )
            );
            let prepared = self.course.prepare(&mut chosen, |scenario| &mut scenario.head)?;
            self.reports.try_paths()?;
            Ok::<_, anyhow::Error>((self.job(catalogue, chosen, subject, &known.settled)?, prepared, known))
        };
        let (job, prepared, known) = match ready() {
            Ok(ready) => ready,
            Err(error) => return fail(USAGE, error, language),
        };
        match self.play((catalogue, language), &job, &prepared, &known) {
            Ok(code) => code,
            Err(error) => fail(HARNESS, error, language),
        }
    }

    fn subject(&self, language: Language) -> Subject {
        let usual = Subject::new(&self.whole_command());
        Subject {
            seed: self.seed.clone(),
            now: self.now.unwrap_or_else(|| whole_second(usual.now)),
            limit: Duration::from_secs(self.limit as u64),
            guide: self.guided.then(|| terminal(language)),
            listen: self.listen,
            ..usual
        }
    }

    fn whole_command(&self) -> Vec<String> {
        [self.command.as_slice(), &self.arguments].concat()
    }

    fn job(
        &self,
        catalogue: &Catalogue,
        scenarios: Vec<ClientScenario>,
        subject: Subject,
        settled: &Settled,
    ) -> anyhow::Result<Job> {
        let Some(key) = &self.sweep else {
            let all = catalogue.client_scenarios.iter().map(|scenario| &scenario.head);
            let not_asked = not_asked(all, |head| self.choice.fits(head));
            return Ok(Job::Client { subject, scenarios, not_asked });
        };
        let readings = settled.leave_open(chosen_readings(key)?);
        anyhow::ensure!(
            !readings.is_empty(),
            Words::new(
                "--learned のプロファイルで、選択した想定はすべて決まっています。--learned を外すか、--sweep で別のキーを指定してください",
                "--learned settles all of these readings; leave it out, or name other keys with --sweep",
            )
        );
        let is_chosen = !key.is_empty() || self.choice.is_some();
        Ok(Job::Sweep { subject, scenarios, readings, is_chosen })
    }

    fn play(
        &self,
        (catalogue, language): (&Catalogue, Language),
        job: &Job,
        prepared: &Prepared,
        known: &Known,
    ) -> anyhow::Result<ExitCode> {
        let jobs = if self.guided { 1 } else { self.jobs.unwrap_or_else(|| 4 * processors()) };
        adopt_orphans();
        let progress = || {
            if self.guided { Progress::lines(language) } else { Progress::of(job.plays(), language) }
        };
        play(job, jobs, progress, prepared, &self.reports, known, (catalogue, language))
    }
}

/// What is typed here, line by line.
fn terminal(language: Language) -> Guide {
    let (sender, typed) = tokio::sync::mpsc::channel(1);
    // Reading a terminal blocks, and nobody can stop it: so a thread of its own, which ends with the program.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    Guide::new(language, typed, tell)
}
