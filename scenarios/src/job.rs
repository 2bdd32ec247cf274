//! What is to be played, against whom, and the report of it: the same for whoever asks for it, at a terminal or at a page.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use obn_speech::words;

#[cfg(feature = "cli")]
use crate::bilingual::Language;
use crate::bilingual::{Bilingual, wording};
use crate::client::{ClientScenario, Subject, run_client};
use crate::error::Error;
use crate::learn::Settled;
use crate::play::{ExpectedFailures, Head, Pace, Played};
use crate::portal::{Scenario, Target, run};
use crate::report::{Run, to_badge, to_html, to_json, to_junit};
use crate::requirement::Requirements;
use crate::sweep::{
    Reading, Survival, Sweep, SweepNews, chosen_combinations, readings, sweep, sweep_to_badge, sweep_to_html,
    sweep_to_json, sweep_to_junit,
};

/// What is to be played.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// The scenarios of a portal.
    Portal {
        /// Against which one.
        target: Target,
        /// Which of them.
        scenarios: Vec<Scenario>,
        /// The requirements that only others show.
        not_asked: BTreeSet<String>,
    },
    /// The scenarios of a client.
    Client {
        /// Which one.
        subject: Subject,
        /// Which of them.
        scenarios: Vec<ClientScenario>,
        /// The requirements that only others show.
        not_asked: BTreeSet<String>,
    },
    /// The same again under other readings.
    Sweep {
        /// Which client.
        subject: Subject,
        /// Which scenarios.
        scenarios: Vec<ClientScenario>,
        /// Which readings.
        readings: Vec<Reading>,
        /// Whether these are only some of the scenarios and readings.
        is_chosen: bool,
    },
}

