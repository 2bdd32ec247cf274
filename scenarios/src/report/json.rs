//! The report for programs.

use serde::Serialize;

use super::judged::{State, judged};
use super::run::{Run, Verdict};
use crate::play::{Counts, Played};
use crate::requirement::{Requirement, Requirements};

/// The JSON schema of [`to_json`]'s document and of [`sweep_to_json`](super::sweep_to_json)'s.
pub const SCHEMA: &str = include_str!("../../report.schema.json");

#[derive(Serialize)]
struct Document<'a> {
    harness: &'static str,
    version: &'static str,
    target: &'a str,
    target_ja: &'a str,
    seed: Option<&'a str>,
    at: Option<jiff::Timestamp>,
    command: Option<&'a str>,
    verdict: Verdict,
    summary: Counts,
    problems: Vec<&'a str>,
    problems_ja: Vec<&'a str>,
    plays: &'a [Played],
    requirements: Vec<OfRequirement<'a>>,
}

/// A requirement with the plays that concern it.
#[derive(Serialize)]
struct OfRequirement<'a> {
    requirement: &'a Requirement,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<&'a str>,
    summary: Counts,
}

/// Writes a run as JSON, as [`SCHEMA`] describes it.
pub fn to_json(run: &Run, requirements: &Requirements) -> String {
    let document = Document {
        harness: "obn-conformance",
        version: env!("CARGO_PKG_VERSION"),
        target: &run.target.en,
        target_ja: &run.target.ja,
        seed: run.seed.as_deref(),
        at: run.at,
        command: run.command.as_deref(),
        verdict: run.verdict(),
        summary: run.counts(),
        problems: run.problems.iter().map(|problem| problem.en.as_str()).collect(),
        problems_ja: run.problems.iter().map(|problem| problem.ja.as_str()).collect(),
        plays: &run.plays,
        requirements: judged(run, requirements)
            .into_iter()
            .map(|judged| OfRequirement {
                requirement: judged.requirement,
                state: judged.state,
                observed: judged.observed,
                summary: Counts::of(judged.plays),
            })
            .collect(),
    };
    serde_json::to_string_pretty(&document).expect("reports have a form in JSON") + "\n"
}
