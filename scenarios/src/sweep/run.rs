//! The sweep: a client's scenarios played again under each rival reading of the profile, so that a vendor
//! learns which guesses about the real site a program silently depends on.

use jiff::Timestamp;
use serde::Serialize;

use super::pages::is_checked;
use super::reading::Reading;
use crate::bilingual::Bilingual;
use crate::client::{ClientScenario, Subject, one, run_client};
use crate::play::{Along, Case, Counts, Outcome, Pace, Played, side_by_side};
use crate::report::Verdict;

/// All of it.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// What was put to the test.
    pub target: Bilingual,
    /// With it keys, IDs and certificates repeat.
    pub seed: String,
    /// When it was, in real time.
    pub at: Option<Timestamp>,
    /// The command that repeats it.
    pub command: Option<String>,
    /// What doesn't pass under the usual reading already: it says nothing about another.
    pub left_out: Vec<Played>,
    /// Keys that a recording of the real site settles, as TOML: their other readings are left out.
    pub known: Vec<String>,
    /// Whether only some of the scenarios and readings were chosen.
    pub is_chosen: bool,
    /// Reading by reading.
    pub rows: Vec<SweepRow>,
}

/// How a client fared under one reading.
#[derive(Clone, Debug)]
pub struct SweepRow {
    /// The reading.
    pub reading: Reading,
    /// Whether what was played goes through the pages that the reading changes.
    pub is_checked: bool,
    /// What was played.
    pub plays: Vec<Played>,
}

/// What a client makes of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Survival {
    /// What passes under the usual reading passes under this one as well, and goes through the pages that it changes.
    Survived,
    /// The client depends on the usual reading, which is a guess.
    NotSurvived,
    /// Not checked: nothing that was played goes through the pages that it changes, or the harness broke.
    Unknown,
}

/// What a sweep tells while it is under way.
#[derive(Debug)]
pub enum SweepNews<'a> {
    /// A play under the usual reading, which comes first.
    Usual(&'a Played),
    /// All plays of a reading are done.
    Reading {
        /// Which one.
        reading: &'a Reading,
        /// How it went.
        survival: Survival,
        /// So many readings are done.
        done: usize,
        /// Of so many.
        of: usize,
    },
}

/// Why a reading is not survived: what was expected and what came is the same in all of these plays.
#[derive(Debug)]
pub(crate) struct Cause<'a> {
    /// The first of the plays, which is shown for all of them.
    pub(crate) first: &'a Played,
    /// All of them.
    pub(crate) plays: Vec<&'a Played>,
}

