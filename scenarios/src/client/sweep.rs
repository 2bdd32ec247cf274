//! The sweep: a client's scenarios played again under each rival reading of the profile, so that a vendor
//! learns which guesses about the real site a program silently depends on.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use obn_ca::profile::{KEYS, Profile};

use super::runner::{Subject, run_client};
use super::scenario::ClientScenario;
use crate::outcome::{Counts, Outcome, Played};

/// One way to read the profile that differs from the usual one.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Such as `session.ttl = "5m"`; of a combination, a name.
    pub name: String,
    /// What it decides.
    pub comment: String,
    /// The keys that differ.
    pub profile: toml::Table,
}

/// How a client fared under one reading.
#[derive(Clone, Debug)]
pub struct SweepRow {
    /// The reading.
    pub reading: Reading,
    /// What was played.
    pub plays: Vec<Played>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Scenarios that fail under the usual reading already: they say nothing about another.
    pub broken_anyway: Vec<String>,
    /// Reading by reading.
    pub rows: Vec<SweepRow>,
}

/// Every rival reading of the profile by itself.
///
/// # Errors
/// If the simulator would not serve one.
pub fn readings() -> Result<Vec<Reading>, String> {
    let mut readings = Vec::new();
    for key in KEYS {
        for rival in key.rivals {
            let name = format!("{} = {rival}", key.path);
            // Who never asks for a certificate on the main listener has another one for renewals: otherwise
            // nobody could renew.
            let with = match name.as_str() {
                "tls.request_client_certificate = false" => "\nclient_auth.mode = 'split'",
                _ => "",
            };
            let text = format!("{name}{with}");
            readings.push(reading(name, key.comment.trim(), &text)?);
        }
    }
    Ok(readings)
}

/// A few readings that go together, as sites of a kind would.
///
/// # Errors
/// If the simulator would not serve one.
pub fn chosen_combinations() -> Result<Vec<Reading>, String> {
    let combinations = [
        (
            "a site of Java Server Faces",
            "wire.cookie = 'JSESSIONID'\nwire.token = '_csrf'\nwire.request_id = 'form.rid'\nwire.reference_id = 'form.ref'\n\
             html.layout = 'stacked'\nhtml.extra_hidden = ['javax.faces.ViewState', 'pageId']\nhttp.server = 'Apache'",
        ),
        (
            "a strict site",
            "http.refusal_status = 400\nhttp.session_status = 403\ndownload.redownload = 'once'\nlockout.attempts = 3\n\
             session.ttl = '5m'\ninput.normalise = 'none'\nclient_auth.missing_status = 401",
        ),
        (
            "a site of today's cryptography",
            "pfx.profile = 'aes256-sha256'\npfx.iterations = 10000\ncertificate.key_bits = 4096\ntls.versions = ['1.3']\n\
             tls.hsts_seconds = 31536000",
        ),
        (
            "a site of yesterday's cryptography",
            "pfx.profile = 'legacy-rc2'\npfx.iterations = 1\ntls.key = 'rsa-2048'\ntls.versions = ['1.2']\ntls.alpn = []",
        ),
        (
            "a listener of its own for renewals, which moves on by itself",
            "client_auth.mode = 'split'\nissue.moves_on = true\nissue.refresh = '5s'\nrenewal.list_scope = 'same_common_name'",
        ),
    ];
    combinations
        .into_iter()
        .map(|(name, profile)| reading(name.to_owned(), &profile.replace('\n', ", "), profile))
        .collect()
}

fn reading(name: String, comment: &str, text: &str) -> Result<Reading, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let profile: toml::Table = toml::from_str(text).map_err(|error| wrong(&error))?;
    let json = serde_json::to_value(&profile).map_err(|error| wrong(&error))?;
    Profile::from_json(json).map_err(|error| wrong(&error))?;
    Ok(Reading { name, comment: comment.to_owned(), profile })
}

