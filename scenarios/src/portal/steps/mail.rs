//! The mails that went out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::asked::asked;
use crate::difference::Differences;
use crate::play::{Check, Done, Reader, Trouble, step, steps};
use crate::portal::scene::Scene;

pub(super) const STEPS: &[Reader<Scene>] = steps![look LastMail, Mails];

const READS_THE_MAIL: &str = "it reads the mail";

step! {
    /// The last mail in the outbox is like this.
    struct LastMail { mail: MailExpectation } "read the last mail{}", asked(mail)
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
    fn needs_control(&self) -> Option<&'static str> {
        Some(READS_THE_MAIL)
    }

    async fn check(&self, scene: &Scene) -> Done {
        let expected = &self.mail;
        let mails = scene.steered()?.mails().await?;
        let mail = mails.last().ok_or_else(|| Trouble::check("a mail", "none went out"))?;
        let text = |key: &str| mail.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut differences = Differences::default();
        if let Some(to) = &expected.to
            && text("to") != to
        {
            differences.add(format!("a mail to {to}"), text("to"));
        }
        let whole = format!("{}\n{}", text("subject"), text("text"));
        for (part, wanted) in [(&expected.says, true), (&expected.says_not, false)] {
            if let Some(part) = part
                && whole.contains(part.as_str()) != wanted
            {
                let no = if wanted { "" } else { "no " };
                differences.add(format!("{no}{part:?} in the mail"), whole.clone());
            }
        }
        differences.done()
    }
}

step! {
    /// So many mails went out.
    struct Mails { mails: usize } "count {mails} mails"
}

impl Check<Scene> for Mails {
    fn needs_control(&self) -> Option<&'static str> {
        Some(READS_THE_MAIL)
    }

    async fn check(&self, scene: &Scene) -> Done {
        match scene.steered()?.mails().await?.len() {
            there if there == self.mails => Ok(()),
            there => Err(Trouble::check(format!("{} mails", self.mails), there.to_string())),
        }
    }
}
