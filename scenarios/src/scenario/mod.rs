//! A scenario: a walk through the portal in a person's words, with what must be seen on the way.
//!
//! The file format is in [`file`]; here is what the player plays.

mod file;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use file::{CertificateExpectation, Expect, Issue, NoticeExpectation};

/// A walk with its checks.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its file without `.toml`, such as `portal/rcd/walk`.
    pub id: String,
    /// Its file, for messages.
    pub file: String,
    /// What it is about, in a few words.
    pub name: String,
    /// How much of a site must be there for it.
    pub level: Level,
    /// The requirements that it shows.
    pub shows: Vec<String>,
    /// Where it starts.
    pub given: Given,
    /// What is done and seen.
    pub steps: Vec<Step>,
    /// The values with which it is played, one after the other; without a table, one play.
    pub cases: Vec<Case>,
}

/// How much of a site or client a scenario asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What everyone needs.
    Core,
    /// When something goes wrong on the way.
    Resilience,
    /// What must not be possible.
    Security,
    /// Over the years: renewal, expiry, revocation.
    Lifecycle,
}

/// The scene before the first step.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The simulated time, frozen; otherwise a fixed one of ours.
    pub clock: Option<String>,
    /// Keys of the profile that differ from the default.
    pub profile: toml::Table,
}

/// One row of a table of cases.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Empty if the scenario has no table.
    pub name: String,
    /// What `{case.KEY}` stands for.
    pub values: BTreeMap<String, String>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its line in the file.
    pub line: usize,
    /// What is done or seen.
    pub action: Action,
    /// The requirements that are broken if this fails; otherwise all of the scenario's.
    pub shows: Vec<String>,
}

/// What is done or seen. Texts may have blanks such as `{clinic.request_id}`.
#[derive(Clone, Debug)]
pub enum Action {
    /// Type an address.
    Open(String),
    /// Fill a field, found by its label.
    Fill { label: String, text: String },
    /// Press a button or follow a link, found by its words.
    Press(String),
    /// Close the browser: its cookies and its page are gone.
    CloseBrowser,
    /// Lose the cookies and keep the page.
    ForgetCookies,
    /// Keep the file that came, under a name.
    Save(String),
    /// Reload while the clock goes on until this text is there.
    WaitFor(String),
    /// The page has this text.
    See(String),
    /// The page doesn't have this text.
    NotSee(String),
    /// The page has this heading. The rest of the scenario stands on it.
    Heading(String),
    /// The page has a field of this label.
    Field { label: String, check: FieldCheck },
    /// The page has a button of these words.
    Button(String),
    /// What came back is this. The rest of the scenario stands on it.
    Answer(Kind),
    /// What came back has this HTTP status.
    Status(u16),
    /// A saved file is like this.
    Expect(Box<Expect>),
    /// A notice says this.
    Notice(NoticeExpectation),
    /// Control: the registration authority issues a certificate and its notice.
    Issue(Issue),
    /// Control: set the clock.
    Clock(String),
    /// Control: move the clock.
    Advance(String),
    /// Control: revoke the certificate of this notice.
    Revoke(String),
    /// Control: end all sessions.
    EndSessions,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldCheck {
    /// It is there.
    Present,
    /// It holds this text.
    Holds(String),
    /// It hides what is typed.
    Hides,
    /// A message stands beside it.
    Complains,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A page to read. A refusal is one; an error of the server is none.
    Page,
    /// A file to save.
    File,
}

impl Scenario {
    /// Whether it can be played only where control is.
    pub fn needs_control(&self) -> Option<&'static str> {
        if self.given.clock.is_some() {
            return Some("it sets the clock");
        }
        self.steps.iter().find_map(|step| match step.action {
            Action::Issue(_) => Some("it needs a notice issued"),
            Action::Clock(_) | Action::Advance(_) | Action::WaitFor(_) => Some("it moves the clock"),
            Action::Revoke(_) => Some("it needs a certificate revoked"),
            Action::EndSessions => Some("it ends sessions"),
            _ => None,
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(path) => write!(f, "open {path}"),
            Self::Fill { label, text } => write!(f, "fill 「{label}」 with {text:?}"),
            Self::Press(words) => write!(f, "press 「{words}」"),
            Self::CloseBrowser => f.write_str("close the browser"),
            Self::ForgetCookies => f.write_str("lose the cookies"),
            Self::Save(name) => write!(f, "save the file as {name:?}"),
            Self::WaitFor(text) => write!(f, "wait until 「{text}」 is seen"),
            Self::See(text) => write!(f, "see 「{text}」"),
            Self::NotSee(text) => write!(f, "not see 「{text}」"),
            Self::Heading(text) => write!(f, "see the heading 「{text}」"),
            Self::Field { label, check } => match check {
                FieldCheck::Present => write!(f, "see the field 「{label}」"),
                FieldCheck::Holds(text) if text.is_empty() => write!(f, "see the field 「{label}」 empty"),
                FieldCheck::Holds(text) => write!(f, "see the field 「{label}」 hold {text:?}"),
                FieldCheck::Hides => write!(f, "see the field 「{label}」 hide what is typed"),
                FieldCheck::Complains => write!(f, "see a message beside the field 「{label}」"),
            },
            Self::Button(words) => write!(f, "see the button 「{words}」"),
            Self::Answer(Kind::Page) => f.write_str("get a page"),
            Self::Answer(Kind::File) => f.write_str("get a file"),
            Self::Status(status) => write!(f, "get the HTTP status {status}"),
            Self::Expect(expect) => write!(f, "look into the file {:?}", expect.file),
            Self::Notice(notice) => write!(f, "read the notice {:?}", notice.name),
            Self::Issue(issue) => write!(f, "control: issue the notice {:?}", issue.notice),
            Self::Clock(instant) => write!(f, "control: set the clock to {instant}"),
            Self::Advance(duration) => write!(f, "control: {duration} go by"),
            Self::Revoke(name) => write!(f, "control: revoke the certificate of {name:?}"),
            Self::EndSessions => f.write_str("control: end all sessions"),
        }
    }
}
