//! The sweep: a client that depends on a guess is caught, and told so.

use std::time::Duration;

use obn_conformance::{
    Bilingual, Catalogue, Failure, Language, Level, Outcome, Played, Reading, Subject, Survival, Sweep,
    SweepRow, Verdict, chosen_combinations, readings, sweep, sweep_to_badge, sweep_to_json, sweep_to_junit,
    sweep_to_text,
};

use crate::support;

/// One reading survived, one that nothing shows, and two not survived, of which one is a combination.
pub(crate) fn sweep_of_every_survival() -> (Catalogue, Sweep) {
    let catalogue = Catalogue::embedded().unwrap();
    let of_name = |name: &str| {
        let all = [readings().unwrap(), chosen_combinations().unwrap()].concat();
        all.into_iter().find(|reading| reading.name.en == name).unwrap()
    };
    let row = |name: &str, plays: Vec<Played>| SweepRow { reading: of_name(name), is_checked: true, plays };
    let passed = || Outcome::Passed { transcript: Vec::new() };
    let by_name = |at: &str| failed("the form has no field \"password\"", at);
    let play = |id: &str, outcome: Outcome| played(&catalogue, id, outcome);
    let rows = vec![
        row("session.ttl = \"5m\"", vec![play("client/download/walk", passed())]),
        row("lockout.duration = \"1h\"", Vec::new()),
        row(
            "wire.password = \"pin\"",
            vec![
                play("client/download/walk", by_name("client/download/walk.toml:8")),
                play("client/download/two-terminals", by_name("client/download/two-terminals.toml:9")),
                play(
                    "client/faults/request-lost",
                    failed("no file came", "client/faults/request-lost.toml:8"),
                ),
                play("client/root/walk", passed()),
            ],
        ),
        row(
            "a site of Java Server Faces",
            vec![play("client/download/walk", by_name("client/download/walk.toml:8"))],
        ),
    ];
    let reason = Bilingual::of("コマンドが notices に対応していない", "the command doesn't support notices");
    let left_out = vec![play("client/notices/days", Outcome::Skipped { reason })];
    let sweep = Sweep {
        target: Bilingual::of("コマンド ./your-client", "command ./your-client"),
        seed: "seed".to_owned(),
        at: Some("2026-11-24T00:00:00Z".parse().unwrap()),
        command: Some("obn-conformance client --sweep --command ./your-client".to_owned()),
        left_out,
        known: Vec::new(),
        is_chosen: false,
        rows,
    };
    (catalogue, sweep)
}

fn played(catalogue: &Catalogue, id: &str, outcome: Outcome) -> Played {
    let head = catalogue.heads().find(|head| head.id == id).unwrap();
    Played {
        scenario: head.id.clone(),
        case: String::new(),
        name: head.name.clone(),
        ja: head.ja.clone(),
        level: Level::Core,
        shows: head.shows.clone(),
        outcome,
        excuse: None,
        seconds: 0.5,
    }
}

fn failed(said: &str, place: &str) -> Outcome {
    let failure = Failure {
        place: place.to_owned(),
        step: 2,
        breaks: vec!["RCD-106".to_owned()],
        expected: Bilingual::of("download が 0 (完了) で終わる", "download ends with 0 (done)"),
        seen: match said.contains("field") {
            true => Bilingual::of("終了コード 4", "exit status 4"),
            false => Bilingual::of("終了コード 3", "exit status 3"),
        },
    };
    let transcript = vec![
        Bilingual::of(
            "1. 認証局が通知書 \"clinic\" を発行する",
            "1. the authority issues the notice \"clinic\"",
        ),
        Bilingual::of("2. download を実行", "2. run download"),
        Bilingual::same(&format!("   | {said}")),
    ];
    let journal = vec!["GET /p/rcd 200 rcd.form".to_owned()];
    Outcome::Failed { failures: vec![failure], transcript, journal }
}

#[test]
fn a_vendor_reads_on_which_guess_the_program_depends() {
    let (catalogue, sweep) = sweep_of_every_survival();
    assert_eq!((sweep.verdict(), sweep.exit_code()), (Verdict::Failed, 1));
    insta::assert_snapshot!(sweep_to_text(&sweep, &catalogue.requirements, Language::English));
    insta::assert_snapshot!(
        "in_japanese",
        sweep_to_text(&sweep, &catalogue.requirements, Language::Japanese)
    );
}

