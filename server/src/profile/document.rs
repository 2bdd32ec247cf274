//! The profile for people: TOML with a comment per key, or JSON with all that is known of each.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use obn_speech::{Language, wrapped};
use serde::{Deserialize, Serialize};

use super::{Evidence, KEYS, Profile};

/// Columns of a comment.
const COMMENT: usize = 110;

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
    to_toml_in(profile, Language::English)
}

/// The same with comments in this language.
pub fn to_toml_in(profile: &Profile, language: Language) -> String {
    let values = table(profile);
    let mut text = language
        .pick(
            "# 実際のサイトについて外部からは分からないこと。キーごとに、決めること、既定値の根拠 (manual マニュアル、public 公開情報、\n\
             # inferred 推定、chosen 独自の選択)、別の想定を示します。変更しないキーは省略できます。\n",
            "# What nobody outside can know about the real site. Each key: what it decides, the evidence for its\n\
             # default (manual, public, inferred, chosen), and the rival readings. Leave out what you don't change.\n",
        )
        .to_owned();
    let mut section = "";
    for key in KEYS {
        let (of, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if of != section {
            let _ = write!(text, "\n[{of}]\n");
            section = of;
        }
        let comment = match language {
            Language::Japanese => DECIDES.get(key.path).map(String::as_str),
            Language::English => None,
        };
        for line in wrapped("", "", comment.unwrap_or(key.comment.trim()), COMMENT) {
            let _ = writeln!(text, "# {line}");
        }
        let evidence = json(&toml::Value::try_from(key.evidence).unwrap_or(toml::Value::Boolean(false)));
        let rivals = match key.rivals {
            [] => language.pick("なし", "none").to_owned(),
            rivals => rivals.join(" | "),
        };
        let evidence = evidence.as_str().unwrap_or_default();
        let _ = writeln!(
            text,
            "# {}",
            language.pick(
                format!("根拠: {evidence}、別の想定: {rivals}"),
                format!("evidence: {evidence}; rivals: {rivals}")
            )
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_says_in_japanese_what_it_decides_and_no_other_does() {
        let japanese: toml::Table = toml::from_str(IN_JAPANESE).unwrap();
        let mut told: Vec<_> = japanese["decides"].as_table().unwrap().keys().cloned().collect();
        let mut keys: Vec<_> = KEYS.iter().map(|key| key.path.to_owned()).collect();
        told.sort_unstable();
        keys.sort_unstable();
        assert_eq!(told, keys);
        let text = to_toml_in(&Profile::default(), Language::Japanese);
        assert!(text.contains("# 日付の境目となる時間帯。") && text.contains("別の想定: \"UTC\""), "{text}");
        assert_eq!(Profile::from_toml(&text).unwrap(), Profile::default());
    }
}
