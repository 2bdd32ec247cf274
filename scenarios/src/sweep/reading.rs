//! Readings: the ways in which the profile can be read that differ from the usual one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use obn_ca::profile::{Evidence, KEYS, Key, Profile};
use serde::{Deserialize, Serialize};

use crate::bilingual::Bilingual;
use crate::error::Error;

/// One way to read the profile that differs from the usual one: other guesses about the real site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// Such as `session.ttl = "5m"`; of a combination, what kind of site it is.
    pub name: Bilingual,
    /// The section of the profile, or `combinations`.
    pub section: String,
    /// The keys that differ.
    pub changes: Vec<Change>,
    /// The same as a profile.
    #[serde(skip)]
    pub profile: toml::Table,
}

/// A key that differs from the usual reading.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// `section.key`
    pub key: &'static str,
    /// What it decides.
    pub decides: Bilingual,
    /// Where the default comes from.
    pub evidence: Evidence,
    /// The usual guess, as TOML.
    pub default: String,
    /// The one of this reading, as TOML.
    pub value: String,
}

/// What keys decide in Japanese, and what sections are called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    sections: BTreeMap<String, Bilingual>,
    decides: BTreeMap<String, String>,
}

/// Every rival reading of the profile by itself.
///
/// # Errors
/// If the simulator would not serve one.
pub fn readings() -> Result<Vec<Reading>, Error> {
    let mut readings = Vec::new();
    for key in KEYS {
        for rival in key.rivals {
            let name = format!("{} = {rival}", key.path);
            // A site that never asks for a certificate on the main listener has another one for renewals: otherwise
            // nobody could renew.
            let with = match name.as_str() {
                "tls.request_client_certificate = false" => "\nclient_auth.mode = 'split'",
                _ => "",
            };
            let section = key.path.split('.').next().unwrap_or_default();
            let text = format!("{name}{with}");
            readings.push(reading(Bilingual::same(&name), section, &text)?);
        }
    }
    Ok(readings)
}

/// A few readings that go together, as sites of a kind would.
///
/// # Errors
/// If the simulator would not serve one.
pub fn chosen_combinations() -> Result<Vec<Reading>, Error> {
    let combinations = [
        (
            Bilingual::of("Java Server Faces で作られたサイト", "a site of Java Server Faces"),
            "wire.cookie = 'JSESSIONID'\nwire.token = '_csrf'\nwire.request_id = 'form.rid'\nwire.reference_id = 'form.ref'\n\
             html.layout = 'stacked'\nhtml.extra_hidden = ['javax.faces.ViewState', 'pageId']\nhttp.server = 'Apache'",
        ),
        (
            Bilingual::of("厳しいサイト", "a strict site"),
            "http.refusal_status = 400\nhttp.session_status = 403\ndownload.redownload = 'once'\nlockout.attempts = 3\n\
             session.ttl = '5m'\ninput.normalise = 'none'\nclient_auth.missing_status = 401",
        ),
        (
            Bilingual::of("新しい暗号を使うサイト", "a site of today's cryptography"),
            "pfx.profile = 'aes256-sha256'\npfx.iterations = 10000\ncertificate.key_bits = 4096\ntls.versions = ['1.3']\n\
             tls.hsts_seconds = 31536000",
        ),
        (
            Bilingual::of("古い暗号を使うサイト", "a site of yesterday's cryptography"),
            "pfx.profile = 'legacy-rc2'\npfx.iterations = 1\ntls.key = 'rsa-2048'\ntls.versions = ['1.2']\ntls.alpn = []",
        ),
        (
            Bilingual::of(
                "更新申請を別の待ち受けで行い、利用者が進めるサイト",
                "a listener of its own for renewals, where the user moves on",
            ),
            "client_auth.mode = 'split'\nissue.moves_on = false\nissue.refresh = '0s'\nrenewal.list_scope = 'same_common_name'",
        ),
    ];
    combinations.into_iter().map(|(name, profile)| reading(name, COMBINATIONS, profile)).collect()
}

/// What a section of readings is called in reports; itself, if it has no name.
pub fn section_name(section: &str) -> Bilingual {
    NAMES.sections.get(section).cloned().unwrap_or_else(|| Bilingual::same(section))
}

/// What a key decides.
pub(crate) fn decides(key: &Key) -> Bilingual {
    let ja = NAMES.decides.get(key.path).map_or(key.comment.trim(), String::as_str);
    Bilingual::of(ja, key.comment.trim())
}

const COMBINATIONS: &str = "combinations";

fn reading(name: Bilingual, section: &str, text: &str) -> Result<Reading, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::broken(&name.en, error);
    let profile: toml::Table = toml::from_str(text).map_err(|error| wrong(&error))?;
    let json = serde_json::to_value(&profile).map_err(|error| wrong(&error))?;
    Profile::from_json(json).map_err(|error| wrong(&error))?;
    let usual = toml::Table::try_from(Profile::default()).map_err(|error| wrong(&error))?;
    let at = |table: &toml::Table, path: &str| {
        let (section, key) = path.split_once('.')?;
        table.get(section)?.get(key).map(ToString::to_string)
    };
    let changes = KEYS.iter().filter_map(|key| {
        Some(Change {
            key: key.path,
            decides: decides(key),
            evidence: key.evidence,
            default: at(&usual, key.path).unwrap_or_default(),
            value: at(&profile, key.path)?,
        })
    });
    let changes = changes.collect();
    Ok(Reading { name, section: section.to_owned(), changes, profile })
}

/// What they are called, read once.
static NAMES: LazyLock<Names> =
    LazyLock::new(|| toml::from_str(obn_ca::profile::IN_JAPANESE).expect("the tests read it"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_with_rivals_is_named_in_both_languages_and_no_other() {
        let names = &*NAMES;
        let with_rivals: Vec<_> = KEYS.iter().filter(|key| !key.rivals.is_empty()).collect();
        let mut sections: Vec<_> = with_rivals.iter().filter_map(|key| key.path.split('.').next()).collect();
        sections.push(COMBINATIONS);
        sections.sort_unstable();
        sections.dedup();
        assert_eq!(names.sections.keys().collect::<Vec<_>>(), sections);
    }
}
