//! Requirements and scenarios hold together.

use obn_conformance::{Binds, Catalogue, coverage};

/// Reading checks what is there twice, and that every scenario names existing requirements.
#[test]
fn the_catalogue_that_the_program_carries_is_the_one_of_the_folder() {
    let carried = Catalogue::embedded().unwrap();
    let read = Catalogue::read(env!("CARGO_MANIFEST_DIR").as_ref()).unwrap();
    let ids = |catalogue: &Catalogue| catalogue.scenarios.iter().map(|s| s.id.clone()).collect::<Vec<_>>();
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

/// Pages that the simulator has: all that binds the site there must be shown. The pages of chapters
/// 2 and 3 follow when they exist.
#[test]
fn all_that_is_demanded_of_the_pages_that_exist_is_shown() {
    let catalogue = Catalogue::embedded().unwrap();
    let existing = ["NTC", "RCD", "PFX", "CRT", "SES", "ROOT", "TLS", "WEB", "MNT"];
    let of_existing = |id: &str| existing.iter().any(|area| id.split('-').next() == Some(*area));
    let missing: Vec<_> = coverage::coverage(&catalogue)
        .into_iter()
        .filter(|(requirement, scenarios)| {
            requirement.binds == Binds::Site && of_existing(&requirement.id) && scenarios.is_empty()
        })
        .map(|(requirement, _)| requirement.id.clone())
        .collect();
    assert_eq!(missing, [""; 0]);
}

/// What a step shows is narrower than what its scenario shows; nothing of the latter may be a mere claim.
#[test]
fn a_scenario_whose_steps_say_what_they_show_says_nothing_more() {
    for scenario in Catalogue::embedded().unwrap().scenarios {
        let by_steps: Vec<_> = scenario.steps.iter().flat_map(|step| &step.shows).collect();
        let idle: Vec<_> = scenario.shows.iter().filter(|id| !by_steps.contains(id)).collect();
        assert!(by_steps.is_empty() || idle.is_empty(), "{}: no step shows {idle:?}", scenario.id);
    }
}
