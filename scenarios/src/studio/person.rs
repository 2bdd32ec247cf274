//! Somebody at a page: it shows one thing to do at a time, and what the site sees of it, and takes their answer.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use obn_ca::journal::{Entry, Kind};
use tokio::sync::{mpsc, watch};

use crate::client::{Answer, ClientScenario, How, Operation, Person, Said, Task, Waiting, journal_fits};
use crate::play::Case;

/// Records that a page shows of one task.
const MOST_SEEN: usize = 60;
/// Parts of a task that the site sees by itself.
const MILESTONES: usize = 3;

/// Who sits at the page.
#[derive(Debug)]
pub(super) struct AtPage {
    place: Mutex<Place>,
    changed: watch::Sender<u64>,
    send: mpsc::Sender<Option<Answer>>,
    answers: tokio::sync::Mutex<mpsc::Receiver<Option<Answer>>>,
}

/// Where they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Counts scenarios and tasks: an answer to an earlier one is none.
    pub(super) number: u64,
    /// The scenario, in Japanese and in English.
    pub(super) name: Option<(String, String)>,
    pub(super) scenario: String,
    pub(super) case: String,
    /// Of the simulator.
    pub(super) dashboard: String,
    /// What is to be done now; nothing while the harness is at work.
    pub(super) now: Option<Now>,
    /// What the site has seen of it.
    pub(super) seen: VecDeque<Seen>,
    /// How many records there were, also those that are shown no more.
    pub(super) records: usize,
    /// A file that was handed over: its name and what is in it.
    pub(super) file: Option<(String, Vec<u8>)>,
    /// Which milestones of the task the site has seen.
    pub(super) reached: [bool; MILESTONES],
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(super) enum Now {
    /// This.
    Task(Task),
    /// The program is to be ended by force.
    EndProgram,
}

/// A record of the site, for a person.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Whether it is about a connection, a page, or the authority.
    pub(super) kind: Kind,
    /// Method and path.
    pub(super) exchange: Option<(String, String)>,
    pub(super) status: u16,
    pub(super) outcome: String,
}

/// A part of a task that the site sees by itself.
#[derive(Debug)]
pub(super) struct Milestone {
    pub(super) ja: &'static str,
    pub(super) en: &'static str,
    /// This in its journal.
    shown_by: &'static str,
}

/// What the site sees of a task that goes well, in this order.
pub(super) fn milestones(operation: Operation) -> &'static [Milestone] {
    const fn milestone(ja: &'static str, en: &'static str, shown_by: &'static str) -> Milestone {
        Milestone { ja, en, shown_by }
    }
    match operation {
        Operation::Apply => {
            const {
                &[
                    milestone("申請書が開かれた", "The form was opened", "GET /p/rcr"),
                    milestone("発行申請を受け付けた", "The application was accepted", "rcr.accepted"),
                ]
            }
        }
        Operation::Login => {
            const { &[milestone("ログインを認めた", "The login was accepted", "login.accepted")] }
        }
        Operation::Root => {
            const { &[milestone("ルート証明書を送った", "The root certificate was sent", "cert.file")] }
        }
        Operation::Download => {
            const {
                &[
                    milestone("入力画面が開かれた", "The form was opened", "GET /p/rcd"),
                    milestone("ID とパスワードが送信された", "IDs and password came", "POST /p/rcd"),
                    milestone("証明書ファイルを送った", "The certificate file was sent", "rcd.file"),
                ]
            }
        }
        Operation::Renew => {
            const {
                &[
                    milestone(
                        "クライアント証明書で接続された",
                        "It connected with its certificate",
                        "ru.menu",
                    ),
                    milestone("更新申請を受け付けた", "The renewal was accepted", "ru.accepted"),
                    milestone("証明書ファイルを送った", "The certificate file was sent", "ru.file"),
                ]
            }
        }
        Operation::Collect => {
            const {
                &[
                    milestone(
                        "クライアント証明書で接続された",
                        "It connected with its certificate",
                        "ru.menu",
                    ),
                    milestone("更新後の証明書の一覧が開かれた", "The list of renewals was opened", "ru.list"),
                    milestone("証明書ファイルを送った", "The certificate file was sent", "ru.file"),
                ]
            }
        }
        Operation::Installer => {
            const { &[milestone("インストーラーを送った", "The installer was sent", "s.file")] }
        }
        Operation::Revoke => {
            const {
                &[
                    milestone("入力画面が開かれた", "The form was opened", "GET /p/rx"),
                    milestone("ID が送信された", "The IDs came", "rx.mail"),
                    milestone("失効申請を受け付けた", "The application was accepted", "rx.accepted"),
                ]
            }
        }
        // Nobody goes to the site for these.
        Operation::Notices | Operation::Remove | Operation::List => &[],
    }
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooLate;

impl AtPage {
    pub(super) fn new(changed: watch::Sender<u64>) -> Self {
        let (send, answers) = mpsc::channel(1);
        Self { place: Mutex::default(), changed, send, answers: tokio::sync::Mutex::new(answers) }
    }

