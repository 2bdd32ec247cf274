//! A play before a portal: a browser with its tabs, and what a person has kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::stage::Stage;
use super::wording::{Expected, Line, Seen};
use crate::bilingual::Bilingual;
use crate::control::Control;
use crate::difference::Difference;
use crate::error::Error;
use crate::eyes::{Answer, Browser, Content, Identity, NoAnswer, Page, Pressed, one_line};
use crate::play::{Case, Done, Known, Scene as _, Transcript, Trouble};

/// The password with which walks fetch files.
pub(super) const USUAL_PASSWORD: &str = "1234";

/// A play under way.
#[derive(Debug)]
pub struct Scene {
    pub(super) stage: Stage,
    pub(super) browser: Browser,
    pub(super) window: Window,
    /// The tabs that are not in front, by name.
    pub(super) others: BTreeMap<String, Window>,
    pub(super) tab: String,
    pub(super) known: Known,
    pub(super) files: BTreeMap<String, SavedFile>,
    /// Passwords that this scenario uses somewhere.
    pub(super) passwords: Vec<String>,
    /// Those that the scenario has set.
    pub(super) faults: Vec<u64>,
    pub(super) world: Option<Value>,
    /// The simulated time at which the last revocation list came.
    pub(super) now: Option<Timestamp>,
    transcript: Transcript,
}

/// A tab: what it shows, and what it showed before.
#[derive(Debug, Default)]
pub(super) struct Window {
    pub(super) answer: Option<Answer>,
    pub(super) before: Vec<Answer>,
}

/// A file that the site handed out.
#[derive(Clone, Debug)]
pub(super) struct SavedFile {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Vec<u8>,
}

impl crate::play::Scene for Scene {
    fn known(&self) -> &Known {
        &self.known
    }

    fn control(&self) -> Option<&Control> {
        self.stage.control.as_ref()
    }

    fn transcript(&mut self) -> &mut Transcript {
        &mut self.transcript
    }

    fn last_seen(&self) -> Option<Bilingual> {
        Some(self.window.answer.as_ref()?.full())
    }

    async fn idle_faults(&self) -> Result<Option<Difference>, Error> {
        let Some(control) = self.control().filter(|_| !self.faults.is_empty()) else { return Ok(None) };
        match control.idle_faults(&self.faults).await?.join(", ") {
            none if none.is_empty() => Ok(None),
            idle => Err(Error::Scenario(format!("the fault {idle} never struck"))),
        }
    }
}

impl Scene {
    /// A browser that has just been opened.
    pub(super) fn new(
        stage: Stage,
        case: &Case,
        passwords: Vec<String>,
        transcript: Transcript,
    ) -> Result<Self, Error> {
        Ok(Self {
            browser: Browser::new(&stage.roots, stage.patience, stage.distortion.clone())?,
            stage,
            window: Window::default(),
            others: BTreeMap::new(),
            tab: "first".to_owned(),
            known: Known::of_case(case),
            files: BTreeMap::new(),
            passwords,
            faults: Vec::new(),
            world: None,
            now: None,
            transcript,
        })
    }

    /// The control API, for a step that asks it.
    pub(super) fn steered(&self) -> Result<&Control, Error> {
        self.stage.control.as_ref().ok_or_else(|| Error::Scenario("this step needs a control API".to_owned()))
    }

    /// Takes up what came back.
    pub(super) fn came(&mut self, answer: Result<Answer, NoAnswer>) -> Done {
        match answer {
            Ok(answer) => {
                self.note(Line::Came { what: answer.summary() });
                self.window.before.extend(self.window.answer.replace(answer));
                Ok(())
            }
            Err(NoAnswer::Nobody(who)) => Err(Error::Broken(format!("nothing answers at {who}")).into()),
            Err(NoAnswer::Tls { reason, chain }) => {
                let breaks: &[&str] = if chain { &["TLS-001", "TLS-005"] } else { &["TLS-001"] };
                Err(Trouble::halt(Expected::Tls, reason).breaking(breaks))
            }
            Err(NoAnswer::Broken(reason)) => Err(Trouble::halt(Expected::Answer, reason)),
        }
    }

    pub(super) fn last(&self, wanted: Expected) -> Result<&Answer, Trouble> {
        self.window.answer.as_ref().ok_or_else(|| Trouble::halt(wanted, Seen::NoPage))
    }

    pub(super) fn page(&self, wanted: Expected) -> Result<&Page, Trouble> {
        let answer = self.last(wanted.clone())?;
        match &answer.content {
            Content::Page(page) => Ok(page),
            Content::File { .. } => Err(Trouble::halt(wanted, answer.summary())),
        }
    }

    pub(super) fn page_mut(&mut self, wanted: Expected) -> Result<&mut Page, Trouble> {
        let summary = self.last(wanted.clone())?.summary();
        match self.window.answer.as_mut().map(|answer| &mut answer.content) {
            Some(Content::Page(page)) => Ok(page),
            _ => Err(Trouble::halt(wanted, summary)),
        }
    }

    pub(super) fn pressed(&self, words: &str) -> Result<Pressed, Trouble> {
        let pressed = self.page(Expected::PageWithButton)?.press(words);
        pressed.map_err(|why| Trouble::halt(Expected::Button { words: words.to_owned() }, why.seen()))
    }

    /// Presses a button or follows a link.
    pub(super) async fn press(&mut self, words: &str) -> Result<Result<Answer, NoAnswer>, Trouble> {
        Ok(match self.pressed(words)? {
            Pressed::Follow(url) => self.browser.open(url).await,
            Pressed::Send(submission) => self.browser.send(submission).await,
        })
    }

    /// A file that came last, as it can be kept.
    pub(super) fn last_file(&self, wanted: Expected) -> Result<SavedFile, Trouble> {
        match &self.last(wanted.clone())?.content {
            Content::File { name, mime, bytes } => {
                Ok(SavedFile { name: name.clone(), mime: mime.clone(), bytes: bytes.clone() })
            }
            Content::Page(page) => Err(Trouble::halt(wanted, told(page))),
        }
    }

    pub(super) fn file(&self, name: &str) -> Result<&SavedFile, Error> {
        self.files.get(name).ok_or_else(|| Error::Scenario(format!("no file {name:?} was saved")))
    }

    /// The request ID of a notice, or of IDs that were written down.
    pub(super) fn request_id(&self, name: &str) -> Result<&str, Error> {
        self.known.of_notice(name, "request_id")
    }

    /// Opens a saved PFX file.
    pub(super) fn identity(&self, name: &str, password: &str) -> Result<Identity, Trouble> {
        Identity::open(&self.file(name)?.bytes, password).map_err(|flaw| {
            let expected = Expected::Opens { password: password.to_owned() };
            Trouble::halt(expected, Seen::DoesNotOpen { flaw }).breaking(&["PFX-002", "REN-016"])
        })
    }
}

/// What a page says, on one line.
pub(super) fn told(page: &Page) -> Bilingual {
    let text: String = one_line(&page.text).chars().take(160).collect();
    Seen::Page { title: page.title.clone(), text }.words()
}
