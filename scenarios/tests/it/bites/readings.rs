//! Each reading of the profile is a site that may well be the real one, so core must not accuse it of anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use obn_conformance::{Broken, Level, Outcome, Reading, Scenario, chosen_combinations, readings};

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

/// What core says of a site.
#[derive(Default, PartialEq)]
struct Verdict {
    accused: BTreeSet<String>,
    passed: usize,
    /// What neither passed, nor failed, nor was skipped.
    odd: String,
}

impl Verdict {
    fn is_clean(&self) -> bool {
        self.accused.is_empty() && self.odd.is_empty()
    }
}

struct Judge {
    core: Vec<Scenario>,
    /// How many scenarios of core pass as usual.
    usual: usize,
    tells: bool,
}

impl Judge {
    fn new(tells: bool) -> Self {
        let mut core = scenarios();
        core.retain(|scenario| scenario.head.level == Level::Core);
        let mut judge = Self { core, usual: 0, tells };
        judge.usual = judge.site(toml::Table::new()).passed;
        judge
    }

    fn site(&self, profile: toml::Table) -> Verdict {
        let mut verdict = Verdict::default();
        for played in play(&self.core, &own_table(profile, Broken::default())) {
            match &played.outcome {
                Outcome::Passed { .. } => verdict.passed += 1,
                Outcome::Skipped { .. } => {}
                Outcome::Failed { failures, .. } => {
                    verdict.accused.extend(failures.iter().flat_map(|failure| failure.breaks.clone()));
                    if self.tells {
                        println!("{}: {failures:#?}", played.title());
                    }
                }
                other => {
                    let _ = writeln!(verdict.odd, "{}: {other:?}", played.title());
                }
            }
        }
        verdict
    }

    /// The readings of a group that are accused, each by itself. A site that has all of them at once, and through which
    /// core goes as far as through the usual one, clears them all; otherwise each half is looked at.
    fn group(&self, readings: &[Reading], accused: &mut Vec<(String, Verdict)>) {
        let verdict = self.site(together(readings));
        println!(
            "{} readings: {} of {} pass, accused {:?}",
            readings.len(),
            verdict.passed,
            self.usual,
            verdict.accused
        );
        match readings {
            [one] if !verdict.is_clean() => accused.push((one.name.en.clone(), verdict)),
            [] | [_] => {}
            _ if verdict.is_clean() && verdict.passed >= self.usual => {}
            _ => {
                let (first, second) = readings.split_at(readings.len() / 2);
                self.group(first, accused);
                self.group(second, accused);
            }
        }
    }
}

fn together(readings: &[Reading]) -> toml::Table {
    let mut profile = toml::Table::new();
    for (section, keys) in readings.iter().flat_map(|reading| &reading.profile) {
        let there = profile.entry(section.clone()).or_insert_with(|| toml::Table::new().into());
        there.as_table_mut().unwrap().extend(keys.as_table().unwrap().clone());
    }
    profile
}

/// Groups in which no two readings change the same key.
fn groups(readings: Vec<Reading>) -> Vec<Vec<Reading>> {
    let mut groups: Vec<(BTreeSet<&str>, Vec<Reading>)> = Vec::new();
    for reading in readings {
        let keys = || reading.changes.iter().map(|change| change.key);
        match groups.iter_mut().find(|(taken, _)| keys().all(|key| !taken.contains(key))) {
            Some((taken, group)) => {
                taken.extend(keys());
                group.push(reading);
            }
            None => groups.push((keys().collect(), vec![reading])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// `READING=name` plays those with this in their name only, each by itself, and prints what core says.
#[test]
fn core_accuses_no_reading_of_what_nobody_knows() {
    let only = std::env::var("READING").ok();
    let mut all = [readings().unwrap(), chosen_combinations().unwrap()].concat();
    all.retain(|reading| only.as_deref().is_none_or(|only| reading.name.en.contains(only)));
    let names: BTreeSet<_> = all.iter().map(|reading| reading.name.en.clone()).collect();
    let excepted: BTreeMap<_, _> = EXCEPTIONS.iter().map(|(name, ids, _)| (*name, *ids)).collect();
    let (alone, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|reading| only.is_some() || excepted.contains_key(reading.name.en.as_str()));
    let judge = Judge::new(only.is_some());
    let mut accused = Vec::new();
    alone.chunks(1).for_each(|one| judge.group(one, &mut accused));
    groups(others).iter().for_each(|group| judge.group(group, &mut accused));

    let mut problems = String::new();
    for (name, Verdict { accused, odd, .. }) in &accused {
        if !accused.iter().eq(excepted.get(name.as_str()).copied().unwrap_or_default()) || !odd.is_empty() {
            let _ = writeln!(problems, "({name:?}, &{accused:?}, …) is not what the table has\n{odd}");
        }
    }
    for name in excepted.keys() {
        let is_accused = accused.iter().any(|(accused, _)| accused == name);
        if !is_accused && (names.contains(*name) || only.is_none()) {
            let _ = writeln!(problems, "{name}: core no longer accuses it, or there is no such reading");
        }
    }
    assert!(problems.is_empty(), "{problems}");
}
