//! The folder of a studio: what was chosen last, the commands that it may run, and all runs with their reports.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use obn_speech::{serde_message, words};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::chosen::Chosen;
use super::run_id::RunId;
use crate::bilingual::Bilingual;
use crate::error::Error;
use crate::job::Report;
use crate::play::{ExpectedFailures, Played};
use crate::report::{Earlier, Verdict};
use crate::requirement::Requirements;
use crate::text_file;

/// Runs that are listed; older ones stay in the folder.
const MOST_RUNS: usize = 200;
/// Bytes of a report that is read.
const LONGEST_REPORT: u64 = 64 << 20;
const COMMANDS: &str = "commands.toml";
const EXPECTED: &str = "expected.toml";
const CHOSEN: &str = "chosen.json";

/// A folder, and what is known of the runs in it.
#[derive(Debug)]
pub(super) struct Archive {
    folder: PathBuf,
    summaries: Mutex<BTreeMap<RunId, Summary>>,
}

/// A run in a line.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    pub(super) id: RunId,
    pub(super) target: Bilingual,
    pub(super) at: Option<Timestamp>,
    pub(super) verdict: Verdict,
    pub(super) numbers: Numbers,
    /// Whether it was a sweep, which nothing is compared with.
    pub(super) is_sweep: bool,
}

/// How many plays of a run, or readings of a sweep, went how.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Numbers {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) expected_failures: usize,
    pub(super) skipped: usize,
    pub(super) harness_errors: usize,
    pub(super) survived: usize,
    pub(super) not_survived: usize,
    pub(super) unknown: usize,
}

/// The forms in which a report is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Html,
    Json,
    Junit,
    Badge,
}

#[derive(Deserialize)]
struct Document {
    target: String,
    target_ja: Option<String>,
    at: Option<Timestamp>,
    verdict: Verdict,
    summary: Numbers,
    readings: Option<IgnoredAny>,
}

impl Form {
    const ALL: [Self; 4] = [Self::Html, Self::Json, Self::Junit, Self::Badge];

    /// The file in a run's folder, and its type.
    pub(super) fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Html => ("report.html", "text/html; charset=utf-8"),
            Self::Json => ("report.json", "application/json"),
            Self::Junit => ("report.xml", "application/xml"),
            Self::Badge => ("badge.svg", "image/svg+xml"),
        }
    }

    /// The form of this file.
    pub(super) fn of_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.file().0 == name)
    }
}

