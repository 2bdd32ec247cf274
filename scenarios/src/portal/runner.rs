//! Plays many scenarios side by side, each with a scene of its own.

use super::Scenario;
use super::player;
use super::target::{NoStage, Target};
use crate::play::{Case, Outcome, Played, play_one, side_by_side};

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
            let play = Box::pin(play(&scenario, &case, &target));
            play_one(scenario.head.title(&case), play).await
        }
    });
    side_by_side(plays, jobs, done).await
}

async fn play(scenario: &Scenario, case: &Case, target: &Target) -> Outcome {
    match target.stage(scenario).await {
        Ok(stage) => player::play(scenario, case, &stage).await,
        Err(NoStage::Skip(reason)) => Outcome::Skipped { reason },
        Err(NoStage::Broken(reason)) => Outcome::HarnessError { reason, transcript: Vec::new() },
    }
}
