//! Expected failures.

use jiff::civil::{Date, date};
use obn_conformance::{Catalogue, ExpectedFailures, Outcome, Run};

use crate::reports::run_of_every_outcome;

const TODAY: Date = date(2026, 11, 24);

fn told(run: &Run) -> Vec<&str> {
    run.problems.iter().map(|problem| problem.en.as_str()).collect()
}

fn applied(text: &str) -> Run {
    let (catalogue, mut run) = run_of_every_outcome();
    let expected = ExpectedFailures::parse("expected.toml", text).unwrap();
    run.problems = expected.apply(&mut run.plays, TODAY, |id, case| catalogue.has(id, case));
    run
}

fn file(scenario: &str, until: &str) -> String {
    format!("[[expected]]\nscenario = \"{scenario}\"\nreason = \"known\"\nuntil = \"{until}\"\n")
}

fn excused(run: &Run) -> Vec<&str> {
    run.plays.iter().filter(|played| played.excuse.is_some()).map(|played| &*played.scenario).collect()
}

#[test]
fn a_failure_is_excused_up_to_and_including_its_last_day() {
    let run = applied(&file("portal/file/pfx", "2026-11-24"));
    assert_eq!(excused(&run), ["portal/file/pfx"]);
    assert_eq!(told(&run), [""; 0]);
}

#[test]
fn one_that_has_lapsed_excuses_nothing_and_is_told() {
    let run = applied(&file("portal/file/pfx", "2026-11-23"));
    assert_eq!(excused(&run), [""; 0]);
    assert_eq!(
        told(&run),
        ["expected.toml:1: portal/file/pfx was expected to fail until 2026-11-23 only: known"]
    );
}

#[test]
fn one_that_passes_is_told() {
    let run = applied(&file("portal/rcd/page", "2027-03-31"));
    assert_eq!(told(&run), ["expected.toml:1: portal/rcd/page is expected to fail, and passes"]);
}

#[test]
fn one_that_names_nothing_is_told() {
    let run = applied(&file("portal/rcd/pgae", "2027-03-31"));
    let problem =
        "expected.toml:1: portal/rcd/pgae is expected to fail, and there is no such scenario or case";
    assert_eq!(told(&run), [problem]);
}

/// A run may play only some: what it didn't play is neither here nor there.
#[test]
fn one_that_was_not_played_says_nothing() {
    assert_eq!(told(&applied(&file("portal/rx/page", "2027-03-31"))), [""; 0]);
}

#[test]
fn a_skip_is_neither_failure_nor_pass() {
    let run = applied(&file("portal/crl/fetch", "2027-03-31"));
    assert!(run.plays.iter().any(|it| matches!(it.outcome, Outcome::Skipped { .. }) && it.excuse.is_none()));
    assert_eq!(told(&run), [""; 0]);
}

#[test]
fn a_case_can_be_named() {
    let catalogue = Catalogue::embedded().unwrap();
    assert!(catalogue.has("portal/rcd/window", Some("over a leap day")));
    assert!(!catalogue.has("portal/rcd/window", Some("over a leap year")));
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, message) in [
        ("[[expected]]\nscenario = \"x\"\nuntil = \"2027-03-31\"\n", "missing field `reason`"),
        (&file("x", "tomorrow"), "`until` is a day such as 2027-03-31"),
        (&file("x", "2027-03-31").replace("known", " "), "an expected failure has a reason"),
    ] {
        let told = ExpectedFailures::parse("expected.toml", text).unwrap_err().to_string();
        assert!(told.starts_with("expected.toml:1:") && told.ends_with(message), "{told}");
    }
}
