//! Plays many client scenarios side by side.

use super::guide::Guide;
use super::scenario::ClientScenario;
use super::scene::Scene;
use super::stage::Stage;
use super::subject::Subject;
use crate::error::Error;
use crate::play::{
    self, Case, Mark, Outcome, Pace, Played, Skip, Transcript, play_one, side_by_side, timed, with_the_rest,
};

/// Plays scenarios at this [`Pace`], such as two at a time. The answer has their order.
pub async fn run_client(
    scenarios: &[ClientScenario],
    subject: &Subject,
    pace: impl Into<Pace>,
    done: impl Fn(&Played),
) -> Vec<Played> {
    let all =
        scenarios.iter().flat_map(|scenario| scenario.head.cases.iter().map(move |case| (scenario, case)));
    let pace = pace.into();
    let along = pace.along.clone();
    let plays = all.clone().map(|(scenario, case)| {
        one(scenario.clone(), case.clone(), subject.clone(), along.transcript(&scenario.head, case))
    });
    let played = side_by_side(plays, pace, done).await;
    with_the_rest(all.map(|(scenario, case)| scenario.head.title(case)), played)
}

/// Plays a scenario with one of its cases.
pub(crate) async fn one(
    scenario: ClientScenario,
    case: Case,
    subject: Subject,
    transcript: Transcript,
) -> Played {
    let title = scenario.head.title(&case);
    // On the heap: without optimisation the futures within would not fit a worker's stack.
    let play = Box::pin(play(&scenario, &case, &subject, transcript));
    // A person takes the time that it takes.
    if subject.guide.is_some() { timed(title, play).await } else { play_one(title, play).await }
}

async fn play(scenario: &ClientScenario, case: &Case, subject: &Subject, transcript: Transcript) -> Outcome {
    if subject.guide.as_ref().is_some_and(Guide::has_quit) {
        return Outcome::Skipped { reason: Skip::Quit.into() };
    }
    let scene = match set(scenario, case, subject, transcript).await {
        Ok(scene) => scene,
        Err(error) => return Mark::broken(&error),
    };
    if let Some(guide) = &subject.guide {
        guide.begins(scenario, case, &scene.stage);
    }
    play::play(&scenario.head, &scenario.steps, scene).await
}

async fn set(
    scenario: &ClientScenario,
    case: &Case,
    subject: &Subject,
    transcript: Transcript,
) -> Result<Scene, Error> {
    let stage = Stage::set(&scenario.given, subject).await?;
    Scene::new(stage, case, subject.clone(), scenario, transcript)
}
