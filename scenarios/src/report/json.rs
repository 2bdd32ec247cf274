//! The report for programs.

use serde::Serialize;

use super::Run;
use crate::outcome::{Counts, Played};
use crate::requirement::{Requirement, Requirements};

#[derive(Serialize)]
struct Document<'a> {
    harness: &'static str,
    version: &'static str,
    target: &'a str,
    seed: Option<&'a str>,
    summary: Counts,
    plays: &'a [Played],
    requirements: Vec<OfRequirement<'a>>,
}

/// A requirement with the plays that concern it.
#[derive(Serialize)]
struct OfRequirement<'a> {
    requirement: &'a Requirement,
    summary: Counts,
}

/// Writes a run as JSON.
pub fn to_json(run: &Run, requirements: &Requirements) -> String {
    let document = Document {
        harness: "obn-conformance",
        version: env!("CARGO_PKG_VERSION"),
        target: &run.target,
        seed: run.seed.as_deref(),
        summary: run.counts(),
        plays: &run.plays,
        requirements: requirements
            .iter()
            .map(|requirement| OfRequirement {
                requirement,
                summary: Counts::of(run.plays.iter().filter(|play| play.shows.contains(&requirement.id))),
            })
            .collect(),
    };
    serde_json::to_string_pretty(&document).expect("reports have a form in JSON") + "\n"
}
