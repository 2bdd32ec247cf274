//! Each reading of the profile is a site that may well be the real one, so core must not accuse it of anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use obn_conformance::{Broken, Level, Outcome, chosen_combinations, readings};

use super::{own_table, play, scenarios};

/// A reading by its name, what core says of it all the same, and why.
const EXCEPTIONS: &[(&str, &[&str], &str)] = &[];

/// `READING=name` plays those with this in their name only, and prints what core says.
#[test]
fn core_accuses_no_reading_of_what_nobody_knows() {
    let only = std::env::var("READING").ok();
    let mut core = scenarios();
    core.retain(|scenario| scenario.head.level == Level::Core);
    let mut problems = String::new();
    let mut exceptions: BTreeMap<_, _> = EXCEPTIONS.iter().map(|(name, ids, _)| (*name, *ids)).collect();
    for reading in [readings().unwrap(), chosen_combinations().unwrap()].concat() {
        let name = reading.name.en.as_str();
        if only.as_deref().is_some_and(|only| !name.contains(only)) {
            exceptions.remove(name);
            continue;
        }
        let mut accused = BTreeSet::new();
        for played in play(&core, &own_table(reading.profile.clone(), Broken::default())) {
            match &played.outcome {
                Outcome::Passed { .. } | Outcome::Skipped { .. } => {}
                Outcome::Failed { failures, .. } => {
                    accused.extend(failures.iter().flat_map(|failure| failure.breaks.clone()));
                    if only.is_some() {
                        println!("{name}: {}: {failures:#?}", played.title());
                    }
                }
                other => {
                    let _ = writeln!(problems, "{name}: {}: {other:?}", played.title());
                }
            }
        }
        let accused: Vec<_> = accused.into_iter().collect();
        let excepted = exceptions.remove(name).unwrap_or_default();
        if accused != excepted {
            let _ = writeln!(problems, "({name:?}, &{accused:?}, …), the table has {excepted:?}");
        }
    }
    let strangers: Vec<_> = exceptions.keys().collect();
    assert!(problems.is_empty() && strangers.is_empty(), "{problems}no such readings: {strangers:?}");
}
