//! A run while it is under way, and after: what all pages that watch it are told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use super::person::AtPage;
use super::run_id::RunId;
use crate::bilingual::{Bilingual, Language};
use crate::job::{Job, News};
use crate::play::{Head, Played, Stop, title};
use crate::sweep::Survival;

/// A run.
#[derive(Debug)]
pub(super) struct Live {
    /// Who is guided, if somebody is.
    pub(super) person: Option<Arc<AtPage>>,
    started: Instant,
    stop: Stop,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// How it stands.
#[derive(Clone, Debug)]
struct State {
    rows: Vec<Row>,
    /// Rows in the order in which they were done.
    done: Vec<usize>,
    readings: Vec<OfReading>,
    /// How many readings are done, and of how many, once the first is.
    of_readings: (usize, usize),
    failed: usize,
    troubles: Vec<Bilingual>,
    over: Option<Result<RunId, String>>,
    ended: Option<Instant>,
}

/// A play, done or not.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) title: String,
    scenario: String,
    case: String,
    pub(super) name: String,
    pub(super) ja: Option<String>,
    pub(super) played: Option<Arc<Played>>,
    /// What its transcript has while it is played.
    pub(super) so_far: Vec<Bilingual>,
}

/// A reading that is done.
#[derive(Clone, Debug)]
pub(super) struct OfReading {
    pub(super) name: Bilingual,
    pub(super) survival: Survival,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Far {
    pub(super) done: usize,
    pub(super) of: usize,
    pub(super) failed: usize,
    /// Seconds that are left, once that can be told.
    pub(super) left: Option<u64>,
}

impl Live {
    pub(super) fn new(job: &Job, person: Option<Arc<AtPage>>, changed: watch::Sender<u64>) -> Self {
        let rows = job.heads().iter().flat_map(rows_of).collect();
        let state = State {
            rows,
            done: Vec::new(),
            readings: Vec::new(),
            of_readings: (0, 0),
            failed: 0,
            troubles: Vec::new(),
            over: None,
            ended: None,
        };
        Self { person, started: Instant::now(), stop: Stop::default(), state: Mutex::new(state), changed }
    }

    /// No play begins any more; what was played is kept.
    pub(super) fn stop(&self) {
        self.stop.now();
        self.changes();
    }

    pub(super) fn stop_sign(&self) -> Stop {
        self.stop.clone()
    }

    /// Whether it was stopped, and is not over yet.
    pub(super) fn is_stopping(&self) -> bool {
        self.stop.is_set() && self.over().is_none()
    }

    /// What is told while it is played.
    pub(super) fn hears(&self, news: News<'_>) {
        {
            let mut state = self.at();
            match news {
                News::Played(played) => {
                    let here = |row: &Row| row.scenario == played.scenario && row.case == played.case;
                    if let Some(index) = state.rows.iter().position(here) {
                        let row = &mut state.rows[index];
                        (row.played, row.so_far) = (Some(Arc::new(played.clone())), Vec::new());
                        state.done.push(index);
                    }
                    state.failed += usize::from(played.outcome.is_failure());
                }
                News::Reading { reading, survival, done, of } => {
                    state.of_readings = (done, of);
                    state.failed += usize::from(survival == Survival::NotSurvived);
                    state.readings.push(OfReading { name: reading.name.clone(), survival });
                }
                News::Trouble(trouble) => state.troubles.push(trouble),
            }
        }
        self.changes();
    }

    /// A line of the transcript of a play under way.
    pub(super) fn writes(&self, scenario: &str, case: &str, line: &Bilingual) {
        {
            let mut state = self.at();
            let here = |row: &&mut Row| row.scenario == scenario && row.case == case && row.played.is_none();
            let Some(row) = state.rows.iter_mut().find(here) else { return };
            row.so_far.push(line.clone());
        }
        self.changes();
    }

    /// How long the transcripts of plays under way are by now: the row of each, and its lines.
    pub(super) fn under_way(&self) -> Vec<(usize, usize)> {
        let state = self.at();
        let rows = state.rows.iter().enumerate().filter(|(_, row)| !row.so_far.is_empty());
        rows.map(|(index, row)| (index, row.so_far.len())).collect()
    }

    /// It is over, and kept as this run, or it could not be kept.
    pub(super) fn ends(&self, kept: Result<RunId, String>) {
        {
            let mut state = self.at();
            (state.over, state.ended) = (Some(kept), Some(Instant::now()));
        }
        self.changes();
    }

    /// What became of it, if it is over.
    pub(super) fn over(&self) -> Option<Result<RunId, String>> {
        self.at().over.clone()
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        self.at().rows.clone()
    }

    pub(super) fn row(&self, index: usize) -> Option<Row> {
        self.at().rows.get(index).cloned()
    }

    /// Rows that were done after so many others, each with its index.
    pub(super) fn done_after(&self, count: usize) -> Vec<(usize, Row)> {
        let state = self.at();
        let new = state.done.iter().skip(count);
        new.filter_map(|index| Some((*index, state.rows.get(*index)?.clone()))).collect()
    }

    /// Readings that were done after so many others.
    pub(super) fn readings_after(&self, count: usize) -> Vec<OfReading> {
        self.at().readings.iter().skip(count).cloned().collect()
    }

    pub(super) fn troubles(&self, l: Language) -> Vec<String> {
        self.at().troubles.iter().map(|trouble| trouble.pick(l).to_owned()).collect()
    }

    /// How far it is: in plays, or once a sweep has come to its readings, in these.
    pub(super) fn far(&self) -> Far {
        let state = self.at();
        let (done, of) = match state.of_readings {
            (0, _) => (state.done.len(), state.rows.len()),
            readings => readings,
        };
        let gone = state.ended.unwrap_or_else(Instant::now).duration_since(self.started).as_secs_f64();
        let is_known = done > 2 && state.over.is_none() && self.person.is_none();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds that are only guessed"
        )]
        let left = is_known.then(|| (gone / done as f64 * of.saturating_sub(done) as f64).ceil() as u64);
        Far { done, of, failed: state.failed, left }
    }

    /// Tells when anything has changed.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn changes(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn at(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rows_of(head: &Head) -> impl Iterator<Item = Row> + '_ {
    head.cases.iter().map(|case| Row {
        title: title(&head.id, &case.name),
        scenario: head.id.clone(),
        case: case.name.clone(),
        name: head.name.clone(),
        ja: head.ja.clone(),
        played: None,
        so_far: Vec::new(),
    })
}
