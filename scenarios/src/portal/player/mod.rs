//! Plays a scenario: does its steps one after the other and compares what is seen.
//!
//! A check that fails is noted and the play goes on, so that one run tells all that is wrong. A
//! step that can't be done ends the play: what would follow means nothing.

mod check;
mod crl;
mod filled;
mod scene;
mod see;
mod wait;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::eyes::{
    Answer, Browser, Content, Identity, NoAnswer, Page, Pressed, Submission, foreign_identity,
};
use crate::play::{Case, Failure, Outcome};
use crate::portal::target::Stage;
use crate::portal::{Action, Scenario, Step};

/// A play under way.
#[derive(Debug)]
pub(crate) struct Player<'a> {
    scenario: &'a Scenario,
    case: &'a Case,
    stage: &'a Stage,
    browser: Browser,
    window: Window,
    /// The tabs that are not in front, by name.
    others: BTreeMap<String, Window>,
    tab: String,
    notices: BTreeMap<String, Value>,
    files: BTreeMap<String, SavedFile>,
    /// Those that the scenario has set.
    faults: Vec<u64>,
    world: Option<Value>,
    /// The simulated time at which the last revocation list came.
    now: Option<jiff::Timestamp>,
    transcript: Vec<String>,
}

/// A tab: what it shows, and what it showed before.
#[derive(Debug, Default)]
struct Window {
    answer: Option<Answer>,
    before: Vec<Answer>,
}

/// A file that the site handed out.
#[derive(Debug)]
struct SavedFile {
    name: String,
    mime: String,
    bytes: Vec<u8>,
}

/// Why a step was not as it must be.
#[derive(Debug)]
enum Trouble {
    /// Noted; the play goes on.
    Checks(Vec<(String, String)>),
    /// Noted; the play ends. What it breaks may be something else than what the step is about.
    Halt { expected: String, seen: String, breaks: Vec<String> },
    /// The harness can't go on.
    Broken(String),
}

type Done = Result<(), Trouble>;

/// Plays a scenario with one of its cases.
pub(crate) async fn play(scenario: &Scenario, case: &Case, stage: &Stage) -> Outcome {
    match Player::new(scenario, case, stage) {
        Ok(player) => player.play().await,
        Err(reason) => Outcome::HarnessError { reason, transcript: Vec::new() },
    }
}

impl<'a> Player<'a> {
    fn new(scenario: &'a Scenario, case: &'a Case, stage: &'a Stage) -> Result<Self, String> {
        Ok(Self {
            scenario,
            case,
            stage,
            browser: Browser::new(&stage.roots, stage.patience, stage.distortion.clone())?,
            window: Window::default(),
            others: BTreeMap::new(),
            tab: "first".to_owned(),
            notices: BTreeMap::new(),
            files: BTreeMap::new(),
            faults: Vec::new(),
            world: None,
            now: None,
            transcript: Vec::new(),
        })
    }

    async fn play(mut self) -> Outcome {
        let mut failures: Vec<Failure> = Vec::new();
        for (index, step) in self.scenario.steps.iter().enumerate() {
            let action = match self.filled(&step.action) {
                Ok(action) => action,
                Err(reason) => return self.broken(step, &reason),
            };
            self.transcript.push(format!("{}. {action}", index + 1));
            let usually = [&step.shows, &step.breaks, &self.scenario.head.shows];
            let usually = usually.into_iter().find(|ids| !ids.is_empty()).cloned().unwrap_or_default();
            let failed = |(expected, seen): (String, String), breaks: Vec<String>| Failure {
                place: format!("{}:{}", self.scenario.head.file, step.line),
                step: index + 1,
                breaks,
                expected,
                seen,
            };
            match self.step(&action).await {
                Ok(()) => {}
                Err(Trouble::Checks(differences)) => {
                    failures.extend(differences.into_iter().map(|it| failed(it, usually.clone())));
                    self.note("✗");
                }
                Err(Trouble::Halt { expected, seen, breaks }) => {
                    // What follows from an earlier failure is not a failure of its own.
                    if failures.is_empty() || !step.shows.is_empty() {
                        let other = !breaks.is_empty() && !breaks.iter().any(|id| step.shows.contains(id));
                        failures.push(failed((expected, seen), if other { breaks } else { usually }));
                    }
                    self.note("✗ the play ends here");
                    break;
                }
                Err(Trouble::Broken(reason)) => return self.broken(step, &reason),
            }
        }
        if let Some(answer) = &self.window.answer
            && !failures.is_empty()
        {
            self.transcript.push(format!("Last seen: {}", answer.full().trim_end()));
        }
        if failures.is_empty() {
            return match self.idle_faults().await {
                Ok(()) => Outcome::Passed { transcript: self.transcript },
                Err(reason) => Outcome::HarnessError { reason, transcript: self.transcript },
            };
        }
        let journal = self.journal().await;
        Outcome::Failed { failures, transcript: self.transcript, journal }
    }

