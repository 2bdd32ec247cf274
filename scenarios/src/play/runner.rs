//! Awaits plays side by side, and takes their time.

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::head::Title;
use super::outcome::{Outcome, Played};

/// A play that takes longer hangs: every exchange in it has its own, much shorter limit.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(300);

/// Awaits plays, so many at a time, and answers in their order. None is made before its turn comes.
pub(crate) async fn side_by_side<P, T>(
    plays: impl IntoIterator<Item = P>,
    jobs: usize,
    mut done: impl FnMut(&T),
) -> Vec<T>
where
    P: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut waiting = plays.into_iter().enumerate();
    let mut set = JoinSet::new();
    let mut played = Vec::new();
    loop {
        for (index, play) in waiting.by_ref().take(jobs.max(1) - set.len()) {
            set.spawn(async move { (index, play.await) });
        }
        let Some(finished) = set.join_next().await else { break };
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

/// Takes the time of a play, and ends it if it hangs.
pub(crate) async fn play_one(title: Title, play: impl Future<Output = Outcome>) -> Played {
    let hung = |_| Outcome::HarnessError {
        reason: format!("the play hung for {} s", LONGEST.as_secs()),
        transcript: Vec::new(),
    };
    timed(title, async { tokio::time::timeout(LONGEST, play).await.unwrap_or_else(hung) }).await
}

/// Takes the time of a play.
pub(crate) async fn timed(title: Title, play: impl Future<Output = Outcome>) -> Played {
    let start = Instant::now();
    let outcome = play.await;
    let Title { scenario, case, name, ja, level, shows } = title;
    let seconds = start.elapsed().as_secs_f64();
    Played { scenario, case, name, ja, level, shows, outcome, excuse: None, seconds }
}