#[test]
fn ci_systems_read_junit() {
    let (catalogue, sweep) = sweep_of_every_survival();
    insta::assert_snapshot!(sweep_to_junit(&sweep, &catalogue.requirements).unwrap());
}

#[test]
fn programs_read_json() {
    let (_, mut sweep) = sweep_of_every_survival();
    sweep.rows.truncate(3);
    sweep.rows[2].plays.truncate(1);
    insta::assert_snapshot!(sweep_to_json(&sweep));
}

#[test]
fn the_badge_tells_how_many_are_survived() {
    let (_, sweep) = sweep_of_every_survival();
    assert!(
        sweep_to_badge(&sweep)
            .contains("<title>OBN CA sweep: 1 of 4 readings survived, 1 not checked</title>")
    );
}

#[test]
fn a_reading_that_nothing_depends_on_is_no_survival() {
    let (_, mut sweep) = sweep_of_every_survival();
    sweep.left_out.clear();
    sweep.rows.retain(|row| row.survival() != Survival::NotSurvived);
    assert_eq!((sweep.verdict(), sweep.exit_code()), (Verdict::PassedWithGaps, 0));
    sweep.rows.retain(|row| row.survival() == Survival::Survived);
    assert_eq!((sweep.verdict(), sweep.exit_code()), (Verdict::Passed, 0));
    sweep.is_chosen = true;
    assert_eq!((sweep.verdict(), sweep.exit_code()), (Verdict::PassedWithGaps, 0));
}

#[test]
fn a_reading_whose_pages_no_play_opens_is_not_survived_by_passing() {
    let (_, mut sweep) = sweep_of_every_survival();
    sweep.rows.truncate(1);
    sweep.rows[0].is_checked = false;
    assert_eq!((sweep.rows[0].survival(), sweep.verdict()), (Survival::Unknown, Verdict::Unknown));
    assert_eq!(sweep.exit_code(), 1);
}

#[test]
fn a_harness_that_breaks_is_no_verdict() {
    let (catalogue, mut sweep) = sweep_of_every_survival();
    let reason = Bilingual::same("no simulator");
    let broken = Outcome::HarnessError { reason, transcript: Vec::new() };
    sweep.rows[0].plays = vec![played(&catalogue, "client/download/walk", broken)];
    assert_eq!((sweep.rows[0].survival(), sweep.verdict()), (Survival::Unknown, Verdict::Unknown));
    assert_eq!(sweep.exit_code(), 3);
}

#[test]
fn a_client_that_goes_by_names_of_fields_survives_no_other_name() {
    let Some(python) = support::python() else { return };
    let swept = |client: &[&str]| {
        let command: Vec<_> = [&[python.as_str()], client].concat().iter().map(ToString::to_string).collect();
        let mut catalogue = Catalogue::embedded().unwrap();
        catalogue.client_scenarios.retain(|scenario| scenario.head.id == "client/download/walk");
        let readings = readings().unwrap();
        let named = |reading: &Reading| {
            let names = ["wire.password = \"pin\"", "session.ttl = \"5m\"", "wire_ru.email = \"mail\""];
            names.contains(&&*reading.name.en)
        };
        let readings: Vec<_> = readings.into_iter().filter(named).collect();
        let subject = Subject { limit: Duration::from_secs(20), ..Subject::new(&command) };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let sweep = runtime.block_on(sweep(&catalogue.client_scenarios, &readings, &subject, 2, |_| {}));
        sweep.rows.iter().map(SweepRow::survival).collect::<Vec<_>>()
    };
    let mutants = support::file("tests/it/mutants.py");
    let fragile = swept(&[&mutants, "goes_by_names_of_fields"]);
    assert_eq!(fragile, [Survival::Survived, Survival::NotSurvived, Survival::Unknown]);
    let robust = swept(&[&support::file("starters/python/obn_client.py")]);
    assert_eq!(robust, [Survival::Survived, Survival::Survived, Survival::Unknown]);
}
