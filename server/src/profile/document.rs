//! The profile for people: TOML with a comment per key, or JSON with all that is known of each.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Evidence, KEYS, Profile};

/// One key with its value in force and what is known about it.
#[derive(Debug, Serialize)]
pub struct Described {
    /// `section.key`
    pub key: &'static str,
    /// In force.
    pub value: serde_json::Value,
    /// Where nothing is configured.
    pub default: serde_json::Value,
    /// Where the default comes from.
    pub evidence: Evidence,
    /// Other values that the real site might have.
    pub rivals: Vec<serde_json::Value>,
    /// What it decides.
    pub comment: &'static str,
    /// The same in Japanese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja: Option<&'static str>,
}

/// What keys decide in Japanese.
#[derive(Deserialize)]
struct Words {
    decides: HashMap<String, String>,
}

static DECIDES: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| toml::from_str::<Words>(IN_JAPANESE).expect("a test reads it").decides);

/// Every key of a profile, in the order of the file.
pub fn describe(profile: &Profile) -> Vec<Described> {
    let (values, defaults) = (table(profile), table(&Profile::default()));
    KEYS.iter()
        .map(|key| Described {
            key: key.path,
            value: json(at(&values, key.path)),
            default: json(at(&defaults, key.path)),
            evidence: key.evidence,
            rivals: key.rivals.iter().map(|rival| json(&value(rival))).collect(),
            comment: key.comment.trim(),
            ja: DECIDES.get(key.path).map(String::as_str),
        })
        .collect()
}

/// What each key decides in Japanese, and what sections are called: TOML with the tables `decides` and `sections`.
pub const IN_JAPANESE: &str = include_str!("keys.toml");

/// The whole profile as TOML that reads back as the same, with a comment above each key.
pub fn to_toml(profile: &Profile) -> String {
    let values = table(profile);
    let mut text = String::from(
        "# What nobody outside can know about the real site. Each key: what it decides, the evidence for its\n\
         # default (manual, public, inferred, chosen), and the rival readings. Leave out what you don't change.\n",
    );
    let mut section = "";
    for key in KEYS {
        let (of, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if of != section {
            let _ = write!(text, "\n[{of}]\n");
            section = of;
        }
        for line in wrap(key.comment.trim(), 110) {
            let _ = writeln!(text, "# {line}");
        }
        let evidence = json(&toml::Value::try_from(key.evidence).unwrap_or(toml::Value::Boolean(false)));
        let rivals = if key.rivals.is_empty() { "none".to_owned() } else { key.rivals.join(" | ") };
        let _ = writeln!(text, "# evidence: {}; rivals: {rivals}", evidence.as_str().unwrap_or_default());
        let _ = writeln!(text, "{name} = {}", at(&values, key.path));
    }
    text
}

fn table(profile: &Profile) -> toml::Value {
    toml::Value::try_from(profile).expect("every value of a profile has a form in TOML")
}

fn at<'a>(values: &'a toml::Value, path: &str) -> &'a toml::Value {
    path.split('.').fold(values, |value, part| &value[part])
}

fn value(toml: &str) -> toml::Value {
    let table: toml::Table = toml::from_str(&format!("v = {toml}")).expect("rival readings are TOML");
    table["v"].clone()
}

fn json(value: &toml::Value) -> serde_json::Value {
    serde_json::to_value(value).expect("TOML values have a form in JSON")
}

/// Breaks at blanks so that no line is longer than `width` characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
