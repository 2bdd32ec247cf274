//! The mails that went out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::asked::asked;
use crate::bilingual::Verbatim;
use crate::difference::Differences;
use crate::play::{Check, Done, Need, Reader, Trouble, step, steps};
use crate::portal::scene::Scene;
use crate::portal::wording::{Expected, Seen};

pub(super) const STEPS: &[Reader<Scene>] = steps![look LastMail, Mails];

step! {
    /// The last mail in the outbox is like this.
    struct LastMail { mail: MailExpectation } "read the last mail{}", asked(mail); "最後のメールを読む{}", asked(mail)
}

/// What a mail must be.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct MailExpectation {
    /// Whom it goes to.
    to: Option<String>,
    /// What stands in subject or text.
    says: Option<String>,
    /// What stands in neither.
    says_not: Option<String>,
}

impl Check<Scene> for LastMail {
    fn needs_control(&self) -> Option<Need> {
        Some(Need::Mail)
    }

    async fn check(&self, scene: &Scene) -> Done {
        let expected = &self.mail;
        let mails = scene.steered()?.mails().await?;
        let mail = mails.last().ok_or_else(|| Trouble::check(Expected::Mail, Seen::NoMail))?;
        let text = |key: &str| mail.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut differences = Differences::default();
        if let Some(to) = &expected.to
            && text("to") != to
        {
            differences.add(Expected::MailTo { to: to.clone() }, Verbatim(text("to").to_owned()));
        }
        let whole = format!("{}\n{}", text("subject"), text("text"));
        for (part, wanted) in [(&expected.says, true), (&expected.says_not, false)] {
            if let Some(part) = part
                && whole.contains(part.as_str()) != wanted
            {
                let part = part.clone();
                let expected = if wanted { Expected::InMail { part } } else { Expected::NotInMail { part } };
                differences.add(expected, Verbatim(whole.clone()));
            }
        }
        differences.done()
    }
}

step! {
    /// So many mails went out.
    struct Mails { mails: usize } "count {mails} mails"; "メールが {mails} 通であることを確かめる"
}

impl Check<Scene> for Mails {
    fn needs_control(&self) -> Option<Need> {
        Some(Need::Mail)
    }

    async fn check(&self, scene: &Scene) -> Done {
        match scene.steered()?.mails().await?.len() {
            there if there == self.mails => Ok(()),
            there => Err(Trouble::check(Expected::Mails { count: self.mails }, Seen::Count { count: there })),
        }
    }
}