    pub(super) fn place(&self) -> Place {
        self.at().clone()
    }

    /// Only the number of the task, how many records there are, and whether a file has come.
    pub(super) fn step(&self) -> (u64, usize, bool) {
        let place = self.at();
        (place.number, place.records, place.file.is_some())
    }

    /// Takes an answer to the task of this number.
    pub(super) fn answer(&self, number: u64, said: Option<Said>, words: &str) -> Result<(), TooLate> {
        let file = self.at().file.take().map(|(_, bytes)| bytes);
        self.send(number, |now| match (now, said) {
            (Now::Task(_), Some(said)) => {
                Some(Some(Answer::Ended { how: How::Said(said), words: words.to_owned(), file }))
            }
            (Now::Task(_), None) => Some(Some(Answer::Unsupported)),
            (Now::EndProgram, _) => None,
        })
    }

    /// The program of the task of this number has been ended by force.
    pub(super) fn program_is_ended(&self, number: u64) -> Result<(), TooLate> {
        self.send(number, |now| matches!(now, Now::EndProgram).then_some(None))
    }

    /// Takes the file that came of the task of this number. If there is nothing more to say, that is the answer.
    pub(super) fn takes_file(&self, number: u64, name: &str, bytes: Vec<u8>) -> Result<(), TooLate> {
        let judges_words = {
            let mut place = self.at();
            let judges_words = match &place.now {
                Some(Now::Task(task)) if place.number == number && task.output.is_some() => task.judges_words,
                _ => return Err(TooLate),
            };
            place.file = Some((name.to_owned(), bytes));
            judges_words
        };
        self.changes();
        if judges_words { Ok(()) } else { self.answer(number, Some(Said::Done), "") }
    }

    fn send(&self, number: u64, answer: impl FnOnce(&Now) -> Option<Option<Answer>>) -> Result<(), TooLate> {
        {
            let mut place = self.at();
            if place.number != number {
                return Err(TooLate);
            }
            let answer = place.now.as_ref().and_then(answer).ok_or(TooLate)?;
            self.send.try_send(answer).map_err(|_| TooLate)?;
            (place.now, place.number) = (None, place.number + 1);
        }
        self.changes();
        Ok(())
    }

    fn asks(&self, now: Now) {
        {
            let mut place = self.at();
            place.number += 1;
            if matches!(now, Now::Task(_)) {
                (place.seen, place.records, place.file) = (VecDeque::new(), 0, None);
                place.reached = [false; MILESTONES];
            }
            place.now = Some(now);
        }
        self.changes();
    }

    fn changes(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn at(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Person for AtPage {
    fn meets(&self, scenario: &ClientScenario, case: &Case, dashboard: &str) {
        let head = &scenario.head;
        {
            let mut place = self.at();
            let name = (head.ja.clone().unwrap_or_else(|| head.name.clone()), head.name.clone());
            *place = Place {
                number: place.number + 1,
                name: Some(name),
                scenario: head.id.clone(),
                case: case.name.clone(),
                dashboard: dashboard.to_owned(),
                ..Place::default()
            };
        }
        self.changes();
    }

    fn is_asked(&self, task: &Task) {
        self.asks(Now::Task(task.clone()));
    }

    fn sees(&self, entries: &[Entry]) {
        {
            let mut place = self.at();
            let milestones = match &place.now {
                Some(Now::Task(task)) => milestones(task.operation),
                _ => &[],
            };
            for entry in entries.iter().filter(|entry| entry.kind != Kind::Control) {
                for (reached, milestone) in place.reached.iter_mut().zip(milestones) {
                    *reached |= journal_fits(entry, milestone.shown_by);
                }
                place.records += 1;
                place.seen.push_back(Seen::from(entry));
                if place.seen.len() > MOST_SEEN {
                    place.seen.pop_front();
                }
            }
        }
        self.changes();
    }

    fn answers(&self) -> Waiting<'_, Answer> {
        Box::pin(async {
            let mut answers = self.answers.lock().await;
            loop {
                match answers.recv().await {
                    Some(Some(answer)) => return answer,
                    // It was about an earlier task.
                    Some(None) => {}
                    None => return Answer::Quit,
                }
            }
        })
    }

    fn ends_program(&self) -> Waiting<'_, ()> {
        self.asks(Now::EndProgram);
        Box::pin(async {
            let mut answers = self.answers.lock().await;
            // An answer to the task itself comes too late.
            while let Some(Some(_)) = answers.recv().await {}
        })
    }
}

impl From<&Entry> for Seen {
    fn from(entry: &Entry) -> Self {
        let exchange = entry.exchange.as_ref();
        Self {
            kind: entry.kind,
            exchange: exchange.map(|exchange| (exchange.method.to_string(), exchange.path.to_string())),
            status: exchange.map_or(0, |exchange| exchange.status),
            outcome: entry.outcome.to_string(),
        }
    }
}