/// Plays scenarios under each reading. What fails anyway is not played again.
pub async fn sweep(
    scenarios: &[ClientScenario],
    readings: &[Reading],
    subject: &Subject,
    jobs: usize,
    done: impl Fn(&SweepRow),
) -> Sweep {
    let mut scenarios: Vec<_> = scenarios.iter().filter(|scenario| scenario.sweep).cloned().collect();
    // What the cases of a table differ in is the scenario's affair, not the profile's.
    scenarios.iter_mut().for_each(|scenario| scenario.head.cases.truncate(1));
    let usual = run_client(&scenarios, subject, jobs, |_| {}).await;
    let passes = |scenario: &&ClientScenario| {
        !usual.iter().any(|played| {
            played.scenario == scenario.head.id && !matches!(played.outcome, Outcome::Passed { .. })
        })
    };
    let sound: Vec<_> = scenarios.iter().filter(passes).cloned().collect();
    let broken_anyway = scenarios.iter().map(|scenario| scenario.head.id.clone());
    let broken_anyway =
        broken_anyway.filter(|id| !sound.iter().any(|scenario| scenario.head.id == *id)).collect();
    let mut rows = Vec::new();
    for reading in readings {
        let free: Vec<_> =
            sound.iter().filter(|scenario| !stands_on(scenario, &reading.profile)).cloned().collect();
        let subject = Subject { reading: reading.profile.clone(), ..subject.clone() };
        let plays = run_client(&free, &subject, jobs, |_| {}).await;
        let row = SweepRow { reading: reading.clone(), plays };
        done(&row);
        rows.push(row);
    }
    Sweep { broken_anyway, rows }
}

/// Whether the scenario decides all that the reading would.
fn stands_on(scenario: &ClientScenario, reading: &toml::Table) -> bool {
    reading.iter().all(|(section, keys)| {
        let own = scenario.given.profile.get(section).and_then(toml::Value::as_table);
        let keys = keys.as_table();
        own.zip(keys).is_some_and(|(own, keys)| keys.keys().all(|key| own.contains_key(key)))
    })
}

impl SweepRow {
    /// How it went.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.plays)
    }

    /// Whether the client survives it.
    pub fn is_survived(&self) -> bool {
        let Counts { failed, harness_errors, .. } = self.counts();
        failed + harness_errors == 0
    }

    /// Why not: what was expected and what came, with the scenarios that saw it.
    fn reasons(&self) -> BTreeMap<String, Vec<String>> {
        let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for played in &self.plays {
            let reason = match &played.outcome {
                Outcome::Failed { failures, transcript, .. } => {
                    let first =
                        failures.first().map(|it| format!("expected {}, seen {}", it.expected, it.seen));
                    let said = transcript.iter().rev().find_map(|line| line.trim().strip_prefix("| "));
                    let said = said.map(|line| format!("; it said: {line}")).unwrap_or_default();
                    format!("{}{said}", first.unwrap_or_default())
                }
                Outcome::HarnessError { reason, .. } => format!("harness error: {reason}"),
                _ => continue,
            };
            reasons.entry(reason).or_default().push(played.title());
        }
        reasons
    }
}

impl Sweep {
    /// 0 if it survives every reading, 1 if not, 3 if the harness broke.
    pub fn exit_code(&self) -> u8 {
        let counts = Counts::of(self.rows.iter().flat_map(|row| &row.plays));
        match counts {
            Counts { harness_errors: 1.., .. } => 3,
            Counts { failed: 0, .. } if self.broken_anyway.is_empty() => 0,
            _ => 1,
        }
    }
}

/// The report: the readings that a client doesn't survive, with the reason.
pub fn sweep_text(sweep: &Sweep) -> String {
    let mut text = String::new();
    if !sweep.broken_anyway.is_empty() {
        let _ = writeln!(text, "Not part of the sweep, since they don't pass under the usual reading:");
        sweep.broken_anyway.iter().for_each(|id| {
            let _ = writeln!(text, "  {id}");
        });
        let _ = writeln!(text);
    }
    for row in sweep.rows.iter().filter(|row| !row.is_survived()) {
        let _ = writeln!(text, "NOT SURVIVED {}\n  {}", row.reading.name, row.reading.comment);
        for (reason, titles) in row.reasons() {
            let _ = writeln!(text, "  - {reason}");
            titles.iter().for_each(|title| {
                let _ = writeln!(text, "      {title}");
            });
        }
        let _ = writeln!(text);
    }
    let survived = sweep.rows.iter().filter(|row| row.is_survived()).count();
    let plays: usize = sweep.rows.iter().map(|row| row.plays.len()).sum();
    let _ = writeln!(text, "{survived} of {} readings survived, by {plays} plays", sweep.rows.len());
    text
}