    async fn step(&mut self, action: &Action) -> Done {
        match action {
            Action::Open(path) => {
                let url = self.stage.portal.join(path).map_err(|error| Trouble::Broken(error.to_string()))?;
                let answer = self.browser.open(url).await;
                self.came(answer)
            }
            Action::Fill { label, text } => {
                let filled = self.page_mut("a page with a form")?.fill(label, text);
                filled.map_err(|why| halt(format!("a field 「{label}」"), why.seen()))
            }
            Action::Reload => {
                let url = self.last("a page to load again")?.url.clone();
                let answer = self.browser.open(url).await;
                self.came(answer)
            }
            Action::GoBack => {
                let before = self.window.before.pop();
                let before = before.ok_or_else(|| Trouble::Broken("there is no page before".to_owned()))?;
                self.window.answer = Some(before);
                Ok(())
            }
            Action::Tab(name) => {
                let next = self.others.remove(name).unwrap_or_default();
                let left = std::mem::replace(&mut self.tab, name.clone());
                self.others.insert(left, std::mem::replace(&mut self.window, next));
                Ok(())
            }
            Action::Choose { file, password } => {
                let identity = self.identity(file, password)?;
                let identity = identity.for_tls().map_err(Trouble::Broken)?;
                self.browser.choose(Some(identity)).map_err(Trouble::Broken)
            }
            Action::ChooseForeign(issuer) => {
                let identity = foreign_identity(issuer).map_err(Trouble::Broken)?;
                self.browser.choose(Some(identity)).map_err(Trouble::Broken)
            }
            Action::ChooseNone => self.browser.choose(None).map_err(Trouble::Broken),
            Action::Press(words) => {
                let answer = self.press(words).await?;
                self.came(answer)
            }
            Action::PressTwice(words) => {
                let Pressed::Send(submission) = self.pressed(words)? else {
                    return Err(Trouble::Broken(format!("「{words}」 is a link")));
                };
                // The browser shows the answer to the second press; the first one's is dropped.
                let mut first = self.browser.clone();
                let (_, second) =
                    tokio::join!(first.send(Submission::clone(&submission)), self.browser.send(submission));
                self.came(second)
            }
            Action::PressInVain(words) => match self.press(words).await? {
                Err(NoAnswer::Broken(reason)) => {
                    self.note(&format!("→ {reason}"));
                    Ok(())
                }
                answer => {
                    self.came(answer)?;
                    Err(Trouble::Broken("the line was to break, and all of the answer came".to_owned()))
                }
            },
            Action::CloseBrowser => {
                self.browser.forget_cookies();
                (self.window, self.others) = Default::default();
                Ok(())
            }
            Action::ForgetCookies => {
                self.browser.forget_cookies();
                Ok(())
            }
            Action::WriteDown(name) => self.write_down(name),
            Action::FetchList { name, of } => self.fetch_list(name, of).await,
            Action::Watch { row, goes } => self.watch(row, goes).await,
            Action::Save(name) => self.save(name),
            Action::WaitFor(text) => self.wait_for(text).await,
            Action::Mail(mail) => self.check_mail(mail).await,
            Action::Mails(count) => self.count_mails(*count).await,
            action if action.needs_control().is_some() => self.set_scene(action).await,
            check => self.check(check),
        }
    }

    fn pressed(&self, words: &str) -> Result<Pressed, Trouble> {
        let pressed = self.page("a page with a button")?.press(words);
        pressed.map_err(|why| halt(format!("a button 「{words}」"), why.seen()))
    }

    async fn press(&mut self, words: &str) -> Result<Result<Answer, NoAnswer>, Trouble> {
        Ok(match self.pressed(words)? {
            Pressed::Follow(url) => self.browser.open(url).await,
            Pressed::Send(submission) => self.browser.send(submission).await,
        })
    }

