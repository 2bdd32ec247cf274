//! Plays many scenarios side by side, each with a scene of its own.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::outcome::{Outcome, Played};
use crate::player;
use crate::scenario::{Case, Scenario};
use crate::target::{NoStage, Target};

/// A play that takes longer hangs: every exchange in it has its own, much shorter limit.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(300);

/// Plays scenarios, `jobs` at a time where the target allows it. The answer has their order.
pub async fn run(
    scenarios: &[Scenario],
    target: &Target,
    jobs: usize,
    done: impl Fn(&Played),
) -> Vec<Played> {
    let jobs = if target.is_parallel() { jobs.max(1) } else { 1 };
    let turns = Arc::new(Semaphore::new(jobs));
    let mut plays = JoinSet::new();
    let all = scenarios.iter().flat_map(|scenario| scenario.cases.iter().map(move |case| (scenario, case)));
    for (index, (scenario, case)) in all.enumerate() {
        let (scenario, case, target) = (scenario.clone(), case.clone(), target.clone());
        let turns = Arc::clone(&turns);
        plays.spawn(async move {
            let _turn = turns.acquire().await;
            (index, play(&scenario, &case, &target).await)
        });
    }
    let mut played = Vec::new();
    while let Some(finished) = plays.join_next().await {
        match finished {
            Ok(one) => {
                done(&one.1);
                played.push(one);
            }
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    played.sort_by_key(|(index, _)| *index);
    played.into_iter().map(|(_, played)| played).collect()
}

async fn play(scenario: &Scenario, case: &Case, target: &Target) -> Played {
    let start = Instant::now();
    let whole = async {
        match target.stage(scenario).await {
            Ok(stage) => player::play(scenario, case, &stage).await,
            Err(NoStage::Skip(reason)) => Outcome::Skipped { reason },
            Err(NoStage::Broken(reason)) => Outcome::HarnessError { reason, transcript: Vec::new() },
        }
    };
    let outcome = tokio::time::timeout(LONGEST, whole).await.unwrap_or_else(|_| Outcome::HarnessError {
        reason: format!("the play hung for {} s", LONGEST.as_secs()),
        transcript: Vec::new(),
    });
    Played {
        scenario: scenario.id.clone(),
        case: case.name.clone(),
        name: scenario.name.clone(),
        ja: scenario.ja.clone(),
        level: scenario.level,
        shows: scenario.shows.clone(),
        outcome,
        excuse: None,
        seconds: start.elapsed().as_secs_f64(),
    }
}
