//! Requirements and scenarios hold together.

use obn_conformance::{Binds, Catalogue, Head, coverage};

/// Reading checks what is there twice, and that every scenario names existing requirements.
#[test]
fn the_catalogue_that_the_program_carries_is_the_one_of_the_folder() {
    let carried = Catalogue::embedded().unwrap();
    let read = Catalogue::read(env!("CARGO_MANIFEST_DIR").as_ref()).unwrap();
    let ids = |catalogue: &Catalogue| catalogue.heads().map(|head| head.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&carried), ids(&read));
    assert_eq!(carried.requirements.iter().count(), read.requirements.iter().count());
}

#[test]
fn a_scenario_that_names_an_unknown_requirement_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let manifest: &std::path::Path = env!("CARGO_MANIFEST_DIR").as_ref();
    std::fs::copy(manifest.join("requirements.toml"), folder.path().join("requirements.toml")).unwrap();
    std::fs::create_dir_all(folder.path().join("portal/new")).unwrap();
    let text = "name = \"x\"\nlevel = \"core\"\nshows = [\"RCD-999\"]\nsteps = [{ open = \"/p/rcd\" }]\n";
    std::fs::write(folder.path().join("portal/new/x.toml"), text).unwrap();
    let error = Catalogue::read(folder.path()).unwrap_err().to_string();
    assert_eq!(error, "portal/new/x.toml:3:1: there is no requirement RCD-999");
}

#[test]
fn all_that_is_demanded_of_the_site_is_shown() {
    assert_eq!(missing(Binds::Site), [""; 0]);
}

#[test]
fn all_that_is_demanded_of_clients_is_shown() {
    assert_eq!(missing(Binds::Client), [""; 0]);
}

fn missing(binds: Binds) -> Vec<String> {
    let catalogue = Catalogue::embedded().unwrap();
    coverage::coverage(&catalogue)
        .into_iter()
        .filter(|(requirement, scenarios)| requirement.binds == binds && scenarios.is_empty())
        .map(|(requirement, _)| requirement.id.clone())
        .collect()
}

/// Reports for customers name scenarios in both languages.
#[test]
fn scenarios_have_a_name_in_japanese_too() {
    let catalogue = Catalogue::embedded().unwrap();
    let nameless = catalogue.heads().filter(|head| head.ja.is_none());
    assert_eq!(nameless.map(|head| head.id.clone()).collect::<Vec<_>>(), [""; 0]);
}

/// Whoever breaks one reads what usually causes it, and what to do.
#[test]
fn every_requirement_has_a_hint_in_both_languages() {
    let catalogue = Catalogue::embedded().unwrap();
    let told = |text: &str| !text.trim().is_empty();
    let silent = catalogue.requirements.iter().filter(|requirement| {
        !requirement.hint.as_ref().is_some_and(|hint| told(&hint.ja) && told(&hint.en))
    });
    assert_eq!(silent.map(|requirement| requirement.id.clone()).collect::<Vec<_>>(), [""; 0]);
}

/// Two files that differ in values only are one file with a table of cases.
#[test]
fn no_two_scenarios_differ_in_a_value_only() {
    let shape = |text: &str| {
        let steps = text.lines().filter(|line| !line.starts_with("name =") && !line.starts_with("ja ="));
        let steps = steps.take_while(|line| !line.starts_with("cases"));
        let quoted = steps.map(|line| line.split('"').step_by(2).collect::<Vec<_>>().join("_"));
        quoted.collect::<Vec<_>>().join("\n")
    };
    let mut shapes = std::collections::BTreeMap::new();
    let folder: &std::path::Path = env!("CARGO_MANIFEST_DIR").as_ref();
    let catalogue = Catalogue::embedded().unwrap();
    for Head { id, file, shows, .. } in catalogue.heads() {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        if let Some(other) = shapes.insert((shape(&text), shows.clone()), id.clone()) {
            panic!("{id} and {other} differ in values only");
        }
    }
}

/// What a step shows is narrower than what its scenario shows; nothing of the latter may be a mere claim.
#[test]
fn a_scenario_whose_steps_say_what_they_show_says_nothing_more() {
    for scenario in Catalogue::embedded().unwrap().scenarios {
        let by_steps: Vec<_> = scenario.steps.iter().flat_map(|step| &step.shows).collect();
        let idle: Vec<_> = scenario.head.shows.iter().filter(|id| !by_steps.contains(id)).collect();
        assert!(by_steps.is_empty() || idle.is_empty(), "{}: no step shows {idle:?}", scenario.head.id);
    }
}

/// A sweep plays under every rival reading of the profile, and the simulator would serve each.
#[test]
fn every_rival_reading_is_part_of_the_sweep() {
    let rivals: usize = obn_ca::profile::KEYS.iter().map(|key| key.rivals.len()).sum();
    assert_eq!(obn_conformance::readings().unwrap().len(), rivals);
    assert!(obn_conformance::chosen_combinations().unwrap().len() >= 3);
}

/// No action of a client fetches the revocation list, so nothing can be asked of it when that is not to be had; what
/// the list must be is the portal scenarios' affair.
#[test]
fn every_fault_of_the_catalogue_strikes_a_client() {
    let folder: &std::path::Path = env!("CARGO_MANIFEST_DIR").as_ref();
    let scenarios = Catalogue::embedded().unwrap().client_scenarios;
    let texts: String = scenarios
        .iter()
        .map(|scenario| std::fs::read_to_string(folder.join(&scenario.head.file)).unwrap())
        .collect();
    let names = obn_ca::faults::catalogue().into_iter().map(|named| named.rule.name);
    let idle: Vec<_> = names.filter(|name| !texts.contains(&format!("\"{name}\""))).collect();
    assert_eq!(idle, ["crl_unavailable", "crl_truncated"]);
}

#[test]
fn the_page_on_fidelity_is_true() {
    let page = include_str!("../../FIDELITY.md");
    let made = obn_conformance::fidelity(&Catalogue::embedded().unwrap());
    assert!(page == made, "write it again: obn-conformance fidelity >scenarios/FIDELITY.md");
}
