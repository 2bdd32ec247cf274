//! The figure: of all readings that a recording can show, how many are found again. And never a value that isn't so.

use std::sync::Arc;

use obn_conformance::{Language, Reading, readings, why_not_shown};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::walk::{Length, walk};
use super::{false_values, learnt, profile, values};

/// What came of one reading.
struct Outcome {
    name: String,
    found: bool,
    wrong: Vec<String>,
    unsaid: Vec<String>,
}

/// What the first day shows needs no other: keys of other lengths take seconds each, and the walk is long.
pub(super) fn length(key: &str) -> Length {
    const FIRST: [&str; 10] = [
        "ca.",
        "certificate.",
        "dn.mode",
        "dn.order",
        "dn.string",
        "html.",
        "http.server",
        "pfx.",
        "root_file.",
        "tls.",
    ];
    let is_of_later = key == "certificate.validity_months" || key == "html.charset" || key == "pfx.file_name";
    match FIRST.iter().any(|first| key.starts_with(first)) && !is_of_later {
        true => Length::FirstDay,
        false => Length::Whole,
    }
}

async fn play(reading: Reading) -> Outcome {
    let truth = profile(&reading.profile.to_string());
    let change = &reading.changes[0];
    let har = walk(&truth, length(change.key)).await;
    if let Some(folder) = std::env::var_os("OBN_LEARN_KEEP") {
        let name: String =
            reading.name.en.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
        std::fs::write(std::path::Path::new(&folder).join(name).with_extension("har"), har.to_json())
            .unwrap();
    }
    let learned = learnt(&har);
    let key = change.key;
    let found = learned.known.iter().any(|known| known.key == key)
        && values(&profile(&learned.profile.to_string()))[key] == values(&truth)[key];
    Outcome {
        name: reading.name.en.clone(),
        found,
        wrong: false_values(&learned, &truth),
        unsaid: learned.unsaid.into_iter().map(|told| told.en).collect(),
    }
}

/// Each reading by itself. Those that no recording shows are listed with the reason by `why_not_shown`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_reading_that_shows_is_found_again_and_nothing_else() {
    let all = readings().unwrap();
    let only = std::env::var("OBN_LEARN_ONLY").unwrap_or_default();
    let (shown, not_shown): (Vec<_>, Vec<_>) = all.into_iter().partition(|reading| {
        let change = &reading.changes[0];
        why_not_shown(change.key, &change.value, Language::English).is_none()
    });
    let shown: Vec<_> = shown.into_iter().filter(|reading| reading.name.en.contains(&only)).collect();
    let several = Arc::new(Semaphore::new(3));
    let mut tasks = JoinSet::new();
    for reading in shown {
        let several = Arc::clone(&several);
        let name = reading.name.en.clone();
        tasks.spawn(async move {
            let _one_of_several = several.acquire_owned().await.unwrap();
            let played = tokio::spawn(play(reading)).await;
            played.unwrap_or_else(|panicked| Outcome {
                name: name.clone(),
                found: false,
                wrong: vec![format!("{name}: {panicked}")],
                unsaid: Vec::new(),
            })
        });
    }
    let mut played = tasks.join_all().await;
    played.sort_by(|one, other| one.name.cmp(&other.name));
    let lost: Vec<_> = played.iter().filter(|it| !it.found).map(|it| it.name.as_str()).collect();
    let wrong: Vec<_> =
        played.iter().flat_map(|it| it.wrong.iter().map(|text| format!("{}: {text}", it.name))).collect();
    for reading in &not_shown {
        let change = &reading.changes[0];
        println!(
            "not shown: {}: {}",
            reading.name.en,
            why_not_shown(change.key, &change.value, Language::English).unwrap()
        );
    }
    println!("{} of {} readings found", played.len() - lost.len(), played.len());
    let unsaid: std::collections::BTreeSet<_> = played.iter().flat_map(|it| &it.unsaid).collect();
    assert!(wrong.is_empty(), "values that aren't so:\n{}", wrong.join("\n"));
    assert!(lost.is_empty(), "not found:\n{}", lost.join("\n"));
    assert!(unsaid.is_empty(), "our own pages have what no profile can say: {unsaid:#?}");
    // As many as the README says.
    assert_eq!(not_shown.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_is_not_asked_for_once_more() {
    let learned = learnt(&walk(&profile(""), Length::FirstDay).await);
    let next: Vec<_> = learned.next().into_iter().map(|(record, _)| record.en).collect();
    let is_asked = |words: &str| next.iter().any(|record| record.contains(words));
    assert!(is_asked("Apply for a revocation at /p/rx") && is_asked("dental, pharmacy"), "{next:?}");
    for done in ["Download a certificate at /p/rcd", "Fetch the root certificate", "Fetch the installer"] {
        assert!(!is_asked(done), "{done}: {next:?}");
    }
}