/// What is told while it is played.
#[derive(Debug)]
pub(crate) enum News<'a> {
    /// A play is over.
    Played(&'a Played),
    /// All plays of a reading are.
    Reading {
        reading: &'a Reading,
        survival: Survival,
        /// So many readings are done.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// Something beside the plays, in a line.
    Trouble(Bilingual),
}

wording! {
    /// What is told beside the plays.
    enum Aside {
        NotReset { error: String } =>
            "the portal's world was not reset at the end: {error}"; "最後にサイトの状態を元に戻せませんでした: {error}";
        Stopped { why: Bilingual } => "stopped, since {}", why.en; "中止しました: {}", why.ja;
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Report {
    Run(Run),
    Sweep(Sweep),
}

impl Job {
    /// The plays that come first: all of them, or those of a sweep under the usual reading.
    pub(crate) fn heads(&self) -> Vec<Head> {
        match self {
            Self::Portal { scenarios, .. } => {
                scenarios.iter().map(|scenario| scenario.head.clone()).collect()
            }
            Self::Client { scenarios, .. } => {
                scenarios.iter().map(|scenario| scenario.head.clone()).collect()
            }
            Self::Sweep { scenarios, .. } => {
                let mut heads: Vec<_> =
                    scenarios.iter().filter(|it| it.sweep).map(|scenario| scenario.head.clone()).collect();
                heads.iter_mut().for_each(|head| head.cases.truncate(1));
                heads
            }
        }
    }

    /// How many plays these are.
    #[cfg(feature = "cli")]
    pub(crate) fn plays(&self) -> usize {
        self.heads().iter().map(|head| head.cases.len()).sum()
    }

    /// Plays all of it at this pace, unless somebody stops it.
    pub(crate) async fn play(&self, pace: Pace, news: impl Fn(News<'_>)) -> Report {
        let stop = pace.stop.clone();
        match self {
            Self::Portal { target, scenarios, not_asked } => {
                let plays = run(scenarios, target, pace, |played| news(News::Played(played))).await;
                if let Err(error) = target.leave().await {
                    news(News::Trouble(Aside::NotReset { error: error.to_string() }.into()));
                }
                let seed = target.seed().map(str::to_owned);
                Report::Run(Run { seed, not_asked: not_asked.clone(), ..Run::new(target.describe(), plays) })
            }
            Self::Client { subject, scenarios, not_asked } => {
                let done = |played: &Played| {
                    news(News::Played(played));
                    if subject.starts.nowhere().is_some() {
                        stop.now();
                    }
                };
                let plays = run_client(scenarios, subject, pace, done).await;
                if let Some(why) = subject.starts.nowhere() {
                    news(News::Trouble(Aside::Stopped { why }.into()));
                }
                let seed = Some(subject.seed.clone());
                Report::Run(Run { seed, not_asked: not_asked.clone(), ..Run::new(subject.describe(), plays) })
            }
            Self::Sweep { subject, scenarios, readings, is_chosen } => {
                let of_sweep = |of_sweep: SweepNews<'_>| match of_sweep {
                    SweepNews::Usual(played) => news(News::Played(played)),
                    SweepNews::Reading { reading, survival, done, of } => {
                        news(News::Reading { reading, survival, done, of });
                    }
                };
                let swept = sweep(scenarios, readings, subject, pace, of_sweep).await;
                Report::Sweep(Sweep { target: subject.describe(), is_chosen: *is_chosen, ..swept })
            }
        }
    }
}

/// All readings and combinations with this in their name or as their section.
///
/// # Errors
/// [`Error::Usage`] if there is none.
pub(crate) fn chosen_readings(key: &str) -> Result<Vec<Reading>, Error> {
    let mut chosen = [readings()?, chosen_combinations()?].concat();
    chosen.retain(|reading| reading.name.en.contains(key) || reading.section == *key);
    match chosen.is_empty() {
        true => Err(Error::Usage(words!(
            "名前に「{key}」を含む別の想定はありません。キーの一覧は obn-ca profile で表示します",
            "no rival reading has {key:?} in its name; obn-ca profile lists the keys"
        ))),
        false => Ok(chosen),
    }
}

impl Report {
    /// When it was played, and the command that plays it again.
    pub(crate) fn date(&mut self, now: Timestamp, line: Option<String>) {
        let (at, command) = match self {
            Self::Run(run) => (&mut run.at, &mut run.command),
            Self::Sweep(sweep) => (&mut sweep.at, &mut sweep.command),
        };
        (*at, *command) = (Some(now), line);
    }

    /// Notes what a recording of the real site settles.
    pub(crate) fn observe(&mut self, settled: &Settled) {
        match self {
            Self::Run(run) => run.observed.clone_from(settled.observed()),
            Self::Sweep(sweep) => sweep.known = settled.keys(),
        }
    }

    /// Judges it by what is expected to fail today; of a sweep nothing is.
    pub(crate) fn excuse(
        &mut self,
        expected: &ExpectedFailures,
        today: Date,
        is_known: impl Fn(&str, Option<&str>) -> bool,
    ) {
        if let Self::Run(run) = self {
            run.problems = expected.apply(&mut run.plays, today, is_known);
        }
    }

    /// Puts what an earlier run had played in the place of what this one, which went on with it, was not asked for.
    pub(crate) fn goes_on_from(&mut self, earlier: Vec<Played>) {
        let Self::Run(run) = self else { return };
        let mut now = std::mem::take(&mut run.plays);
        for then in earlier {
            let here = |play: &Played| play.scenario == then.scenario && play.case == then.case;
            let again = now.iter().position(here).map(|index| now.remove(index));
            run.plays.push(again.unwrap_or(then));
        }
        run.plays.append(&mut now);
    }

    #[cfg(feature = "cli")]
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Run(run) => run.exit_code(),
            Self::Sweep(sweep) => sweep.exit_code(),
        }
    }

    pub(crate) fn to_json(&self, requirements: &Requirements) -> String {
        match self {
            Self::Run(run) => to_json(run, requirements),
            Self::Sweep(sweep) => sweep_to_json(sweep),
        }
    }

    /// # Errors
    /// If XML can't carry it.
    pub(crate) fn to_junit(&self, requirements: &Requirements) -> Result<String, Error> {
        let text = match self {
            Self::Run(run) => to_junit(run, requirements),
            Self::Sweep(sweep) => sweep_to_junit(sweep, requirements),
        };
        text.map_err(|error| Error::broken("JUnit", error))
    }

    /// # Errors
    /// If the template can't be filled.
    pub(crate) fn to_html(&self, requirements: &Requirements) -> Result<String, Error> {
        let text = match self {
            Self::Run(run) => to_html(run, requirements),
            Self::Sweep(sweep) => sweep_to_html(sweep, requirements),
        };
        text.map_err(|error| Error::broken("HTML", error))
    }

    pub(crate) fn to_badge(&self) -> String {
        match self {
            Self::Run(run) => to_badge(run),
            Self::Sweep(sweep) => sweep_to_badge(sweep),
        }
    }

    #[cfg(feature = "cli")]
    pub(crate) fn to_text(&self, requirements: &Requirements, language: Language) -> String {
        match self {
            Self::Run(run) => crate::report::to_text(run, requirements, language),
            Self::Sweep(sweep) => crate::sweep::sweep_to_text(sweep, requirements, language),
        }
    }
}