impl Archive {
    /// Takes a folder, which is made if it isn't there.
    pub(super) fn open(folder: PathBuf) -> Result<Self, Error> {
        let runs = folder.join("runs");
        fs::create_dir_all(&runs).map_err(|error| unreadable(&runs, error))?;
        Ok(Self { folder, summaries: Mutex::default() })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The commands of `commands.toml`, by name.
    pub(super) fn commands(&self) -> Result<BTreeMap<String, Vec<String>>, Error> {
        let Some(text) = self.text(COMMANDS)? else { return Ok(BTreeMap::new()) };
        let commands: BTreeMap<String, Vec<String>> = toml::from_str(&text)
            .map_err(|error| Error::Usage(serde_message(error.message()).about(COMMANDS)))?;
        match commands.iter().find(|(name, command)| name.trim().is_empty() || command.is_empty()) {
            Some((name, _)) => Err(Error::Usage(words!(
                "{COMMANDS}: 「{name}」には名前と、プログラムで始まるコマンドが必要です",
                "{COMMANDS}: {name:?} needs a name, and a command that begins with a program"
            ))),
            None => Ok(commands),
        }
    }

    /// What is known to fail, by `expected.toml`.
    pub(super) fn expected(&self) -> Result<ExpectedFailures, Error> {
        let text = self.text(EXPECTED)?.unwrap_or_default();
        Ok(ExpectedFailures::parse(EXPECTED, &text)?)
    }

    /// What was chosen last.
    pub(super) fn chosen(&self) -> Chosen {
        let text = self.text(CHOSEN).ok().flatten();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// Remembers it for the next time.
    pub(super) fn remember(&self, chosen: &Chosen) -> Result<(), Error> {
        write(&self.folder.join(CHOSEN), &chosen.to_json())
    }

    /// Keeps all reports of what was played. A run is there whole or not at all.
    pub(super) fn keep(
        &self,
        now: Timestamp,
        report: &Report,
        requirements: &Requirements,
        chosen: &Chosen,
    ) -> Result<RunId, Error> {
        let runs = self.folder.join("runs");
        let made = tempfile::Builder::new().prefix(".new-").tempdir_in(&runs);
        let made = made.map_err(|error| unreadable(&runs, error))?;
        for form in Form::ALL {
            let text = match form {
                Form::Html => report.to_html(requirements)?,
                Form::Json => report.to_json(requirements),
                Form::Junit => report.to_junit(requirements)?,
                Form::Badge => report.to_badge(),
            };
            write(&made.path().join(form.file().0), &text)?;
        }
        write(&made.path().join(CHOSEN), &chosen.to_json())?;
        let free = (0..).map(|number| RunId::of(now, number)).find(|id| !runs.join(id.as_ref()).exists());
        let id = free.expect("numbers don't end");
        fs::rename(made.keep(), runs.join(id.as_ref())).map_err(|error| unreadable(&runs, error))?;
        Ok(id)
    }

    /// All runs, the newest first.
    pub(super) fn runs(&self) -> Vec<Summary> {
        let entries = fs::read_dir(self.folder.join("runs")).into_iter().flatten().flatten();
        let mut ids: Vec<RunId> =
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        ids.sort_unstable_by(|one, other| other.cmp(one));
        ids.truncate(MOST_RUNS);
        let runs: Vec<_> = ids.iter().filter_map(|id| self.summary(id)).collect();
        self.summaries().retain(|id, _| ids.contains(id));
        runs
    }

    /// A run in a line; nothing if there is none of this name.
    pub(super) fn summary(&self, id: &RunId) -> Option<Summary> {
        if let Some(known) = self.summaries().get(id) {
            return Some(known.clone());
        }
        let document: Document = serde_json::from_str(&self.report(id, Form::Json)?).ok()?;
        let Document { target, target_ja, at, verdict, summary, readings } = document;
        let target = Bilingual { ja: target_ja.unwrap_or_else(|| target.clone()), en: target };
        let is_sweep = readings.is_some();
        let summary = Summary { id: id.clone(), target, at, verdict, numbers: summary, is_sweep };
        self.summaries().insert(id.clone(), summary.clone());
        Some(summary)
    }

    /// A report of a run.
    pub(super) fn report(&self, id: &RunId, form: Form) -> Option<String> {
        let path = self.folder.join("runs").join(id.as_ref()).join(form.file().0);
        let is_short = path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LONGEST_REPORT);
        if is_short { fs::read_to_string(path).ok() } else { None }
    }

    /// Its plays, to compare with or to play again.
    pub(super) fn earlier(&self, id: &RunId) -> Option<Earlier> {
        Earlier::parse(id.as_ref(), &self.report(id, Form::Json)?).ok()
    }

    /// Its plays, whole, to go on from.
    pub(super) fn plays(&self, id: &RunId) -> Option<Vec<Played>> {
        #[derive(Deserialize)]
        struct OfPlays {
            plays: Vec<Played>,
        }
        let read: OfPlays = serde_json::from_str(&self.report(id, Form::Json)?).ok()?;
        Some(read.plays)
    }

    /// What had been chosen for it.
    pub(super) fn chosen_of(&self, id: &RunId) -> Option<Chosen> {
        let path = Path::new("runs").join(id.as_ref()).join(CHOSEN);
        serde_json::from_str(&self.text(path.to_str()?).ok()??).ok()
    }

    /// A text file in the folder; nothing if it isn't there.
    fn text(&self, name: &str) -> Result<Option<String>, Error> {
        let path = self.folder.join(name);
        match text_file::read(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, error)),
        }
    }

    fn summaries(&self) -> std::sync::MutexGuard<'_, BTreeMap<RunId, Summary>> {
        self.summaries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The real present, without a fraction that nobody wants to read.
pub(super) fn now() -> Timestamp {
    let now = obn_ca::clock::real_now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::Unreadable { path: path.display().to_string(), error }
}
