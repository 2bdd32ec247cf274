//! Each reading of the profile is a site that may well be the real one, so core must not accuse it of anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use obn_conformance::{Broken, Level, Outcome, chosen_combinations, readings};

use super::{own_table, play, scenarios};

/// A reading by its name, what core says of it all the same, and why.
const EXCEPTIONS: &[(&str, &[&str], &str)] = &[
    (
        "download.allow_late = true",
        &["RCD-018"],
        "the manual says 180 days; 2021 was an exception that ended",
    ),
    (
        "certificate.extended_key_usage = []",
        &["CRT-010"],
        "the manual authenticates with the certificate (1.6)",
    ),
    ("dn.order = [\"CN\", \"OU=category\", \"OU=prefecture\", \"O\", \"C\"]", &["REN-007"], DN_ON_SCREEN),
    ("dn.order = [\"C\", \"O\", \"OU=category\", \"OU=prefecture\", \"CN\"]", &["REN-007"], DN_ON_SCREEN),
    ("crl.url = \"\"", &["CRT-011"], "the list's host is public knowledge; it is there for something"),
    (
        "tls.send_intermediate = false",
        &["TLS-001", "TLS-005"],
        "whoever trusts the root alone can't reach the site",
    ),
    (
        "issue.delays = [\"0s\", \"0s\"]",
        &["REN-006"],
        "the manual shows three statuses; this site shows the last one only",
    ),
];

const DN_ON_SCREEN: &str =
    "the manual shows one order on the screen, and our page shows the order of the certificate";

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
