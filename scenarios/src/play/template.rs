//! Texts with blanks to fill: `{clinic.request_id}`, `{case.password}`, and what a user might do to
//! such a text: `{clinic.reference_id | other case}`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::head::Case;
use crate::error::Error;

/// What the blanks of a play stand for.
#[derive(Debug)]
pub(crate) struct Known {
    /// What notices say, and what was written down as if it were on one, by name.
    notices: BTreeMap<String, Value>,
    /// `{case.KEY}`; these texts may have blanks of their own, such as `{clinic.request_id | full width}`.
    case: BTreeMap<String, String>,
}

impl Known {
    /// The values of a case, and nothing else yet.
    pub(crate) fn of_case(case: &Case) -> Self {
        Self { notices: BTreeMap::new(), case: case.values.clone() }
    }

    /// A notice, or what goes for one: an object.
    pub(crate) fn learn(&mut self, name: &str, notice: Value) {
        self.notices.insert(name.to_owned(), notice);
    }

    /// # Errors
    /// [`Error::Scenario`] if there is none of this name.
    pub(crate) fn notice(&self, name: &str) -> Result<&Value, Error> {
        let notice = self.notices.get(name);
        notice.ok_or_else(|| Error::Scenario(format!("no notice {name:?} was issued")))
    }

    /// What a notice says under this key.
    ///
    /// # Errors
    /// [`Error::Scenario`] if nobody knows.
    pub(crate) fn of_notice(&self, name: &str, key: &str) -> Result<&str, Error> {
        let value = self.notices.get(name).and_then(|notice| notice.get(key)).and_then(Value::as_str);
        value.ok_or_else(|| Error::Scenario(format!("nothing is known of {name}.{key}")))
    }

    /// A text with its blanks filled in.
    ///
    /// # Errors
    /// [`Error::Scenario`]: an unknown name, an unknown change, a brace that doesn't close.
    pub(crate) fn fill(&self, text: &str) -> Result<String, Error> {
        let of_notice = |name: &str, key: &str| self.of_notice(name, key).ok().map(str::to_owned);
        let of_case = |key: &str| fill(self.case.get(key)?, of_notice).ok();
        fill(text, |name, key| if name == "case" { of_case(key) } else { of_notice(name, key) })
    }

    /// A step, or a part of one, with the blanks of all its texts filled in.
    ///
    /// # Errors
    /// As [`fill`](Self::fill); and if what is filled in doesn't fit.
    pub(crate) fn filled<T: Serialize + DeserializeOwned>(&self, part: &T) -> Result<T, Error> {
        let wrong = |error: serde_json::Error| Error::Scenario(error.to_string());
        let mut value = serde_json::to_value(part).map_err(wrong)?;
        self.fill_all(&mut value)?;
        serde_json::from_value(value).map_err(wrong)
    }

    fn fill_all(&self, value: &mut Value) -> Result<(), Error> {
        match value {
            Value::String(text) => *text = self.fill(text)?,
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.fill_all(value))?,
            Value::Object(values) => values.values_mut().try_for_each(|value| self.fill_all(value))?,
            _ => {}
        }
        Ok(())
    }
}

/// Fills the blanks of a text.
///
/// # Errors
/// [`Error::Scenario`]: an unknown name, an unknown change, a brace that doesn't close.
fn fill(text: &str, value: impl Fn(&str, &str) -> Option<String>) -> Result<String, Error> {
    let wrong = Error::Scenario;
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (inside, after) =
            after.split_once('}').ok_or_else(|| wrong(format!("{text:?} has a {{ without }}")))?;
        let mut parts = inside.split('|').map(str::trim);
        let path = parts.next().unwrap_or_default();
        let (name, key) =
            path.split_once('.').ok_or_else(|| wrong(format!("{{{inside}}} names no NAME.KEY")))?;
        let known = value(name, key).ok_or_else(|| wrong(format!("nothing is known of {{{path}}}")))?;
        filled.push_str(&parts.try_fold(known, |text, change| changed(&text, change))?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// What a user may do to a text while typing it.
fn changed(text: &str, change: &str) -> Result<String, Error> {
    let last = |replace: fn(char) -> char| {
        let mut letters: Vec<char> = text.chars().collect();
        if let Some(letter) = letters.last_mut() {
            *letter = replace(*letter);
        }
        letters.into_iter().collect()
    };
    Ok(match change {
        "other case" => text
            .chars()
            .map(|letter| match letter.is_ascii_uppercase() {
                true => letter.to_ascii_lowercase(),
                false => letter.to_ascii_uppercase(),
            })
            .collect(),
        "full width" => text
            .chars()
            .map(|letter| match letter {
                '!'..='~' => char::from_u32(u32::from(letter) + 0xfee0).unwrap_or(letter),
                other => other,
            })
            .collect(),
        "last one wrong" => last(|letter| match letter {
            '0'..='8' => char::from(letter as u8 + 1),
            '9' => '0',
            'a'..='y' | 'A'..='Y' => char::from(letter as u8 + 1),
            'z' => 'a',
            _ => 'A',
        }),
        "without the last" => text.chars().take(text.chars().count().saturating_sub(1)).collect(),
        "with slashes" => text.replace('-', "/"),
        "blanks around" => format!(" {text} "),
        other => return Err(Error::Scenario(format!("nobody knows how to change a text to {other:?}"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, Error> {
        fill(text, |name, key| (name == "clinic" && key == "reference_id").then(|| "aB9".to_owned()))
    }

    #[test]
    fn blanks_are_filled_and_changed() {
        assert_eq!(filled("ID {clinic.reference_id}.").unwrap(), "ID aB9.");
        assert_eq!(filled("{clinic.reference_id | other case}").unwrap(), "Ab9");
        assert_eq!(filled("{clinic.reference_id | last one wrong}").unwrap(), "aB0");
        assert_eq!(filled("{clinic.reference_id|full width}").unwrap(), "ａＢ９");
        assert_eq!(filled("{clinic.reference_id | without the last}").unwrap(), "aB");
        assert_eq!(changed("2026-11-24", "with slashes").unwrap(), "2026/11/24");
    }

    #[test]
    fn mistakes_are_told() {
        for text in ["{clinic", "{clinic.pin}", "{clinic}", "{clinic.reference_id | upside down}"] {
            assert!(filled(text).is_err(), "{text}");
        }
    }
}
