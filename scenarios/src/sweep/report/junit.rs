//! A sweep for CI systems, in both languages.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::terminal::causes_text;
use super::texts::{guess, unchecked};
use crate::bilingual::Language;
use crate::report::xml;
use crate::requirement::Requirements;
use crate::sweep::run::{Survival, Sweep, SweepRow};

/// Writes a sweep as JUnit XML: a suite for each section of the profile, a test case for each reading.
///
/// # Errors
/// If XML can't carry it.
pub fn sweep_to_junit(sweep: &Sweep, requirements: &Requirements) -> Result<String, SerializeError> {
    let mut report = Report::new("obn-conformance sweep");
    for rows in sweep.rows.chunk_by(|one, other| one.reading.section == other.reading.section) {
        let Some(first) = rows.first() else { continue };
        let section = first.reading.section.as_str();
        let mut suite = TestSuite::new(section);
        suite.add_property(("target", &*xml(&sweep.target.en)));
        suite.add_property(("seed", &*xml(&sweep.seed)));
        if !sweep.known.is_empty() {
            suite.add_property(("known", &*xml(&sweep.known.join("\n"))));
        }
        suite.add_test_cases(rows.iter().map(|row| test_case(section, row, requirements)));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn test_case(section: &str, row: &SweepRow, requirements: &Requirements) -> TestCase {
    let mut status = match row.survival() {
        Survival::Survived => TestCaseStatus::success(),
        Survival::NotSurvived => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Survival::Unknown if row.counts().harness_errors > 0 => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
        Survival::Unknown => TestCaseStatus::skipped(),
    };
    let both = || {
        let text = |language| causes_text(row, requirements, language);
        format!("{}\n{}", text(Language::Japanese), text(Language::English))
    };
    match row.survival() {
        Survival::Survived => {}
        Survival::NotSurvived => {
            status.set_message(&*xml(&guess(&row.reading).both()));
            status.set_description(&*xml(&both()));
        }
        Survival::Unknown if row.counts().harness_errors > 0 => {
            status.set_message("ハーネスの異常 / the harness broke");
            status.set_description(&*xml(&both()));
        }
        Survival::Unknown => {
            let why = unchecked();
            status.set_message(format!("未確認: {} / not checked: {}", why.ja, why.en));
        }
    }
    let mut case = TestCase::new(row.reading.name.en.as_str(), status);
    case.set_classname(format!("sweep.{section}"));
    case.set_time(Duration::from_secs_f64(row.plays.iter().map(|played| played.seconds).sum()));
    case
}
