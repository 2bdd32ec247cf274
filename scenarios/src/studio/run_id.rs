//! What a kept run is called: when it was, such as `20261124-101500`.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The name of a run's folder; its letters lead nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub(super) struct RunId(String);

impl RunId {
    /// The run that ended then, in Japan's time; of several in one second, which one.
    pub(super) fn of(at: Timestamp, number: usize) -> Self {
        let at = jiff::tz::offset(9).to_datetime(at).strftime("%Y%m%d-%H%M%S").to_string();
        Self(if number == 0 { at } else { format!("{at}-{number}") })
    }
}

impl FromStr for RunId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (1..=24).contains(&text.len())
            && text.starts_with(|letter: char| letter.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err("no run is called so") }
    }
}

impl TryFrom<String> for RunId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl AsRef<str> for RunId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RunId;

    #[test]
    fn a_name_leads_to_no_other_folder() {
        assert!("20261124-101500-2".parse::<RunId>().is_ok());
        for text in ["", ".", "..", "-1", "2026/..", "2026\\", "２０２６", "20261124-101500.json"] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}
