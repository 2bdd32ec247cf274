//! Logging in at a site that the certificate is for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bilingual::Bilingual;
use crate::error::Error;
use crate::eyes::{Answer, Content, NoAnswer};
use crate::play::{Do, Done, Reader, Scene as _, Trouble, step, steps};
use crate::portal::scene::Scene;
use crate::portal::wording::{Expected, Line};

pub(super) const STEPS: &[Reader<Scene>] = steps![act LogIn];

step! {
    /// Visit the site that the certificate is for, with the certificate that was chosen last.
    pub(in crate::portal) struct LogIn {
        /// What comes of it
        log_in: Verdict,
    }
    "log in where the certificate is for: {}", log_in.words().en; "証明書を使うサイトにログインする: {}ことを確かめる", log_in.words().ja
}

/// What a site makes of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::portal) enum Verdict {
    /// It lets its holder in.
    Accepted,
    /// It doesn't: on a page, or in the handshake.
    Refused,
}

impl Verdict {
    fn words(self) -> Bilingual {
        match self {
            Self::Accepted => Bilingual::of("認められる", "accepted"),
            Self::Refused => Bilingual::of("断られる", "refused"),
        }
    }

    /// What a page of a site that nobody knows means: its words are its own.
    fn of(answer: &Answer) -> Option<Self> {
        match (&answer.content, answer.status) {
            (Content::Page(_), 200..=299) => Some(Self::Accepted),
            (Content::Page(_), 400..=499) => Some(Self::Refused),
            _ => None,
        }
    }
}

impl Do<Scene> for LogIn {
    async fn run(&self, scene: &mut Scene) -> Done {
        let url = scene.stage.relying_party.clone();
        let url = url.ok_or_else(|| Error::Scenario("this step needs a relying party".to_owned()))?;
        let expected = Expected::Login { verdict: self.log_in.words() };
        let (verdict, seen) = match scene.browser.open(url).await {
            // A site may shut the door in the handshake.
            Err(NoAnswer::Broken(reason)) => {
                scene.note(Line::Came { what: reason.clone() });
                (Some(Verdict::Refused), reason)
            }
            answer => {
                scene.came(answer)?;
                let answer = scene.last(Expected::Page)?;
                (Verdict::of(answer), answer.summary())
            }
        };
        if verdict == Some(self.log_in) { Ok(()) } else { Err(Trouble::check(expected, seen)) }
    }
}