    /// Takes up what came back.
    fn came(&mut self, answer: Result<Answer, NoAnswer>) -> Done {
        match answer {
            Ok(answer) => {
                self.note(&format!("→ {}", answer.summary()));
                self.window.before.extend(self.window.answer.replace(answer));
                Ok(())
            }
            Err(error @ NoAnswer::Nobody(_)) => Err(Trouble::Broken(error.to_string())),
            Err(NoAnswer::Tls { reason, chain }) => {
                let breaks: &[&str] = if chain { &["TLS-001", "TLS-005"] } else { &["TLS-001"] };
                Err(halt("TLS that leads to the trusted root".to_owned(), reason).breaking(breaks))
            }
            Err(NoAnswer::Broken(reason)) => Err(halt("an answer".to_owned(), reason)),
        }
    }

    fn save(&mut self, name: &str) -> Done {
        match &self.last("a file")?.content {
            Content::File { name: called, mime, bytes } => {
                let file = SavedFile { name: called.clone(), mime: mime.clone(), bytes: bytes.clone() };
                self.files.insert(name.to_owned(), file);
                Ok(())
            }
            Content::Page(page) => Err(halt("a file".to_owned(), told(page))),
        }
    }

    /// Keeps the IDs that the page shows, as if they stood on a notice.
    fn write_down(&mut self, name: &str) -> Done {
        let page = self.page("a page with IDs")?;
        let id = |label: &str| {
            page.row(label).map(str::to_owned).map_err(|why| halt(format!("a row 「{label}」"), why.seen()))
        };
        let ids = serde_json::json!({
            "request_id": id("リクエストID")?,
            "reference_id": id("リファレンス ID")?,
        });
        self.notices.insert(name.to_owned(), ids);
        Ok(())
    }

    /// Opens a saved PFX file.
    fn identity(&self, name: &str, password: &str) -> Result<Identity, Trouble> {
        let file = self.file(name)?;
        Identity::open(&file.bytes, password).map_err(|error| {
            let expected = format!("a PFX file that the password {password:?} opens");
            halt(expected, format!("it doesn't open: {error}")).breaking(&["PFX-002", "REN-016"])
        })
    }

    fn last(&self, wanted: &str) -> Result<&Answer, Trouble> {
        self.window.answer.as_ref().ok_or_else(|| halt(wanted.to_owned(), "no page is open".to_owned()))
    }

    fn page(&self, wanted: &str) -> Result<&Page, Trouble> {
        let answer = self.last(wanted)?;
        match &answer.content {
            Content::Page(page) => Ok(page),
            Content::File { .. } => Err(halt(wanted.to_owned(), answer.summary())),
        }
    }

    fn page_mut(&mut self, wanted: &str) -> Result<&mut Page, Trouble> {
        let summary = self.last(wanted)?.summary();
        match self.window.answer.as_mut().map(|answer| &mut answer.content) {
            Some(Content::Page(page)) => Ok(page),
            _ => Err(halt(wanted.to_owned(), summary)),
        }
    }

    fn control(&self) -> Result<&crate::control::Control, Trouble> {
        let control = self.stage.control.as_ref();
        control.ok_or_else(|| Trouble::Broken("this step needs a control API".to_owned()))
    }

    fn notice(&self, name: &str) -> Result<&Value, Trouble> {
        self.notices.get(name).ok_or_else(|| Trouble::Broken(format!("no notice {name:?} was issued")))
    }

    fn note(&mut self, text: &str) {
        self.transcript.push(format!("     {text}"));
    }

    fn broken(self, step: &Step, reason: &str) -> Outcome {
        let reason = format!("{}:{}: {reason}", self.scenario.head.file, step.line);
        Outcome::HarnessError { reason, transcript: self.transcript }
    }
}

fn halt(expected: String, seen: String) -> Trouble {
    Trouble::Halt { expected, seen, breaks: Vec::new() }
}

impl Trouble {
    /// What this breaks, unless the step is about just that.
    fn breaking(self, ids: &[&str]) -> Self {
        match self {
            Self::Halt { expected, seen, .. } => {
                Self::Halt { expected, seen, breaks: ids.iter().map(|id| (*id).to_owned()).collect() }
            }
            other => other,
        }
    }
}

/// What a page says, on one line.
fn told(page: &Page) -> String {
    let text: String = crate::eyes::one_line(&page.text).chars().take(160).collect();
    format!("the page 「{}」: {text}", page.title)
}
