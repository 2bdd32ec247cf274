//! Plays a scenario: does its steps one after the other and compares what is seen.
//!
//! A check that fails is noted and the play goes on, so that one run tells all that is wrong. A
//! step that can't be done ends the play: what would follow means nothing.

mod check;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::browser::{Answer, Browser, Content, NoAnswer};
use crate::outcome::{Failure, Outcome};
use crate::page::{FieldKind, Page, Pressed};
use crate::scenario::{Action, Case, FieldCheck, Kind, Scenario, Step};
use crate::target::Stage;
use crate::template;

/// How often a page is loaded again while waiting.
const RELOADS: usize = 200;

/// A play under way.
#[derive(Debug)]
pub(crate) struct Player<'a> {
    scenario: &'a Scenario,
    case: &'a Case,
    stage: &'a Stage,
    browser: Browser,
    answer: Option<Answer>,
    notices: BTreeMap<String, Value>,
    files: BTreeMap<String, SavedFile>,
    transcript: Vec<String>,
}

/// A file that the site handed out.
#[derive(Debug)]
struct SavedFile {
    name: String,
    bytes: Vec<u8>,
}

/// Why a step was not as it must be.
#[derive(Debug)]
enum Trouble {
    /// Noted; the play goes on.
    Checks(Vec<(String, String)>),
    /// Noted; the play ends.
    Halt { expected: String, seen: String },
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
            browser: Browser::new(&stage.roots)?,
            answer: None,
            notices: BTreeMap::new(),
            files: BTreeMap::new(),
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
            let failed = |(expected, seen): (String, String)| Failure {
                place: format!("{}:{}", self.scenario.file, step.line),
                step: index + 1,
                breaks: if step.shows.is_empty() { self.scenario.shows.clone() } else { step.shows.clone() },
                expected,
                seen,
            };
            match self.step(&action).await {
                Ok(()) => {}
                Err(Trouble::Checks(differences)) => {
                    failures.extend(differences.into_iter().map(failed));
                    self.note("✗");
                }
                Err(Trouble::Halt { expected, seen }) => {
                    // What follows from an earlier failure is not a failure of its own.
                    if failures.is_empty() || !step.shows.is_empty() {
                        failures.push(failed((expected, seen)));
                    }
                    self.note("✗ the play ends here");
                    break;
                }
                Err(Trouble::Broken(reason)) => return self.broken(step, &reason),
            }
        }
        if failures.is_empty() {
            return Outcome::Passed;
        }
        if let Some(answer) = &self.answer {
            self.transcript.push(format!("Last seen: {}", answer.full().trim_end()));
        }
        Outcome::Failed { failures, transcript: self.transcript }
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
            Action::Press(words) => {
                let pressed = self.page("a page with a button")?.press(words);
                let pressed = pressed.map_err(|why| halt(format!("a button 「{words}」"), why.seen()))?;
                let answer = match pressed {
                    Pressed::Follow(url) => self.browser.open(url).await,
                    Pressed::Send(submission) => self.browser.send(submission).await,
                };
                self.came(answer)
            }
            Action::CloseBrowser => {
                self.browser.forget_cookies();
                self.answer = None;
                Ok(())
            }
            Action::ForgetCookies => {
                self.browser.forget_cookies();
                Ok(())
            }
            Action::Save(name) => self.save(name),
            Action::WaitFor(text) => self.wait_for(text).await,
            Action::Issue(issue) => {
                let notice = self.control()?.issue(issue).await.map_err(Trouble::Broken)?;
                self.notices.insert(issue.notice.clone(), notice);
                Ok(())
            }
            Action::Clock(instant) => {
                let now = instant.parse();
                let now = now.map_err(|_| Trouble::Broken(format!("{instant:?} is no instant")))?;
                self.control()?.freeze(now).await.map_err(Trouble::Broken)
            }
            Action::Advance(duration) => self.control()?.advance(duration).await.map_err(Trouble::Broken),
            Action::Revoke(name) => {
                let serial = self.notice(name)?.get("serial").and_then(Value::as_str).map(str::to_owned);
                let serial =
                    serial.ok_or_else(|| Trouble::Broken("control's notice has no serial".to_owned()))?;
                self.control()?.revoke(&serial).await.map_err(Trouble::Broken)
            }
            Action::EndSessions => self.control()?.end_sessions().await.map_err(Trouble::Broken),
            check => self.check(check),
        }
    }

    /// Takes up what came back.
    fn came(&mut self, answer: Result<Answer, NoAnswer>) -> Done {
        match answer {
            Ok(answer) => {
                self.note(&format!("→ {}", answer.summary()));
                self.answer = Some(answer);
                Ok(())
            }
            Err(error @ NoAnswer::Nobody(_)) => Err(Trouble::Broken(error.to_string())),
            Err(NoAnswer::Broken(reason)) => Err(halt("an answer".to_owned(), reason)),
        }
    }

    fn save(&mut self, name: &str) -> Done {
        match &self.last("a file")?.content {
            Content::File { name: called, bytes, .. } => {
                let file = SavedFile { name: called.clone(), bytes: bytes.clone() };
                self.files.insert(name.to_owned(), file);
                Ok(())
            }
            Content::Page(page) => Err(halt("a file".to_owned(), told(page))),
        }
    }

    /// Reloads, a second of simulated time each, or goes where the page goes by itself.
    async fn wait_for(&mut self, text: &str) -> Done {
        for _ in 0..RELOADS {
            let answer = self.last("a page to wait on")?;
            let url = match &answer.content {
                Content::Page(page) if page.has_text(text) => return Ok(()),
                Content::Page(page) => page.refresh.clone().unwrap_or_else(|| answer.url.clone()),
                Content::File { .. } => answer.url.clone(),
            };
            self.control()?.advance("1s").await.map_err(Trouble::Broken)?;
            self.answer = Some(match self.browser.open(url).await {
                Ok(answer) => answer,
                Err(error) => return self.came(Err(error)),
            });
        }
        let seen = self.last("a page")?.summary();
        Err(halt(format!("「{text}」 after {RELOADS} seconds"), seen))
    }

    fn last(&self, wanted: &str) -> Result<&Answer, Trouble> {
        self.answer.as_ref().ok_or_else(|| halt(wanted.to_owned(), "no page is open".to_owned()))
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
        match self.answer.as_mut().map(|answer| &mut answer.content) {
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
        let reason = format!("{}:{}: {reason}", self.scenario.file, step.line);
        Outcome::HarnessError { reason, transcript: self.transcript }
    }

    /// The action with its blanks filled in.
    fn filled(&self, action: &Action) -> Result<Action, String> {
        let of_notice = |name: &str, key: &str| {
            let value = self.notices.get(name)?.get(key)?;
            Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        // A case's values may have blanks of their own, such as {clinic.request_id | full width}.
        let of_case = |key: &str| template::fill(self.case.values.get(key)?, of_notice).ok();
        let fill = |text: &String| {
            template::fill(text, |name, key| if name == "case" { of_case(key) } else { of_notice(name, key) })
        };
        Ok(match action {
            Action::Open(path) => Action::Open(fill(path)?),
            Action::Fill { label, text } => Action::Fill { label: label.clone(), text: fill(text)? },
            Action::Field { label, check: FieldCheck::Holds(text) } => {
                Action::Field { label: fill(label)?, check: FieldCheck::Holds(fill(text)?) }
            }
            Action::Field { label, check } => Action::Field { label: fill(label)?, check: check.clone() },
            Action::See(text) => Action::See(fill(text)?),
            Action::NotSee(text) => Action::NotSee(fill(text)?),
            Action::Clock(instant) => Action::Clock(fill(instant)?),
            Action::Advance(duration) => Action::Advance(fill(duration)?),
            Action::Issue(issue) => {
                let mut issue = issue.clone();
                for text in [
                    &mut issue.institution_code,
                    &mut issue.terminal_name,
                    &mut issue.category,
                    &mut issue.issued_on,
                    &mut issue.valid_from,
                    &mut issue.valid_until,
                ] {
                    *text = text.as_ref().map(fill).transpose()?;
                }
                Action::Issue(issue)
            }
            Action::Expect(expect) => {
                let mut expect = expect.clone();
                for text in [&mut expect.password, &mut expect.not_password] {
                    *text = text.as_ref().map(fill).transpose()?;
                }
                if let Some(certificate) = &mut expect.certificate {
                    for text in [
                        &mut certificate.subject_has,
                        &mut certificate.valid_from,
                        &mut certificate.valid_until,
                    ] {
                        *text = text.as_ref().map(fill).transpose()?;
                    }
                }
                Action::Expect(expect)
            }
            Action::Notice(notice) => {
                let mut notice = notice.clone();
                for text in [
                    &mut notice.request_id_begins,
                    &mut notice.valid_from,
                    &mut notice.valid_until,
                    &mut notice.download_until,
                ] {
                    *text = text.as_ref().map(fill).transpose()?;
                }
                Action::Notice(notice)
            }
            other => other.clone(),
        })
    }
}

fn halt(expected: String, seen: String) -> Trouble {
    Trouble::Halt { expected, seen }
}

/// What a page says, on one line.
fn told(page: &Page) -> String {
    let text: String = crate::words::one_line(&page.text).chars().take(160).collect();
    format!("the page 「{}」: {text}", page.title)
}

impl Player<'_> {
    fn check(&self, action: &Action) -> Done {
        let one = |expected: String, seen: String| Err(Trouble::Checks(vec![(expected, seen)]));
        match action {
            Action::See(text) => match self.page("a page to read")? {
                page if page.has_text(text) => Ok(()),
                page => one(format!("「{text}」 on the page"), told(page)),
            },
            Action::NotSee(text) => match self.page("a page to read")? {
                page if page.has_text(text) => one(format!("no 「{text}」 on the page"), told(page)),
                _ => Ok(()),
            },
            Action::Heading(text) => match self.page(&format!("a page 「{text}」"))? {
                page if page.has_heading(text) => Ok(()),
                page => Err(halt(
                    format!("the heading 「{text}」"),
                    format!("the headings {:?}", page.headings()),
                )),
            },
            Action::Button(words) => match self.page("a page with a button")?.button(words) {
                Ok(()) => Ok(()),
                Err(why) => one(format!("a button 「{words}」"), why.seen()),
            },
            Action::Field { label, check } => {
                let field = match self.page("a page with a form")?.field(label) {
                    Ok(field) => field,
                    Err(why) => return one(format!("a field 「{label}」"), why.seen()),
                };
                match check {
                    FieldCheck::Present => Ok(()),
                    FieldCheck::Holds(text) if field.value == *text => Ok(()),
                    FieldCheck::Holds(text) => {
                        one(format!("{text:?} in the field 「{label}」"), format!("{:?}", field.value))
                    }
                    FieldCheck::Hides if field.kind == FieldKind::Password => Ok(()),
                    FieldCheck::Hides => one(
                        format!("a field 「{label}」 that hides what is typed"),
                        "one that shows it".to_owned(),
                    ),
                    FieldCheck::Complains if !field.message.is_empty() => Ok(()),
                    FieldCheck::Complains => {
                        one(format!("a message beside the field 「{label}」"), "none".to_owned())
                    }
                }
            }
            Action::Answer(kind) => {
                let answer = self.last("an answer")?;
                match (kind, &answer.content) {
                    (Kind::File, Content::File { .. }) if answer.status == 200 => Ok(()),
                    // A refusal is a page; an error of the server is none.
                    (Kind::Page, Content::Page(_)) if answer.status < 500 => Ok(()),
                    (Kind::Page, _) => Err(halt("a page".to_owned(), answer.summary())),
                    (Kind::File, Content::Page(page)) => {
                        Err(halt("a file".to_owned(), format!("{} {}", answer.status, told(page))))
                    }
                    (Kind::File, _) => Err(halt("a file".to_owned(), answer.summary())),
                }
            }
            Action::Status(status) => match self.last("an answer")? {
                answer if answer.status == *status => Ok(()),
                answer => one(format!("the HTTP status {status}"), answer.summary()),
            },
            Action::Expect(expect) => self.check_file(expect),
            Action::Notice(notice) => self.check_notice(notice),
            other => Err(Trouble::Broken(format!("this is no check: {other}"))),
        }
    }
}
