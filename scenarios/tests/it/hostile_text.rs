//! What sites and commands say stands in reports as letters, and nothing else.

use obn_conformance::{
    Bilingual, Language, Outcome, sweep_to_html, sweep_to_junit, sweep_to_text, to_html, to_json, to_junit,
    to_text,
};

use crate::reports::run_of_every_outcome;
use crate::sweep::sweep_of_every_survival;

const ACTS: &str = "\u{1b}]52;c;eA==\u{7}\u{1b}[2J\u{8}\r\u{0}\u{9b}31m\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{200b}\u{feff}\u{fffe}\u{ffff}\n12 passed";

fn spoil(outcome: &mut Outcome) {
    match outcome {
        Outcome::Passed { transcript } => transcript.push(Bilingual::same(ACTS)),
        Outcome::Failed { failures, transcript, journal } => {
            for failure in failures {
                push(&mut failure.seen);
                push(&mut failure.expected);
            }
            transcript.push(Bilingual::same(&format!("     | {ACTS}")));
            journal.push(ACTS.to_owned());
        }
        Outcome::Skipped { reason } => push(reason),
        Outcome::HarnessError { reason, transcript } => {
            push(reason);
            transcript.push(Bilingual::same(ACTS));
        }
    }
}

fn push(text: &mut Bilingual) {
    text.ja.push_str(ACTS);
    text.en.push_str(ACTS);
}

fn assert_harmless(text: &str) {
    let acts = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || "\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{200b}\u{feff}\u{fffe}\u{ffff}".contains(letter)
    };
    assert_eq!(text.matches(acts).collect::<String>(), "");
    assert!(text.contains(r"\u{1b}]52;c;eA==\u{7}"));
}

/// XML 1.0, 2.2.
fn assert_well_formed(xml: &str) {
    let is_forbidden = |letter: char| !matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert_eq!(xml.matches(is_forbidden).collect::<String>(), "");
    assert!(!xml.contains("&#x1b;") && xml.contains('\u{fffd}'));
    let mut reader = quick_xml::Reader::from_str(xml);
    while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
}

#[test]
fn in_the_reports_of_a_run() {
    let (catalogue, mut run) = run_of_every_outcome();
    push(&mut run.target);
    run.problems.push(Bilingual::same(ACTS));
    run.plays.iter_mut().for_each(|played| spoil(&mut played.outcome));
    for language in [Language::Japanese, Language::English] {
        let text = to_text(&run, &catalogue.requirements, language);
        assert_harmless(&text);
        assert!(!text.lines().any(|line| line == "12 passed"), "{text}");
    }
    assert_harmless(&to_html(&run, &catalogue.requirements).unwrap());
    assert_well_formed(&to_junit(&run, &catalogue.requirements).unwrap());
    let json: serde_json::Value = serde_json::from_str(&to_json(&run, &catalogue.requirements)).unwrap();
    assert!(json["target"].as_str().unwrap().ends_with(ACTS), "JSON has it as it came");
}

#[test]
fn in_the_reports_of_a_sweep() {
    let (catalogue, mut sweep) = sweep_of_every_survival();
    push(&mut sweep.target);
    let plays = sweep.rows.iter_mut().flat_map(|row| &mut row.plays);
    plays.chain(&mut sweep.left_out).for_each(|played| spoil(&mut played.outcome));
    for language in [Language::Japanese, Language::English] {
        assert_harmless(&sweep_to_text(&sweep, &catalogue.requirements, language));
    }
    assert_harmless(&sweep_to_html(&sweep, &catalogue.requirements).unwrap());
    assert_well_formed(&sweep_to_junit(&sweep, &catalogue.requirements).unwrap());
}

#[test]
fn in_a_mistake_that_quotes_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let manifest: &std::path::Path = env!("CARGO_MANIFEST_DIR").as_ref();
    std::fs::copy(manifest.join("requirements.toml"), folder.path().join("requirements.toml")).unwrap();
    std::fs::create_dir_all(folder.path().join("client")).unwrap();
    let step = "{ run = \"\\u001b]52;c;eA==\\u0007\\u202e\" }";
    let text = format!("name = \"x\"\nlevel = \"core\"\nshows = [\"ROOT-101\"]\nsteps = [{step}]\n");
    std::fs::write(folder.path().join("client/x.toml"), text).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_obn-conformance"))
        .args(["list", "--scenarios"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_harmless(&String::from_utf8(output.stderr).unwrap());
}
