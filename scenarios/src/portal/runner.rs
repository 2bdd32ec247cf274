//! Plays many scenarios side by side, each with a scene of its own.

use super::scenario::Scenario;
use super::scene::Scene;
use super::target::{NoStage, Target};
use crate::play::{
    self, Case, Mark, Outcome, Pace, Played, Transcript, play_one, side_by_side, with_the_rest,
};

/// Plays scenarios at this [`Pace`], such as two at a time where the target allows it. The answer has their order.
pub async fn run(
    scenarios: &[Scenario],
    target: &Target,
    pace: impl Into<Pace>,
    done: impl Fn(&Played),
) -> Vec<Played> {
    let mut pace = pace.into();
    if !target.is_parallel() {
        pace.jobs = 1;
    }
    let all =
        scenarios.iter().flat_map(|scenario| scenario.head.cases.iter().map(move |case| (scenario, case)));
    let along = pace.along.clone();
    let plays = all.clone().map(|(scenario, case)| {
        let transcript = along.transcript(&scenario.head, case);
        let (scenario, case, target) = (scenario.clone(), case.clone(), target.clone());
        async move {
            // On the heap: without optimisation the futures within would not fit a thread's stack.
            let play = Box::pin(one(&scenario, &case, &target, transcript));
            play_one(scenario.head.title(&case), play).await
        }
    });
    let played = side_by_side(plays, pace, done).await;
    with_the_rest(all.map(|(scenario, case)| scenario.head.title(case)), played)
}

async fn one(scenario: &Scenario, case: &Case, target: &Target, transcript: Transcript) -> Outcome {
    let stage = match target.stage(scenario).await {
        Ok(stage) => stage,
        Err(NoStage::Skip(skip)) => return Outcome::Skipped { reason: skip.into() },
        Err(NoStage::Broken(error)) => return Mark::broken(&error),
    };
    match Scene::new(stage, case, scenario.passwords(), transcript) {
        Ok(scene) => play::play(&scenario.head, &scenario.steps, scene).await,
        Err(error) => Mark::broken(&error),
    }
}
