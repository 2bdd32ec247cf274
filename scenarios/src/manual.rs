//! The manual itself, statement by statement: which requirements say it, or why it lies outside.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::bilingual::Bilingual;
use crate::mistake::Mistake;
use crate::requirement::{Confidence, Requirements};

/// Of which edition the statements are.
pub const EDITION: &str = "1.6.0";

/// All statements of the manual, in its order.
#[derive(Clone, Debug, Default)]
pub struct Manual {
    /// Its sections.
    pub sections: Vec<Section>,
    /// Why statements lie outside.
    pub reasons: Vec<Reason>,
    /// What it says.
    pub statements: Vec<Statement>,
}

/// A section of the manual.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Such as `1.1`; `intro` for what stands before chapter 0.
    pub number: String,
    /// Its heading.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// Why statements lie outside of what a site or client can show, and what takes their place here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// By which statements name it.
    pub id: String,
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
    /// What takes their place.
    pub instead: Bilingual,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Section and number, such as `1.1-07`.
    pub id: String,
    /// Where it stands.
    pub section: String,
    /// What it is.
    pub kind: Kind,
    /// Quoted words as they stand; otherwise our own.
    pub ja: String,
    /// In English.
    pub en: String,
    /// Those that say it.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// The reason why it lies outside, if it does.
    pub outside: Option<String>,
}

/// What a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Words on a page of the site, quoted.
    Screen,
    /// Words on the notice, quoted.
    Notice,
    /// What a person does.
    Step,
    /// What holds.
    Rule,
    /// What tells nothing of site or client.
    Remark,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    section: Vec<Section>,
    outside: Vec<Reason>,
    statement: Vec<Spanned<Statement>>,
}

impl Manual {
    /// Reads `manual.toml`.
    ///
    /// # Errors
    /// [`Mistake`] with its place: among others a statement that names neither requirements nor a reason, or both, and a
    /// requirement whose evidence is not the manual.
    pub fn parse(file: &str, text: &str, requirements: &Requirements) -> Result<Self, Mistake> {
        let File { section, outside, statement } =
            toml::from_str(text).map_err(|error| Mistake::of_toml(file, text, &error))?;
        let mut manual = Self { sections: section, reasons: outside, statements: Vec::new() };
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        for spanned in statement {
            let offset = spanned.span().start;
            let statement = spanned.into_inner();
            let number = numbers.entry(statement.section.clone()).or_default();
            *number += 1;
            manual
                .check(&statement, *number, requirements)
                .map_err(|message| Mistake::at(file, text, offset, message))?;
            manual.statements.push(statement);
        }
        Ok(manual)
    }

    /// What is wrong with a statement, the n-th of its section.
    fn check(&self, statement: &Statement, number: usize, requirements: &Requirements) -> Result<(), String> {
        let Statement { id, section, ja, en, .. } = statement;
        if self.section(section).is_none() {
            return Err(format!("{section:?} is no section of the manual"));
        }
        let usual = format!("{section}-{number:02}");
        if *id != usual {
            return Err(format!("{id:?} stands where {usual} should"));
        }
        if ja.trim().is_empty() || en.trim().is_empty() {
            return Err(format!("{id} says nothing"));
        }
        match (&statement.outside, statement.requirements.as_slice()) {
            (None, []) => return Err(format!("{id} names neither requirements nor why it lies outside")),
            (Some(_), [_, ..]) => return Err(format!("{id} names requirements and lies outside")),
            (Some(reason), []) if self.reason(reason).is_none() => {
                return Err(format!("there is no reason {reason:?}"));
            }
            _ => {}
        }
        for id in &statement.requirements {
            match requirements.find(id) {
                None => return Err(format!("there is no requirement {id}")),
                Some(requirement) if requirement.confidence != Confidence::Manual => {
                    return Err(format!("{id} names another source than the manual"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The section of this number.
    pub fn section(&self, number: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.number == number)
    }

    /// The reason of this ID.
    pub fn reason(&self, id: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIREMENTS: &str = "
        [[requirement]]
        id = 'RCD-001'
        section = '1.1'
        confidence = 'manual'
        binds = 'site'
        ja = 'x'
        en = 'x'
        [[requirement]]
        id = 'RCD-002'
        section = '1.1'
        confidence = 'chosen'
        binds = 'site'
        ja = 'x'
        en = 'x'
    ";

    fn told(statement: &str) -> Result<Manual, String> {
        let requirements = Requirements::parse("requirements.toml", REQUIREMENTS).unwrap();
        let text = format!(
            "section = [{{ number = '1.1', ja = 'x', en = 'x' }}]\n\
             outside = [{{ id = 'edge', ja = 'x', en = 'x', instead = {{ ja = 'x', en = 'x' }} }}]\n\
             [[statement]]\nkind = 'step'\nja = 'x'\nen = 'x'\n{statement}\n"
        );
        Manual::parse("manual.toml", &text, &requirements).map_err(|mistake| mistake.to_string())
    }

    #[test]
    fn a_statement_names_what_says_it_or_why_it_lies_outside() {
        assert!(told("id = '1.1-01'\nsection = '1.1'\nrequirements = ['RCD-001']").is_ok());
        assert!(told("id = '1.1-01'\nsection = '1.1'\noutside = 'edge'").is_ok());
        for (statement, message) in [
            ("id = '1.1-01'\nsection = '1.1'", "1.1-01 names neither requirements nor why it lies outside"),
            (
                "id = '1.1-01'\nsection = '1.1'\noutside = 'edge'\nrequirements = ['RCD-001']",
                "1.1-01 names requirements and lies outside",
            ),
            ("id = '1.1-01'\nsection = '1.1'\noutside = 'later'", "there is no reason \"later\""),
            ("id = '1.1-01'\nsection = '1.1'\nrequirements = ['RCD-999']", "there is no requirement RCD-999"),
            (
                "id = '1.1-01'\nsection = '1.1'\nrequirements = ['RCD-002']",
                "RCD-002 names another source than the manual",
            ),
            ("id = '1.1-02'\nsection = '1.1'\noutside = 'edge'", "\"1.1-02\" stands where 1.1-01 should"),
            ("id = '9-01'\nsection = '9'\noutside = 'edge'", "\"9\" is no section of the manual"),
        ] {
            assert_eq!(told(statement).unwrap_err(), format!("manual.toml:3:1: {message}"));
        }
    }
}
