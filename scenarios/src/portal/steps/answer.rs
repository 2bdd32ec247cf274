//! Looking at an answer as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bilingual::Bilingual;
use crate::eyes::Content;
use crate::play::{Check, Done, Reader, Trouble, step, steps};
use crate::portal::scene::{Scene, told};
use crate::portal::wording::{Expected, Seen};

pub(super) const STEPS: &[Reader<Scene>] = steps![look Answer, Status];

step! {
    /// What came back is this. The rest of the scenario stands on it.
    pub(super) struct Answer { answer: Kind } "get a {}", answer.words().en; "{}が届くことを確かめる", answer.words().ja
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A page to read. A refusal is one; an error of the server is none.
    Page,
    /// A file to save.
    File,
}

impl Kind {
    fn words(self) -> Bilingual {
        match self {
            Self::Page => Bilingual::of("ページ", "page"),
            Self::File => Bilingual::of("ファイル", "file"),
        }
    }
}

impl Check<Scene> for Answer {
    async fn check(&self, scene: &Scene) -> Done {
        let answer = scene.last(Expected::Answer)?;
        match (self.answer, &answer.content) {
            (Kind::File, Content::File { .. }) if answer.status == 200 => Ok(()),
            (Kind::Page, Content::Page(_)) if answer.status < 500 => Ok(()),
            (Kind::Page, _) => Err(Trouble::halt(Expected::Page, answer.summary())),
            (Kind::File, Content::Page(page)) => Err(Trouble::halt(
                Expected::File,
                Seen::StatusAndPage { status: answer.status, page: told(page) },
            )),
            (Kind::File, _) => Err(Trouble::halt(Expected::File, answer.summary())),
        }
    }
}

step! {
    /// What came back has this HTTP status.
    struct Status { status: u16 } "get the HTTP status {status}"; "HTTP ステータスが {status} であることを確かめる"
}

impl Check<Scene> for Status {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.last(Expected::Answer)? {
            answer if answer.status == self.status => Ok(()),
            answer => Err(Trouble::check(Expected::Status { status: self.status }, answer.summary())),
        }
    }
}
