//! Plays many scenarios side by side, each with a scene of its own.

use super::scenario::Scenario;
use super::scene::Scene;
use super::target::{NoStage, Target};
use crate::error::Error;
use crate::play::{self, Case, Outcome, Pace, Played, play_one, side_by_side, with_the_rest};

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
    let plays = all.clone().map(|(scenario, case)| {
        let (scenario, case, target) = (scenario.clone(), case.clone(), target.clone());
        async move {
            // On the heap: without optimisation the futures within would not fit a thread's stack.
            let play = Box::pin(one(&scenario, &case, &target));
            play_one(scenario.head.title(&case), play).await
        }
    });
    let played = side_by_side(plays, pace, done).await;
    with_the_rest(all.map(|(scenario, case)| scenario.head.title(case)), played)
}

async fn one(scenario: &Scenario, case: &Case, target: &Target) -> Outcome {
    let broken = |error: Error| Outcome::HarnessError { reason: error.to_string(), transcript: Vec::new() };
    let stage = match target.stage(scenario).await {
        Ok(stage) => stage,
        Err(NoStage::Skip(reason)) => return Outcome::Skipped { reason },
        Err(NoStage::Broken(error)) => return broken(error),
    };
    match Scene::new(stage, case, scenario.passwords()) {
        Ok(scene) => play::play(&scenario.head, &scenario.steps, scene).await,
        Err(error) => broken(error),
    }
}
