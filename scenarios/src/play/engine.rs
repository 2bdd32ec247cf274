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
use crate::difference::Difference;

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
            expected: excerpt(difference.expected),
            seen: excerpt(scene.shown(difference.seen)),
        };
        match take(index, step, &mut scene).await {
            Ok(()) => {}
            Err(Trouble::Checks(differences)) => {
                failures.extend(differences.into_iter().map(|it| failure(it, usual.clone(), &scene)));
                scene.note("✗");
            }
            Err(Trouble::Halt { difference, breaks }) => {
                // What follows from an earlier failure is not a failure of its own.
                if failures.is_empty() || !step.shows.is_empty() {
                    let other = !breaks.is_empty() && !breaks.iter().any(|id| step.shows.contains(id));
                    failures.push(failure(difference, if other { breaks } else { usual }, &scene));
                }
                scene.note("✗ the play ends here");
                break;
            }
            Err(Trouble::Skip(reason)) => return Outcome::Skipped { reason },
            Err(Trouble::Broken(error)) => {
                let reason = excerpt(format!("{}: {error}", head.place(step.line)));
                return Outcome::HarnessError { reason, transcript: std::mem::take(scene.transcript()) };
            }
        }
    }
    if let Some(seen) = scene.last_seen().filter(|_| !failures.is_empty()) {
        scene.transcript().push(excerpt(format!("Last seen: {seen}")));
    }
    if failures.is_empty() {
        match scene.idle_faults().await {
            Ok(None) => return Outcome::Passed { transcript: std::mem::take(scene.transcript()) },
            Ok(Some(Difference { expected, seen })) => {
                let index = steps.iter().position(|step| step.action.key() == "fault").unwrap_or_default();
                let place = head.place(steps.get(index).map_or(1, |step| step.line));
                failures.push(Failure { place, step: index + 1, breaks: head.shows.clone(), expected, seen });
            }
            Err(error) => {
                let transcript = std::mem::take(scene.transcript());
                return Outcome::HarnessError { reason: excerpt(error.to_string()), transcript };
            }
        }
    }
    let journal = match scene.control() {
        Some(control) => control.last_records().await.into_iter().map(excerpt).collect(),
        None => Vec::new(),
    };
    Outcome::Failed { failures, transcript: std::mem::take(scene.transcript()), journal }
}

/// Tells and does one step.
async fn take<S: Scene>(index: usize, step: &Step<S>, scene: &mut S) -> Done {
    let action = if S::TELLS_VALUES { step.action.filled(scene.known())? } else { step.action.clone() };
    scene.transcript().push(format!("{}. {}", index + 1, action.describe()));
    action.run(scene).await
}
