//! Filling in the blanks of a step: what notices say, what was written down, the values of a case.

use super::Player;
use crate::play::template;
use crate::portal::{Action, FieldCheck};

impl Player<'_> {
    /// The action with its blanks filled in.
    pub(super) fn filled(&self, action: &Action) -> Result<Action, String> {
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
            Action::Row { label, reads } => {
                Action::Row { label: label.clone(), reads: reads.as_ref().map(fill).transpose()? }
            }
            Action::Rows(rows) => {
                let filled = rows.iter().map(|[label, text]| Ok([label.clone(), fill(text)?]));
                Action::Rows(filled.collect::<Result<_, String>>()?)
            }
            Action::ChooseForeign(name) => Action::ChooseForeign(fill(name)?),
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
            Action::Mail(mail) => {
                let mut mail = mail.clone();
                for text in [&mut mail.to, &mut mail.says, &mut mail.says_not] {
                    *text = text.as_ref().map(fill).transpose()?;
                }
                Action::Mail(mail)
            }
            Action::List(list) => {
                let mut list = list.clone();
                list.revoked_at = list.revoked_at.as_ref().map(fill).transpose()?;
                Action::List(list)
            }
            other => other.clone(),
        })
    }
}
