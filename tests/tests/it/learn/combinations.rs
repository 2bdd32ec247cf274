//! Several keys at once: learnt, and played again by the simulator under what was learnt.

use std::sync::Arc;

use obn_ca::profile::Profile;
use obn_conformance::{Language, Reading, Sources, readings, replay, why_not_shown};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::walk::{Length, walk};
use super::{false_values, learnt, profile};

/// How many profiles: a few each time, and as many as are asked for by the environment.
fn count() -> usize {
    std::env::var("OBN_LEARN_PROFILES").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// What is too dear here, or shows nothing to be found.
fn is_left_out(reading: &Reading) -> bool {
    let change = &reading.changes[0];
    why_not_shown(change.key, &change.value, Language::English).is_some()
        || change.key.ends_with("key_bits")
        // Its window is in the service's zone, which another key changes.
        || matches!(change.key, "maintenance.windows" | "clock.zone")
}

/// Two to eight keys, drawn by this number; `None` if they don't go together.
fn drawn(number: u64) -> Option<(String, Profile)> {
    let all: Vec<_> = readings().unwrap().into_iter().filter(|it| !is_left_out(it)).collect();
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut chosen: Vec<&Reading> = Vec::new();
    for _ in 0..2 + below(7) {
        let reading = &all[below(all.len())];
        if chosen.iter().all(|other| other.changes[0].key != reading.changes[0].key) {
            chosen.push(reading);
        }
    }
    let line = |reading: &&Reading| format!("{} = {}", reading.changes[0].key, reading.changes[0].value);
    let mut lines: Vec<String> = chosen.iter().map(line).collect();
    if lines.iter().any(|line| line == "tls.request_client_certificate = false") {
        lines.retain(|line| !line.starts_with("client_auth.mode"));
        lines.push("client_auth.mode = \"split\"".to_owned());
    }
    let text = lines.join("\n");
    Profile::from_toml(&text).ok().map(|profile| (text, profile))
}

async fn play(text: String, truth: Profile) -> Vec<String> {
    let har = walk(&truth, Length::Whole).await;
    let learned = learnt(&har);
    let mut wrong = false_values(&learned, &truth);
    let sources = Sources::of("walk.har", &har.to_json());
    match replay(&sources, &learned.profile).await {
        Err(error) => wrong.push(error.to_string()),
        Ok(replayed) => {
            assert!(replayed.compared > 50, "{text}: {} compared", replayed.compared);
            wrong.extend(
                replayed
                    .differences
                    .iter()
                    .map(|it| format!("{} {}: {} / {}", it.place, it.what.en, it.recorded, it.simulated)),
            );
        }
    }
    wrong.into_iter().map(|told| format!("[{}] {told}", text.replace('\n', ", "))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_keys_at_once_are_learnt_and_played_again_without_a_difference() {
    let several = Arc::new(Semaphore::new(3));
    let mut tasks = JoinSet::new();
    let profiles = (0..).filter_map(drawn).take(count());
    let all = std::iter::once((String::new(), profile(""))).chain(profiles);
    for (text, truth) in all {
        let several = Arc::clone(&several);
        tasks.spawn(async move {
            let _one_of_several = several.acquire_owned().await.unwrap();
            tokio::spawn(play(text.clone(), truth))
                .await
                .unwrap_or_else(|panicked| vec![format!("{text}: {panicked}")])
        });
    }
    let wrong: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
