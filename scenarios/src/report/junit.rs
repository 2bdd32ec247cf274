//! The report for CI systems. Whoever reads it there may have another language than whoever ran it: it is in both.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::run::Run;
use super::terminal::failure_text;
use super::visible::xml;
use crate::bilingual::Language;
use crate::play::{Excuse, Outcome, Played};
use crate::requirement::Requirements;

/// Writes a run as JUnit XML: a suite for each folder of scenarios.
///
/// # Errors
/// If XML can't carry it.
pub fn to_junit(run: &Run, requirements: &Requirements) -> Result<String, SerializeError> {
    let mut suites: BTreeMap<&str, Vec<TestCase>> = BTreeMap::new();
    for played in &run.plays {
        let folder = played.scenario.rsplit_once('/').map_or("", |(folder, _)| folder);
        suites.entry(folder).or_default().push(test_case(folder, played, run, requirements));
    }
    let mut report = Report::new("obn-conformance");
    for (folder, cases) in suites {
        let mut suite = TestSuite::new(&*xml(folder));
        suite.add_property(("target", &*xml(&run.target.en)));
        if let Some(seed) = &run.seed {
            suite.add_property(("seed", &*xml(seed)));
        }
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn test_case(folder: &str, played: &Played, run: &Run, requirements: &Requirements) -> TestCase {
    let mut status = match &played.outcome {
        Outcome::Passed { .. } => TestCaseStatus::success(),
        // CI systems know no expected failure.
        Outcome::Failed { .. } if played.excuse.is_some() => TestCaseStatus::skipped(),
        Outcome::Failed { .. } => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Skipped { .. } => TestCaseStatus::skipped(),
        Outcome::HarnessError { .. } => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if let Some(Excuse { reason, until }) = &played.excuse {
        status.set_message(&*xml(&format!("expected to fail until {until}: {reason}")));
    }
    match &played.outcome {
        Outcome::Passed { .. } => {}
        Outcome::Failed { .. } if played.excuse.is_some() => {}
        Outcome::Failed { failures, .. } => {
            let breaks: BTreeSet<_> =
                failures.iter().flat_map(|failure| &failure.breaks).map(String::as_str).collect();
            let breaks: Vec<_> = breaks.into_iter().collect();
            status.set_message(&*xml(&format!("breaks {}", breaks.join(", "))));
            let text = |language| failure_text(played, requirements, language, str::to_owned);
            status.set_description(&*xml(&format!(
                "{}\n{}",
                text(Language::Japanese),
                text(Language::English)
            )));
        }
        Outcome::Skipped { reason } | Outcome::HarnessError { reason, .. } => {
            status.set_message(&*xml(&reason.both()));
        }
    }
    let name = played.title();
    let name = name.strip_prefix(folder).map_or(name.as_str(), |name| name.trim_start_matches('/'));
    let mut case = TestCase::new(&*xml(name), status);
    case.set_classname(&*xml(&folder.replace('/', ".")));
    case.set_time(Duration::from_secs_f64(played.seconds));
    let observed: Vec<_> =
        played.shows.iter().filter(|id| run.observed.contains_key(*id)).map(String::as_str).collect();
    if !observed.is_empty() {
        case.add_property(("observed", &*xml(&observed.join(" "))));
    }
    case
}
