//! What a step does or looks at.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::expectation::asked;
use super::{Expect, FaultSetting, ListExpectation, MailExpectation, NoticeExpectation};
use crate::control::Issue;

/// What is done or seen. Texts may have blanks such as `{clinic.request_id}`.
#[derive(Clone, Debug)]
pub enum Action {
    /// Type an address.
    Open(String),
    /// Load the page again.
    Reload,
    /// Back to the page before, as it was.
    GoBack,
    /// Go on in another tab of the same browser; a new one shows nothing yet.
    Tab(String),
    /// Answer the browser's dialog with the certificate of this saved file from now on.
    Choose { file: String, password: String },
    /// Answer it with a certificate that another CA, of this name, issued for the same institution.
    ChooseForeign(String),
    /// Close the dialog without a certificate.
    ChooseNone,
    /// Fill a field, found by its label.
    Fill { label: String, text: String },
    /// Press a button or follow a link, found by its words.
    Press(String),
    /// Press a button twice before anything comes back.
    PressTwice(String),
    /// Press a button, and the line breaks before all of the answer is there.
    PressInVain(String),
    /// Close the browser: its cookies and its pages are gone.
    CloseBrowser,
    /// Lose the cookies and keep the page.
    ForgetCookies,
    /// Keep the file that came, under a name.
    Save(String),
    /// Keep the request ID and reference ID that the page shows, under a name.
    WriteDown(String),
    /// Fetch the revocation list from where the certificate of a saved file says, under a name.
    FetchList { name: String, of: String },
    /// Reload while the clock goes on until this text is there.
    WaitFor(String),
    /// Reload while the clock goes on: what stands in this row goes through these values and no others.
    Watch { row: String, goes: Vec<String> },
    /// The page has this text.
    See(String),
    /// The page doesn't have this text.
    NotSee(String),
    /// The page has this heading. The rest of the scenario stands on it.
    Heading(String),
    /// The page has a field of this label.
    Field { label: String, check: FieldCheck },
    /// The page has a button or link of these words.
    Button(String),
    /// The page has no button or link of these words. The rest of the scenario stands on it.
    NoButton(String),
    /// The page has a row of this label, with this text if one is given.
    Row { label: String, reads: Option<String> },
    /// The page has these rows, label and text, in this order.
    Rows(Vec<[String; 2]>),
    /// What came back is this. The rest of the scenario stands on it.
    Answer(Kind),
    /// What came back has this HTTP status.
    Status(u16),
    /// A saved file is like this.
    Expect(Box<Expect>),
    /// A notice says this.
    Notice(NoticeExpectation),
    /// A saved revocation list says this.
    List(Box<ListExpectation>),
    /// The last mail in the outbox is like this.
    Mail(MailExpectation),
    /// So many mails went out.
    Mails(usize),
    /// Control: the registration authority issues a certificate and its notice.
    Issue(Issue),
    /// Control: set the clock.
    Clock(String),
    /// Control: move the clock.
    Advance(String),
    /// Control: revoke the certificate of this notice.
    Revoke(String),
    /// Control: approve the application for a revocation.
    Approve(String),
    /// Control: reject it.
    Reject(String),
    /// Control: keep a renewal in its status.
    Hold(String),
    /// Control: move a renewal on to its next status.
    MoveOn(String),
    /// Control: let a renewal fail.
    Fail(String),
    /// Control: switch a fault on. One that never strikes is a mistake of the scenario.
    Fault(FaultSetting),
    /// Control: save the whole world.
    SaveWorld,
    /// Control: put the saved world back in place, as after a restart.
    LoadWorld,
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

impl Action {
    /// What is broken if this fails in a scenario that is about something else.
    pub(super) fn usually_breaks(&self) -> Option<&'static str> {
        Some(match self {
            Self::WriteDown(_) => "REN-005",
            Self::FetchList { .. } => "CRL-001",
            Self::WaitFor(text) if text == "発行済み" => "REN-006",
            Self::Approve(_) | Self::Reject(_) => "REV-005",
            Self::Choose { .. } => "PFX-002",
            _ => return None,
        })
    }

