//! Guided: what a person is told, and what becomes of what they type.

use std::sync::{Arc, Mutex};

use obn_conformance::{Catalogue, Guide, Language, Outcome, Played, Subject, run_client};

/// Plays these scenarios with somebody who types these lines; answers with what they were told.
fn guided(language: Language, ids: &[&str], lines: &[&str]) -> (Vec<Played>, String) {
    let mut catalogue = Catalogue::embedded().unwrap();
    catalogue.client_scenarios.retain(|scenario| ids.contains(&scenario.head.id.as_str()));
    let told = Arc::new(Mutex::new(String::new()));
    let plays = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (sender, typed) = tokio::sync::mpsc::channel(lines.len());
        for line in lines {
            sender.send((*line).to_owned()).await.unwrap();
        }
        drop(sender);
        let tell = {
            let told = Arc::clone(&told);
            move |text: &str| *told.lock().unwrap() += &format!("{text}\n")
        };
        let subject = Subject { guide: Some(Guide::new(language, typed, tell)), ..Subject::new(&[]) };
        run_client(&catalogue.client_scenarios, &subject, 1, |_| {}).await
    });
    let told = told.lock().unwrap().clone();
    (plays, told)
}

fn reason(played: &Played) -> &str {
    match &played.outcome {
        Outcome::Skipped { reason } => &reason.en,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_with_a_browser_is_told_where_the_file_must_lie() {
    let (plays, told) = guided(Language::Japanese, &["client/download/walk"], &["s"]);
    assert_eq!(reason(&plays[0]), "the command doesn't support download");
    let mut lines = told.lines().skip_while(|line| !line.contains("OBN_OUTPUT = "));
    assert!(lines.next().unwrap().ends_with("/new.p12"), "{told}");
    assert!(lines.next().unwrap().contains("ブラウザーの場合は"), "{told}");
    assert!(told.contains("s 未対応(飛ばす)"), "{told}");
}

#[test]
fn a_person_is_told_in_one_language() {
    let lines = ["x", "0", "it worked", "q"];
    let (_, english) = guided(Language::English, &["client/download/walk"], &lines);
    assert!(english.contains("s not supported (skip)"), "{english}");
    assert!(english.contains("What did it say?") && !english.contains("してください"), "{english}");
    let (_, japanese) = guided(Language::Japanese, &["client/download/walk"], &lines);
    assert!(japanese.contains("表示された言葉"), "{japanese}");
    assert!(!japanese.contains("Download") && !japanese.contains("type how"), "{japanese}");
}

#[test]
fn who_quits_is_asked_nothing_more() {
    let (plays, told) =
        guided(Language::Japanese, &["client/download/walk", "client/root/walk"], &["q", "0"]);
    assert_eq!(plays.iter().map(reason).collect::<Vec<_>>(), ["the session was ended"; 2]);
    assert_eq!(told.matches("→ ").count(), 1, "{told}");
}

#[test]
fn the_end_of_what_is_typed_quits_as_well() {
    let (plays, told) = guided(Language::Japanese, &["client/download/walk", "client/root/walk"], &["s"]);
    assert_eq!(reason(&plays[1]), "the session was ended");
    assert_eq!(told.matches("→ ").count(), 2, "{told}");
}
