//! The harness bites: a portal with one rule changed is caught by scenarios that name the rule, and
//! nothing else fails. Portals that keep the rules in another style raise no alarm.

mod mutants;
mod proxies;
mod readings;
mod styles;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use obn_conformance::{Broken, Catalogue, Distortion, Outcome, Played, Scenario, Target, USUAL_SEED, run};
use serde_json::Value;

use crate::share::{Share, is_all};

/// A portal with one rule changed.
struct Mutant {
    name: &'static str,
    /// Keys of the profile, as TOML.
    profile: &'static str,
    /// Faults of the catalogue, as control takes them.
    faults: Vec<Value>,
    /// A proxy in front of the portal.
    proxy: Option<Distortion>,
    /// The requirements that this breaks.
    breaks: &'static [&'static str],
}

impl Mutant {
    fn by_profile(name: &'static str, profile: &'static str, breaks: &'static [&'static str]) -> Self {
        Self { name, profile, faults: Vec::new(), proxy: None, breaks }
    }

    fn by_fault(name: &'static str, fault: Value, breaks: &'static [&'static str]) -> Self {
        Self { name, profile: "", faults: vec![fault], proxy: None, breaks }
    }

    fn by_proxy(name: &'static str, proxy: Distortion, breaks: &'static [&'static str]) -> Self {
        Self { name, profile: "", faults: Vec::new(), proxy: Some(proxy), breaks }
    }

    fn target(&self) -> Target {
        let broken = Broken { faults: self.faults.clone(), distortion: self.proxy.clone() };
        own(self.profile, broken)
    }

    /// Its rows of the table, and what is wrong with how it was caught.
    fn judge(&self, scenarios: &[Scenario], problems: &mut String) -> String {
        let mut rows = String::new();
        let mut named = BTreeSet::new();
        for played in play(scenarios, &self.target()) {
            match &played.outcome {
                Outcome::Passed { .. } => {}
                Outcome::Failed { failures, .. } => {
                    let breaks: BTreeSet<_> = failures.iter().flat_map(|failure| &failure.breaks).collect();
                    let innocent = breaks.iter().filter(|id| !self.breaks.contains(&id.as_str()));
                    for id in innocent {
                        let _ = writeln!(
                            problems,
                            "{}: {} blames {id}: {failures:#?}",
                            self.name,
                            played.title()
                        );
                    }
                    let ids: Vec<_> = breaks.iter().map(|id| id.as_str()).collect();
                    let _ = writeln!(rows, "  {}: {}", played.title(), ids.join(" "));
                    named.extend(breaks.into_iter().cloned());
                }
                other => {
                    let _ = writeln!(problems, "{}: {}: {other:?}", self.name, played.title());
                }
            }
        }
        for id in self.breaks.iter().filter(|id| !named.contains(**id)) {
            let _ = writeln!(problems, "{}: nothing names {id}", self.name);
        }
        rows
    }
}

/// A simulator with these keys of the profile. Where they say nothing of iterations there is one, since those are a
/// good part of what a play computes.
fn own(profile: &str, broken: Broken) -> Target {
    own_table(toml::from_str(profile).unwrap(), broken)
}

fn own_table(mut profile: toml::Table, broken: Broken) -> Target {
    let pfx = profile.entry("pfx").or_insert_with(|| toml::Table::new().into());
    pfx.as_table_mut().unwrap().entry("iterations").or_insert(1.into());
    Target::Own { profile, seed: USUAL_SEED.to_owned(), broken }
}

/// One case of each scenario is enough to bite.
fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Catalogue::embedded().unwrap().scenarios;
    scenarios.retain(|scenario| scenario.head.id.starts_with("portal/"));
    scenarios.iter_mut().for_each(|scenario| scenario.head.cases.truncate(1));
    scenarios
}

fn play(scenarios: &[Scenario], target: &Target) -> Vec<Played> {
    // More than there are cores: while one ends, or waits, another computes.
    let jobs = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    tokio::runtime::Runtime::new().unwrap().block_on(run(scenarios, target, jobs, |_| {}))
}

/// The table mutant × scenario. `MUTANT=name` plays the one only, and prints its rows.
#[test]
fn every_broken_portal_is_caught_by_the_requirement_that_it_breaks() {
    let only = std::env::var("MUTANT").ok();
    let scenarios = scenarios();
    let (mut table, mut problems) = (String::new(), String::new());
    let mut count = 0;
    for (place, mutant) in mutants::all().into_iter().enumerate() {
        if only.as_deref().is_some_and(|only| only != mutant.name) {
            continue;
        }
        let mut share = Share::new(place);
        let mut met = scenarios.clone();
        met.retain(|scenario| share.has(&scenario.head, mutant.breaks));
        let rows = mutant.judge(&met, &mut problems);
        let _ = write!(table, "{} breaks {}\n{rows}\n", mutant.name, mutant.breaks.join(" "));
        count += 1;
    }
    let _ = writeln!(table, "{count} broken portals");
    assert!(problems.is_empty(), "{problems}");
    if only.is_none() && !is_all() {
        insta::assert_snapshot!(table);
    } else {
        println!("{table}");
    }
}

/// What nobody can know of the real site may be this way or another.
#[test]
fn portals_in_other_styles_raise_no_alarm() {
    let scenarios = scenarios();
    let mut alarms = String::new();
    for (style, profile) in styles::ALL {
        for played in play(&scenarios, &own(profile, Broken::default())) {
            if !matches!(played.outcome, Outcome::Passed { .. }) {
                let _ = writeln!(alarms, "{style}: {}: {:#?}", played.title(), played.outcome);
            }
        }
    }
    assert!(alarms.is_empty(), "{alarms}");
}

/// The READMEs name how many broken portals and clients there are.
#[test]
fn the_readmes_count_what_is_caught() {
    let portals = mutants::all().len();
    let clients = include_str!("../mutants.py").matches("\n@mutant\n").count();
    for (readme, said) in [
        (
            include_str!("../../../README.md"),
            [
                format!("is tested: {portals}\nportals"),
                format!("[{clients} clients with one thing done wrong]"),
            ],
        ),
        (
            include_str!("../../../README.ja.md"),
            [
                format!("1 つだけ変えた {portals} 種類のサイト"),
                format!("[1 か所だけ誤ったクライアント {clients} 種]"),
            ],
        ),
    ] {
        for said in said {
            assert!(readme.contains(&said), "{said:?} is not in\n{readme}");
        }
    }
}