    /// Why it can be done only where control is, if so.
    pub(crate) fn needs_control(&self) -> Option<&'static str> {
        Some(match self {
            Self::Issue(_) => "it needs a notice issued",
            Self::Clock(_) | Self::Advance(_) | Self::WaitFor(_) | Self::Watch { .. } => "it moves the clock",
            Self::Revoke(_) => "it needs a certificate revoked",
            Self::EndSessions => "it ends sessions",
            Self::Approve(_) | Self::Reject(_) => "it needs a revocation decided",
            Self::Hold(_) | Self::MoveOn(_) | Self::Fail(_) => "it steers a renewal",
            Self::Mail(_) | Self::Mails(_) => "it reads the mail",
            Self::Fault(_) => "it needs a fault",
            Self::SaveWorld | Self::LoadWorld => "it saves and restores the site",
            _ => return None,
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(path) => write!(f, "open {path}"),
            Self::Reload => f.write_str("load the page again"),
            Self::GoBack => f.write_str("go back to the page before"),
            Self::Tab(name) => write!(f, "go on in the tab {name:?}"),
            Self::Choose { file, .. } => write!(f, "choose the certificate of {file:?}"),
            Self::ChooseForeign(name) => write!(f, "choose a certificate that another {name:?} issued"),
            Self::ChooseNone => f.write_str("choose no certificate"),
            Self::Fill { label, text } => write!(f, "fill 「{label}」 with {text:?}"),
            Self::Press(words) => write!(f, "press 「{words}」"),
            Self::PressTwice(words) => write!(f, "press 「{words}」 twice"),
            Self::PressInVain(words) => write!(f, "press 「{words}」, and the line breaks"),
            Self::CloseBrowser => f.write_str("close the browser"),
            Self::ForgetCookies => f.write_str("lose the cookies"),
            Self::Save(name) => write!(f, "save the file as {name:?}"),
            Self::WriteDown(name) => write!(f, "write the IDs down as {name:?}"),
            Self::FetchList { name, of } => write!(f, "fetch the revocation list of {of:?} as {name:?}"),
            Self::WaitFor(text) => write!(f, "wait until 「{text}」 is seen"),
            Self::Watch { row, goes } => write!(f, "watch 「{row}」 go {}", goes.join(" → ")),
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
            Self::NoButton(words) => write!(f, "see no button 「{words}」"),
            Self::Row { label, reads: None } => write!(f, "see the row 「{label}」"),
            Self::Row { label, reads: Some(text) } => write!(f, "see the row 「{label}」 read {text:?}"),
            Self::Rows(rows) => {
                let labels: Vec<_> = rows.iter().map(|[label, _]| format!("「{label}」")).collect();
                write!(f, "see the rows {}", labels.join(" "))
            }
            Self::Answer(Kind::Page) => f.write_str("get a page"),
            Self::Answer(Kind::File) => f.write_str("get a file"),
            Self::Status(status) => write!(f, "get the HTTP status {status}"),
            Self::Expect(expect) => write!(f, "look into a file{}", asked(expect)),
            Self::Notice(notice) => write!(f, "read a notice{}", asked(notice)),
            Self::List(list) => write!(f, "look into a revocation list{}", asked(list)),
            Self::Mail(mail) => write!(f, "read the last mail{}", asked(mail)),
            Self::Mails(count) => write!(f, "count {count} mails"),
            Self::Issue(issue) => write!(f, "control: issue the notice {:?}", issue.notice),
            Self::Clock(instant) => write!(f, "control: set the clock to {instant}"),
            Self::Advance(duration) => write!(f, "control: {duration} go by"),
            Self::Revoke(name) => write!(f, "control: revoke the certificate of {name:?}"),
            Self::Approve(name) => write!(f, "control: approve the revocation of {name:?}"),
            Self::Reject(name) => write!(f, "control: reject the revocation of {name:?}"),
            Self::Hold(name) => write!(f, "control: hold the renewal {name:?}"),
            Self::MoveOn(name) => write!(f, "control: move the renewal {name:?} on"),
            Self::Fail(name) => write!(f, "control: let the renewal {name:?} fail"),
            Self::Fault(fault) => write!(f, "control: switch on the fault {:?}", fault.name),
            Self::SaveWorld => f.write_str("control: save the world"),
            Self::LoadWorld => f.write_str("control: put the saved world in place"),
            Self::EndSessions => f.write_str("control: end all sessions"),
        }
    }
}
