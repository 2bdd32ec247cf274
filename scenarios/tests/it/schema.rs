//! The JSON report is as its published schema says.

use obn_conformance::{Bilingual, Excuse, Outcome, Run, SCHEMA, sweep_to_json, to_json};
use serde_json::Value;

use crate::reports::run_of_every_outcome;
use crate::sweep::sweep_of_every_survival;

fn validate(document: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn document() -> Value {
    let (catalogue, run) = run_of_every_outcome();
    serde_json::from_str(&to_json(&run, &catalogue.requirements)).unwrap()
}

#[test]
fn the_schema_is_a_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
}

#[test]
fn a_run_of_every_outcome_fits() {
    assert_eq!(validate(&document()), [""; 0]);
}

#[test]
fn a_sweep_fits() {
    let (_, sweep) = sweep_of_every_survival();
    assert_eq!(validate(&serde_json::from_str(&sweep_to_json(&sweep)).unwrap()), [""; 0]);
}

#[test]
fn what_the_schema_does_not_know_does_not_fit() {
    for change in [
        |document: &mut Value| document["extra"] = 1.into(),
        |document: &mut Value| document["verdict"] = "fine".into(),
        |document: &mut Value| document["plays"][0]["outcome"]["result"] = "perhaps".into(),
        |document: &mut Value| document["requirements"][0]["state"] = Value::Null,
        |document: &mut Value| document["summary"]["passed"] = (-1).into(),
    ] {
        let mut document = document();
        change(&mut document);
        assert_ne!(validate(&document), [""; 0]);
    }
}

#[test]
fn a_run_without_plays_fits() {
    let (catalogue, _) = run_of_every_outcome();
    let empty = Run::new(Bilingual::same("nothing"), Vec::new());
    let document = serde_json::from_str(&to_json(&empty, &catalogue.requirements)).unwrap();
    assert_eq!(validate(&document), [""; 0]);
    assert_eq!(empty.exit_code(), 1);
}

#[test]
fn an_excuse_turns_a_failure_into_an_expected_one() {
    let (_, mut run) = run_of_every_outcome();
    run.plays.retain(|played| !matches!(played.outcome, Outcome::HarnessError { .. }));
    assert_eq!(run.exit_code(), 1);
    for played in run.plays.iter_mut().filter(|played| matches!(played.outcome, Outcome::Failed { .. })) {
        played.excuse = Some(Excuse { reason: "known".to_owned(), until: "2027-03-31".parse().unwrap() });
    }
    assert_eq!(run.exit_code(), 0);
    assert_eq!((run.counts().failed, run.counts().expected_failures), (0, 2));
}
