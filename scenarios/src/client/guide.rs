//! Guided: the same scenarios for a person, or for a program that can't be started from a command. Somebody is told what
//! to do now, the harness watches the journal, and they say how it ended.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use obn_ca::journal::Entry;
use obn_speech::Language;
use tokio::sync::mpsc;

use super::folder::Folder;
use super::scenario::ClientScenario;
use super::stage::Stage;
use super::steps::Operation;
use super::typed::Typed;
use super::watch::{Ended, How, UNSUPPORTED, Watch, follow};
use crate::error::Error;
use crate::play::Case;

/// Who does what is said: a person at a terminal or at a page, or what stands for one.
#[derive(Clone)]
pub struct Guide {
    person: Arc<dyn Person>,
    quit: Arc<AtomicBool>,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// What it is.
    pub(crate) operation: Operation,
    /// The contract's variables, as a command would have them.
    pub(crate) told: Vec<(String, String)>,
    /// The files that these name.
    pub(crate) files: Vec<TaskFile>,
    /// The name of the file that is to come of it.
    pub(crate) output: Option<String>,
    /// Whether what the program says is judged.
    pub(crate) judges_words: bool,
}

/// A file that somebody needs for a task.
#[derive(Clone, Debug)]
pub(crate) struct TaskFile {
    /// The variable that names it.
    pub(crate) variable: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

/// How somebody says that a task ended.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It ended.
    Ended {
        /// In which way.
        how: How,
        /// What the program said.
        words: String,
        /// The file that came of it, if it doesn't lie in its place already.
        file: Option<Vec<u8>>,
    },
    /// The program has no such thing.
    Unsupported,
    /// Nobody is there any more.
    Quit,
}

/// What is being waited for.
pub(crate) type Waiting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who is told what to do, and says how it ended: one task after the other.
pub(crate) trait Person: Send + Sync + 'static {
    /// A scenario begins; the simulator's dashboard is at this URL.
    fn meets(&self, scenario: &ClientScenario, case: &Case, dashboard: &str);

    /// This is to be done now.
    fn is_asked(&self, task: &Task);

    /// What the site has seen of it.
    fn sees(&self, entries: &[Entry]);

    /// Waits for how it ended.
    fn answers(&self) -> Waiting<'_, Answer>;

    /// The program is to be ended by force; waits until it is.
    fn ends_program(&self) -> Waiting<'_, ()>;
}

impl Guide {
    /// A person at a terminal, or what stands for one: lines that are typed, and a way to tell what to do, in this
    /// language.
    pub fn new(
        language: Language,
        typed: mpsc::Receiver<String>,
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self::of(Arc::new(Typed::new(language, typed, tell)))
    }

    /// Anybody.
    pub(crate) fn of(person: Arc<dyn Person>) -> Self {
        Self { person, quit: Arc::default() }
    }

    /// Whether nobody is there any more.
    pub(super) fn has_quit(&self) -> bool {
        self.quit.load(Ordering::Relaxed)
    }

    /// A scenario begins.
    pub(super) fn begins(&self, scenario: &ClientScenario, case: &Case, stage: &Stage) {
        self.person.meets(scenario, case, &stage.dashboard);
    }

    /// Has a task done, and answers with how it ended.
    pub(super) async fn run(
        &self,
        task: &Task,
        stage: &Stage,
        folder: &Folder,
        watch: Watch<'_>,
    ) -> Result<Ended, Error> {
        let mut journal = stage.world.journal.watch();
        let mut seen = *journal.borrow_and_update();
        self.person.is_asked(task);
        let mut answer = self.person.answers();
        let answered = loop {
            tokio::select! {
                answered = &mut answer => break Some(answered),
                changed = journal.changed() => {
                    changed.map_err(|error| Error::broken("the journal", error))?;
                    let entries = stage.world.journal.after(seen);
                    seen = entries.last().map_or(seen, |entry| entry.sequence);
                    self.person.sees(&entries);
                    if follow(&entries, stage, &watch).await? {
                        break None;
                    }
                }
            }
        };
        // Who waits for an answer may hold what is needed below.
        drop(answer);
        let (how, output) = match answered {
            None => {
                self.person.ends_program().await;
                (How::Killed, String::new())
            }
            Some(Answer::Unsupported) => (How::Status(UNSUPPORTED), String::new()),
            Some(Answer::Quit) => {
                self.quit.store(true, Ordering::Relaxed);
                (How::Quit, String::new())
            }
            Some(Answer::Ended { how, words, file }) => {
                if let Some((name, bytes)) = task.output.as_ref().zip(file) {
                    folder.receive(name, &bytes)?;
                }
                (how, words)
            }
        };
        Ok(Ended { how, output, arguments: BTreeSet::new() })
    }
}

impl fmt::Debug for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guide")
    }
}