/// Plays scenarios under each reading, at this [`Pace`]. What fails anyway is not played again.
pub async fn sweep(
    scenarios: &[ClientScenario],
    readings: &[Reading],
    subject: &Subject,
    pace: impl Into<Pace>,
    news: impl Fn(SweepNews<'_>),
) -> Sweep {
    let mut scenarios: Vec<_> = scenarios.iter().filter(|scenario| scenario.sweep).cloned().collect();
    // What the cases of a table differ in is the scenario's affair, not the profile's.
    scenarios.iter_mut().for_each(|scenario| scenario.head.cases.truncate(1));
    let pace = pace.into();
    let usual = run_client(&scenarios, subject, pace.clone(), |played| news(SweepNews::Usual(played))).await;
    let (sound, left_out): (Vec<_>, Vec<_>) =
        usual.into_iter().partition(|played| matches!(played.outcome, Outcome::Passed { .. }));
    scenarios.retain(|scenario| sound.iter().any(|played| played.scenario == scenario.head.id));

    let played: Vec<_> = scenarios.iter().collect();
    let row = |reading: &Reading| SweepRow {
        reading: reading.clone(),
        is_checked: reading.changes.iter().all(|change| is_checked(change, &played)),
        plays: Vec::new(),
    };
    let mut rows: Vec<_> = readings.iter().map(row).collect();
    let free = |index: usize, reading: &Reading| {
        let free = scenarios.iter().filter(|scenario| !stands_on(scenario, reading));
        free.map(|scenario| (index, scenario)).collect::<Vec<_>>()
    };
    let free: Vec<_> = readings.iter().enumerate().map(|(index, reading)| free(index, reading)).collect();
    let mut left: Vec<_> = free.iter().map(Vec::len).collect();
    let mut done = left.iter().filter(|left| **left == 0).count();
    let plays = free.into_iter().flatten().map(|(index, scenario)| {
        let reading = readings[index].profile.clone();
        let (case, subject) = (first_case(scenario), Subject { reading, ..subject.clone() });
        // A row of a reading is no play to open.
        let transcript = Along::default().transcript(&scenario.head, &case);
        let play = one(scenario.clone(), case, subject, transcript);
        async move {
            let mut played = play.await;
            // There are thousands of these, and no report shows them.
            if let Outcome::Passed { transcript } = &mut played.outcome {
                transcript.clear();
            }
            (index, played)
        }
    });
    // All readings side by side: the long plays of one would otherwise keep the next one waiting.
    side_by_side(plays, pace, |(index, played)| {
        let row = &mut rows[*index];
        row.plays.push(played.clone());
        left[*index] -= 1;
        if left[*index] == 0 {
            done += 1;
            let (reading, survival) = (&row.reading, row.survival());
            news(SweepNews::Reading { reading, survival, done, of: readings.len() });
        }
    })
    .await;
    // They ended in any order, and of a run that was stopped some are missing.
    for (row, left) in rows.iter_mut().zip(left) {
        row.is_checked &= left == 0;
        row.plays.sort_by(|one, other| one.scenario.cmp(&other.scenario));
    }
    let (target, seed) = (subject.describe(), subject.seed.clone());
    Sweep { target, seed, at: None, command: None, left_out, known: Vec::new(), is_chosen: false, rows }
}

fn first_case(scenario: &ClientScenario) -> Case {
    scenario.head.cases.first().cloned().unwrap_or_default()
}

/// Whether the scenario decides all that the reading would.
fn stands_on(scenario: &ClientScenario, reading: &Reading) -> bool {
    reading.changes.iter().all(|change| {
        let key = change.key.split_once('.');
        key.is_some_and(|(section, key)| {
            scenario.given.profile.get(section).is_some_and(|own| own.get(key).is_some())
        })
    })
}

impl SweepRow {
    /// How it went in numbers.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.plays)
    }

    /// How it went.
    pub fn survival(&self) -> Survival {
        match self.counts() {
            Counts { failed: 1.., .. } => Survival::NotSurvived,
            // A client that no longer supports a scenario has not come through.
            Counts { harness_errors: 0, skipped: 0, passed: 1.., .. } if self.is_checked => {
                Survival::Survived
            }
            _ => Survival::Unknown,
        }
    }

    /// Plays that failed, or in which the harness broke, by what was expected and what came; the commonest first.
    pub(crate) fn causes(&self) -> Vec<Cause<'_>> {
        let why = |played: &Played| match &played.outcome {
            Outcome::Failed { failures, .. } => {
                failures.first().map(|it| (it.expected.en.clone(), it.seen.en.clone()))
            }
            Outcome::HarnessError { reason, .. } => Some((String::new(), reason.en.clone())),
            _ => None,
        };
        let mut causes: Vec<(_, Cause<'_>)> = Vec::new();
        for played in &self.plays {
            let Some(why) = why(played) else { continue };
            match causes.iter_mut().find(|(other, _)| *other == why) {
                Some((_, cause)) => cause.plays.push(played),
                None => causes.push((why, Cause { first: played, plays: vec![played] })),
            }
        }
        causes.sort_by_key(|(_, cause)| std::cmp::Reverse(cause.plays.len()));
        causes.into_iter().map(|(_, cause)| cause).collect()
    }
}

impl Cause<'_> {
    /// What the command said last.
    pub(crate) fn said(&self) -> Option<&str> {
        let (Outcome::Failed { transcript, .. } | Outcome::HarnessError { transcript, .. }) =
            &self.first.outcome
        else {
            return None;
        };
        let lines = transcript.iter().rev();
        lines.filter_map(|line| line.en.trim().strip_prefix("| ")).find(|line| !line.trim().is_empty())
    }
}

impl Sweep {
    /// How many readings went this way.
    pub fn count(&self, survival: Survival) -> usize {
        self.rows.iter().filter(|row| row.survival() == survival).count()
    }

    /// How all plays under other readings went.
    pub fn counts(&self) -> Counts {
        Counts::of(self.rows.iter().flat_map(|row| &row.plays))
    }

    /// How it went as a whole: passed is a client that depends on no guess.
    pub fn verdict(&self) -> Verdict {
        let is_broken = |played: &Played| matches!(played.outcome, Outcome::HarnessError { .. });
        match self.counts() {
            Counts { harness_errors: 1.., .. } => Verdict::Unknown,
            _ if self.left_out.iter().any(is_broken) => Verdict::Unknown,
            Counts { failed: 1.., .. } => Verdict::Failed,
            _ if self.count(Survival::Survived) == 0 => Verdict::Unknown,
            _ if self.is_chosen || !self.left_out.is_empty() => Verdict::PassedWithGaps,
            _ if self.count(Survival::Unknown) > 0 => Verdict::PassedWithGaps,
            _ => Verdict::Passed,
        }
    }

    /// 0 if it survives every reading, 1 if not, 3 if the harness broke. What the command doesn't support counts as
    /// little here as in a run.
    pub fn exit_code(&self) -> u8 {
        let is_skipped = |played: &Played| matches!(played.outcome, Outcome::Skipped { .. });
        match self.counts() {
            Counts { harness_errors: 1.., .. } => 3,
            Counts { failed: 1.., .. } => 1,
            _ if self.count(Survival::Survived) > 0 && self.left_out.iter().all(is_skipped) => 0,
            _ => 1,
        }
    }
}
