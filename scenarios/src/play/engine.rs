//! Plays a scenario: does its steps one after the other and compares what is seen.
//!
//! A check that fails is noted and the play goes on, so that one run tells all that is wrong. A step that can't be done
//! ends the play: what would follow means nothing.

use super::excerpt::excerpt;
use super::head::Head;
use super::outcome::{Failure, Outcome};
use super::scene::Scene;
use super::step::Step;
use super::trouble::{Done, Trouble};
use crate::bilingual::{Bilingual, wording};
use crate::difference::Difference;

wording! {
    /// What the engine adds to a transcript, and what it says of itself.
    pub(crate) enum Mark {
        Wrong => "✗"; "✗";
        End => "✗ the play ends here"; "✗ ここで終わり";
        LastSeen { seen: Bilingual } => "Last seen: {}", seen.en; "最後に見えたもの: {}", seen.ja;
        /// Why it broke is for who mends it.
        Harness { error: String } => "{error}"; "ハーネスの中で異常が起きました: {error}";
        Hung { seconds: u64 } => "the play hung for {seconds} s"; "{seconds} 秒待っても終わりませんでした";
    }
}

impl Mark {
    /// What came of a play that the harness could not bring to its end.
    pub(crate) fn broken(error: &impl std::fmt::Display) -> Outcome {
        let reason = Self::Harness { error: error.to_string() }.into();
        Outcome::HarnessError { reason, transcript: Vec::new() }
    }
}

/// Plays all steps in a scene that is set.
pub(crate) async fn play<S: Scene>(head: &Head, steps: &[Step<S>], mut scene: S) -> Outcome {
    let mut failures: Vec<Failure> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let usual = [&step.shows, &step.breaks, &head.shows].into_iter().find(|ids| !ids.is_empty());
        let usual = usual.cloned().unwrap_or_default();
        let failure = |difference: Difference, breaks: Vec<String>, scene: &S| Failure {
            place: head.place(step.line),
            step: index + 1,
            breaks,
            expected: excerpt(difference.expected.map(|text| scene.shown(text))),
            seen: excerpt(difference.seen.map(|text| scene.shown(text))),
        };
        match take(index, step, &mut scene).await {
            Ok(()) => {}
            Err(Trouble::Checks(differences)) => {
                failures.extend(differences.into_iter().map(|it| failure(it, usual.clone(), &scene)));
                scene.note(Mark::Wrong);
            }
            Err(Trouble::Halt { difference, breaks }) => {
                // What follows from an earlier failure is not a failure of its own.
                if failures.is_empty() || !step.shows.is_empty() {
                    let other = !breaks.is_empty() && !breaks.iter().any(|id| step.shows.contains(id));
                    failures.push(failure(difference, if other { breaks } else { usual }, &scene));
                }
                scene.note(Mark::End);
                break;
            }
            Err(Trouble::Skip(reason)) => return Outcome::Skipped { reason: reason.into() },
            Err(Trouble::Broken(error)) => {
                let error = format!("{}: {error}", head.place(step.line));
                let reason = excerpt(Mark::Harness { error }.into());
                return Outcome::HarnessError { reason, transcript: scene.transcript().take() };
            }
        }
    }
    if let Some(seen) = scene.last_seen().filter(|_| !failures.is_empty()) {
        scene.transcript().push(excerpt(Mark::LastSeen { seen }.into()));
    }
    if failures.is_empty() {
        match scene.idle_faults().await {
            Ok(None) => return Outcome::Passed { transcript: scene.transcript().take() },
            Ok(Some(Difference { expected, seen })) => {
                let index = steps.iter().position(|step| step.action.key() == "fault").unwrap_or_default();
                let place = head.place(steps.get(index).map_or(1, |step| step.line));
                failures.push(Failure { place, step: index + 1, breaks: head.shows.clone(), expected, seen });
            }
            Err(error) => {
                let transcript = scene.transcript().take();
                let reason = excerpt(Mark::Harness { error: error.to_string() }.into());
                return Outcome::HarnessError { reason, transcript };
            }
        }
    }
    let journal = match scene.control() {
        Some(control) => {
            let records = control.last_records().await.into_iter();
            records.map(|record| excerpt(Bilingual::same(&record)).en).collect()
        }
        None => Vec::new(),
    };
    Outcome::Failed { failures, transcript: scene.transcript().take(), journal }
}

/// Tells and does one step.
async fn take<S: Scene>(index: usize, step: &Step<S>, scene: &mut S) -> Done {
    let action = step.action.filled(scene.known())?;
    let told = action.describe().map(|text| format!("{}. {}", index + 1, scene.shown(text)));
    scene.transcript().push(told);
    action.run(scene).await
}
