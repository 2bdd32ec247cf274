//! Reports of a portal with one rule changed.

use obn_conformance::{
    Bilingual, Broken, Catalogue, Language, Outcome, Run, Target, USUAL_SEED, run, to_json, to_junit, to_text,
};

fn broken_run(profile: &str, scenarios: &[&str]) -> (Catalogue, Run) {
    let mut catalogue = Catalogue::embedded().unwrap();
    catalogue.scenarios.retain(|scenario| scenarios.contains(&scenario.head.id.as_str()));
    let target = Target::Own {
        profile: toml::from_str(profile).unwrap(),
        seed: USUAL_SEED.to_owned(),
        broken: Broken::default(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut plays = runtime.block_on(run(&catalogue.scenarios, &target, 2, |_| {}));
    for played in &mut plays {
        played.seconds = 0.5;
    }
    let run = Run { seed: Some(USUAL_SEED.to_owned()), ..Run::new(target.describe(), plays) };
    (catalogue, run)
}

/// Passed, failed by two, skipped, and a harness that broke.
pub(crate) fn run_of_every_outcome() -> (Catalogue, Run) {
    let wanted = [
        "portal/crl/fetch",
        "portal/file/pfx",
        "portal/rcd/page",
        "portal/root/download",
        "portal/site/ipv6",
    ];
    let (_, mut run) = broken_run("pfx.include_root = false\nroot_file.name = 'root.bin'", &wanted);
    for played in &mut run.plays {
        match played.scenario.as_str() {
            "portal/crl/fetch" => {
                let (ja, en) = (
                    "失効リストを HTTP で取得する (--http が必要)",
                    "it fetches the revocation list over plain HTTP (--http)",
                );
                let reason = Bilingual::of(ja, en);
                played.outcome = Outcome::Skipped { reason };
            }
            "portal/site/ipv6" => {
                let reason = Bilingual::of("control が応答しない", "control doesn't answer");
                played.outcome = Outcome::HarnessError {
                    reason,
                    transcript: vec![Bilingual::of("1. /p/rcd を開く", "1. open /p/rcd")],
                };
            }
            _ => {}
        }
    }
    (Catalogue::embedded().unwrap(), run)
}

#[test]
fn a_failure_tells_requirement_expectation_and_transcript() {
    let (catalogue, run) = broken_run("pfx.include_root = false", &["portal/file/pfx"]);
    assert_eq!(run.exit_code(), 1);
    insta::assert_snapshot!(to_text(&run, &catalogue.requirements, Language::English));
    insta::assert_snapshot!(
        "a_failure_in_japanese",
        to_text(&run, &catalogue.requirements, Language::Japanese)
    );
}

#[test]
fn a_refusal_that_does_not_come_is_told_with_what_came_instead() {
    let (catalogue, run) = broken_run(
        "ids.reference_id_case_sensitive = false",
        &["portal/rcd/reference-id-case", "portal/rcd/page"],
    );
    insta::assert_snapshot!(to_text(&run, &catalogue.requirements, Language::English));
}

#[test]
fn a_file_that_does_not_come_is_told_with_the_page_that_came_instead() {
    let (catalogue, run) = broken_run("download.redownload = 'once'", &["portal/rcd/again"]);
    insta::assert_snapshot!(to_text(&run, &catalogue.requirements, Language::English));
}

#[test]
fn ci_systems_read_junit() {
    let (catalogue, run) =
        broken_run("root_file.name = 'root.bin'", &["portal/root/download", "portal/rcd/page"]);
    insta::assert_snapshot!(to_junit(&run, &catalogue.requirements).unwrap());
}

#[test]
fn programs_read_json() {
    let (catalogue, run) = broken_run("root_file.name = 'root.bin'", &["portal/root/download"]);
    let mut json: serde_json::Value = serde_json::from_str(&to_json(&run, &catalogue.requirements)).unwrap();
    let requirements = json["requirements"].as_array_mut().unwrap();
    requirements.retain(|one| one["summary"]["failed"] != 0);
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn a_key_that_no_profile_has_breaks_the_harness_and_not_the_site() {
    let (_, run) = broken_run("download.windw_days = 181", &["portal/rcd/page"]);
    assert_eq!(run.exit_code(), 3);
}

#[test]
fn every_outcome_is_told_in_japanese() {
    let (catalogue, run) = run_of_every_outcome();
    insta::assert_snapshot!(to_text(&run, &catalogue.requirements, Language::Japanese));
}

#[test]
fn a_requirement_that_several_checks_break_is_told_once() {
    let (catalogue, mut run) = broken_run("pfx.include_root = false", &["portal/file/pfx"]);
    let Outcome::Failed { failures, .. } = &mut run.plays[0].outcome else { panic!("{:?}", run.plays) };
    let mut further = failures[0].clone();
    further.breaks.push("PFX-001".to_owned());
    failures.push(further);
    let told = to_text(&run, &catalogue.requirements, Language::English);
    assert_eq!(told.matches("The certificate of the issuing root is in the file.").count(), 1, "{told}");
    assert_eq!(told.matches("breaks PFX-005 as well (see above)").count(), 1, "{told}");
}
