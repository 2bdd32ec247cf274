//! Plays many client scenarios side by side.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::guide::Guide;
use super::player;
use super::scenario::ClientScenario;
use crate::play::{Case, Played, play_one, side_by_side, timed};

/// What is put to the test, and how.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Instead of the command, somebody who does what is told, one scenario after the other.
    pub guide: Option<Guide>,
    /// Where the site is, such as a port that a guided program knows; otherwise a free one each time.
    pub listen: Option<SocketAddr>,
    /// Keys, IDs and certificates repeat with it.
    pub seed: String,
    /// The simulated present. With the real one, a client's own clock sees the same days.
    pub now: Timestamp,
    /// Real time after which a run of the command hangs.
    pub limit: Duration,
    /// How the profile is to be read, where a scenario doesn't stand on it.
    pub reading: toml::Table,
}

impl Subject {
    /// A command, in the present, with the usual seed.
    pub fn new(command: &[String]) -> Self {
        Self {
            command: super::command::absolute(command),
            guide: None,
            listen: None,
            seed: crate::USUAL_SEED.to_owned(),
            now: obn_ca::clock::real_now(),
            limit: Duration::from_secs(60),
            reading: toml::Table::new(),
        }
    }

    /// Whether the command can be started at all.
    ///
    /// # Errors
    /// What is wrong with it, as a lower-case fragment.
    pub fn check(&self) -> Result<(), String> {
        match self.guide {
            Some(_) => Ok(()),
            None => super::command::check(&self.command),
        }
    }
}

/// Plays scenarios, `jobs` at a time. The answer has their order.
pub async fn run_client(
    scenarios: &[ClientScenario],
    subject: &Subject,
    jobs: usize,
    done: impl Fn(&Played),
) -> Vec<Played> {
    let all =
        scenarios.iter().flat_map(|scenario| scenario.head.cases.iter().map(move |case| (scenario, case)));
    let plays = all.map(|(scenario, case)| one(scenario.clone(), case.clone(), subject.clone()));
    side_by_side(plays, jobs, done).await
}

/// Plays a scenario with one of its cases.
pub(crate) async fn one(scenario: ClientScenario, case: Case, subject: Subject) -> Played {
    let title = scenario.head.title(&case);
    // On the heap: without optimisation the futures within would not fit a worker's stack.
    let play = Box::pin(player::play(&scenario, &case, &subject));
    // A person takes the time that it takes.
    if subject.guide.is_some() { timed(title, play).await } else { play_one(title, play).await }
}
