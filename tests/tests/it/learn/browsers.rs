//! Recordings by real browsers: by Playwright, and as developer tools save them. What is downloaded is in neither; it lies
//! beside them, as it does at whoever records.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use obn_client::recording::har::{Entry, Har};
use obn_conformance::{Learned, Reading, Sources, learn};
use obn_tests::Recordings;

use super::groups::{chosen, groups, missing, truth, wants_all};
use super::redacted::{given_away, lost_by_redaction};
use super::round_trip::length;
use super::walk::{Length, walk_in_chromium};
use super::{false_values, learnt};

/// Who recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Playwright,
    DeveloperTools,
    /// The same, as they save it unless they are told otherwise: without cookies.
    Sanitized,
}

/// What a recording of theirs can't show.
fn why_not_by(by: By, key: &str, value: &str) -> Option<&'static str> {
    match key {
        "tls.alpn" | "tls.send_intermediate" | "tls.request_client_certificate" => {
            Some("browsers don't record the handshake")
        }
        "tls.versions" if by != By::Playwright || value.contains("1.3") => {
            Some("browsers don't record what else the server would have agreed on")
        }
        "wire.cookie" | "session.ttl" | "session.same_browser" if by == By::Sanitized => {
            Some("cookies are left out")
        }
        "lockout.attempts" | "renewal.max" | "renewal.list_scope" if by == By::Sanitized => {
            Some("without cookies nobody can tell what was one session, and whether all of it is there")
        }
        _ => None,
    }
}

/// The windows of a recording as one, with the site's clock as that of the browser's machine: simulated days pass in no time.
fn recording(of: &Recordings, by: By) -> Har {
    let windows = if by == By::Playwright { &of.playwright } else { &of.devtools };
    let mut har = windows[0].clone();
    har.log.entries = windows.iter().flat_map(|window| window.log.entries.clone()).collect();
    har.log.entries.sort_by(|one, other| one.started_date_time.cmp(&other.started_date_time));
    let mut now = Timestamp::UNIX_EPOCH;
    for entry in &mut har.log.entries {
        let date = entry.response.header("date").unwrap_or_default();
        now = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).unwrap_or(now);
        entry.started_date_time = now.to_string();
        if by == By::Sanitized {
            sanitize(entry);
        }
    }
    har
}

fn sanitize(entry: &mut Entry) {
    let secret = ["cookie", "set-cookie", "authorization"];
    for headers in [&mut entry.request.headers, &mut entry.response.headers] {
        headers.retain(|header| !secret.contains(&header.name.to_ascii_lowercase().as_str()));
    }
    entry.request.cookies.clear();
    entry.response.cookies.clear();
}

/// What it shows together with the files beside it.
fn learnt_with(har: &Har, files: &Path) -> Learned {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walk.har");
    std::fs::write(&path, har.to_json()).unwrap();
    learn(&Sources::read(&[path, files.to_owned()], Some("1234")).unwrap())
}

/// The recording with the saved files in it, but for the certificate, which no exchange brought.
fn whole(har: &Har, files: &Path) -> Har {
    let mut har = har.clone();
    let files = std::fs::read_dir(files).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())
    });
    let rest = har.attach(&files.collect::<Vec<_>>());
    assert_eq!(rest, ["server.crt"]);
    har
}

/// What came of a walk: which of these readings are missing, by whose recording, and what isn't so.
#[derive(Default)]
struct Outcome {
    missing: BTreeMap<By, Vec<Reading>>,
    wrong: Vec<String>,
}

async fn play(together: &[Reading], length: Length) -> Option<Outcome> {
    let truth = truth(together).unwrap();
    let recordings = walk_in_chromium(&truth, length).await?;
    let mut outcome = Outcome::default();
    for by in [By::Playwright, By::DeveloperTools, By::Sanitized] {
        let har = recording(&recordings, by);
        if let Some(folder) = std::env::var_os("OBN_LEARN_KEEP") {
            std::fs::write(Path::new(&folder).join(format!("{by:?}.har")), har.to_json()).unwrap();
        }
        let learned = learnt_with(&har, &recordings.files);
        outcome.missing.insert(by, missing(together, &learned, &truth));
        let mut say = |told: String| outcome.wrong.push(format!("{by:?}: {told}"));
        false_values(&learned, &truth).into_iter().for_each(&mut say);
        learned.unsaid.iter().for_each(|told| say(told.en.clone()));
        // The two forms of files; what is sanitized is a part of the second.
        if by != By::Sanitized && length == Length::FirstDay {
            let whole = whole(&har, &recordings.files);
            let (before, after) = (learnt(&whole), learnt(&given_away(&whole)));
            false_values(&after, &truth).into_iter().for_each(|told| say(format!("redacted: {told}")));
            lost_by_redaction(&before, &after).into_iter().for_each(|key| say(format!("redacted: no {key}")));
        }
    }
    Some(outcome)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_real_browsers_record_teaches_the_same() {
    let shown = chosen();
    let mut all = Outcome::default();
    for (length, group) in groups(&shown) {
        let Some(outcome) = play(&group, length).await else { return };
        all.wrong.extend(outcome.wrong);
        for (by, readings) in outcome.missing {
            all.missing.entry(by).or_default().extend(readings);
        }
    }
    // One reading may hide another: then it is walked by itself.
    let why = |by: By, it: &Reading| why_not_by(by, it.changes[0].key, &it.changes[0].value);
    let hidden =
        all.missing.iter().flat_map(|(by, them)| them.iter().filter(move |it| why(*by, it).is_none()));
    let hidden: BTreeMap<String, Reading> = hidden.map(|it| (it.name.en.clone(), it.clone())).collect();
    for reading in hidden.into_values() {
        println!("{} is walked by itself", reading.name.en);
        let alone = play(std::slice::from_ref(&reading), length(reading.changes[0].key)).await.unwrap();
        all.wrong.extend(alone.wrong);
        for (by, _) in alone.missing.into_iter().filter(|(_, still)| still.is_empty()) {
            all.missing.entry(by).or_default().retain(|other| other.name.en != reading.name.en);
        }
    }
    let mut lost = Vec::new();
    for (by, missing) in &all.missing {
        println!("{by:?}: {} of {} readings found", shown.len() - missing.len(), shown.len());
        for reading in missing {
            match why(*by, reading) {
                Some(why) => println!("  not {}: {why}", reading.name.en),
                None => lost.push(format!("{by:?}: {}", reading.name.en)),
            }
        }
        let is_enough = missing.len() * 20 <= shown.len() || *by == By::Sanitized || !wants_all();
        assert!(is_enough, "{by:?} shows less than 0.95");
    }
    assert!(all.wrong.is_empty(), "what isn't so:\n{}", all.wrong.join("\n"));
    assert!(lost.is_empty(), "not found:\n{}", lost.join("\n"));
}
