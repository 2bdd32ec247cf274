//! Looking at an answer as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::eyes::Content;
use crate::play::{Check, Done, Reader, Trouble, step, steps};
use crate::portal::scene::{Scene, told};

pub(super) const STEPS: &[Reader<Scene>] = steps![look Answer, Status];

step! {
    /// What came back is this. The rest of the scenario stands on it.
    pub(super) struct Answer { answer: Kind } "get a {}", if *answer == Kind::Page { "page" } else { "file" }
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

impl Check<Scene> for Answer {
    async fn check(&self, scene: &Scene) -> Done {
        let answer = scene.last("an answer")?;
        match (self.answer, &answer.content) {
            (Kind::File, Content::File { .. }) if answer.status == 200 => Ok(()),
            (Kind::Page, Content::Page(_)) if answer.status < 500 => Ok(()),
            (Kind::Page, _) => Err(Trouble::halt("a page", answer.summary())),
            (Kind::File, Content::Page(page)) => {
                Err(Trouble::halt("a file", format!("{} {}", answer.status, told(page))))
            }
            (Kind::File, _) => Err(Trouble::halt("a file", answer.summary())),
        }
    }
}

step! {
    /// What came back has this HTTP status.
    struct Status { status: u16 } "get the HTTP status {status}"
}

impl Check<Scene> for Status {
    async fn check(&self, scene: &Scene) -> Done {
        match scene.last("an answer")? {
            answer if answer.status == self.status => Ok(()),
            answer => Err(Trouble::check(format!("the HTTP status {}", self.status), answer.summary())),
        }
    }
}
