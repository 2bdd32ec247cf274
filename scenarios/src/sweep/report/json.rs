//! A sweep for programs.

use serde::Serialize;

use crate::play::{Counts, Outcome, Played};
use crate::report::Verdict;
use crate::sweep::reading::Reading;
use crate::sweep::run::{Survival, Sweep};

#[derive(Serialize)]
struct Document<'a> {
    harness: &'static str,
    version: &'static str,
    target: &'a str,
    target_ja: &'a str,
    seed: &'a str,
    at: Option<jiff::Timestamp>,
    command: Option<&'a str>,
    verdict: Verdict,
    summary: Summary,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    known: &'a [String],
    left_out: &'a [Played],
    readings: Vec<OfReading<'a>>,
}

#[derive(Serialize)]
struct Summary {
    survived: usize,
    not_survived: usize,
    unknown: usize,
    plays: Counts,
}

#[derive(Serialize)]
struct OfReading<'a> {
    reading: &'a Reading,
    survival: Survival,
    summary: Counts,
    /// Only those that say why: a sweep has thousands.
    plays: Vec<&'a Played>,
}

/// Writes a sweep as JSON, as [`SCHEMA`](crate::SCHEMA) describes it.
pub fn sweep_to_json(sweep: &Sweep) -> String {
    let readings = sweep.rows.iter().map(|row| OfReading {
        reading: &row.reading,
        survival: row.survival(),
        summary: row.counts(),
        plays: row.plays.iter().filter(|it| !matches!(it.outcome, Outcome::Passed { .. })).collect(),
    });
    let document = Document {
        harness: "obn-conformance",
        version: env!("CARGO_PKG_VERSION"),
        target: &sweep.target.en,
        target_ja: &sweep.target.ja,
        seed: &sweep.seed,
        at: sweep.at,
        command: sweep.command.as_deref(),
        verdict: sweep.verdict(),
        summary: Summary {
            survived: sweep.count(Survival::Survived),
            not_survived: sweep.count(Survival::NotSurvived),
            unknown: sweep.count(Survival::Unknown),
            plays: sweep.counts(),
        },
        known: &sweep.known,
        left_out: &sweep.left_out,
        readings: readings.collect(),
    };
    serde_json::to_string_pretty(&document).expect("reports have a form in JSON") + "\n"
}
