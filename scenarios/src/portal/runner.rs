//! Plays many scenarios side by side, each with a scene of its own.

use super::scenario::Scenario;
use super::scene::Scene;
use super::target::{NoStage, Target};
use crate::error::Error;
use crate::play::{self, Case, Outcome, Played, play_one, side_by_side};

/// Plays scenarios, `jobs` at a time where the target allows it. The answer has their order.
pub async fn run(
    scenarios: &[Scenario],
    target: &Target,
    jobs: usize,
    done: impl Fn(&Played),
) -> Vec<Played> {
    let jobs = if target.is_parallel() { jobs } else { 1 };
    let all =
        scenarios.iter().flat_map(|scenario| scenario.head.cases.iter().map(move |case| (scenario, case)));
    let plays = all.map(|(scenario, case)| {
        let (scenario, case, target) = (scenario.clone(), case.clone(), target.clone());
        async move {
            // On the heap: without optimisation the futures within would not fit a thread's stack.
            let play = Box::pin(one(&scenario, &case, &target));
            play_one(scenario.head.title(&case), play).await
        }
    });
    side_by_side(plays, jobs, done).await
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
