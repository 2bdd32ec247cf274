//! Awaits plays side by side, and takes their time.

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::engine::Mark;
use super::head::Title;
use super::outcome::{Outcome, Played};
use super::pace::Pace;

/// A play that takes longer hangs: every exchange in it has its own, much shorter limit.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(300);

/// Awaits plays, so many at a time, and answers in their order, each with its number. None is made before its turn
/// comes; those that were stopped are missing.
pub(crate) async fn side_by_side<P, T>(
    plays: impl IntoIterator<Item = P>,
    Pace { jobs, stop, .. }: Pace,
    mut done: impl FnMut(&T),
) -> Vec<(usize, T)>
where
    P: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut waiting = plays.into_iter().enumerate();
    let mut set = JoinSet::new();
    let mut played = Vec::new();
    while !stop.is_set() {
        for (index, play) in waiting.by_ref().take(jobs.max(1) - set.len()) {
            set.spawn(async move { (index, play.await) });
        }
        let finished = tokio::select! {
            biased;
            finished = set.join_next() => finished,
            () = stop.asked() => break,
        };
        let Some(finished) = finished else { break };
        match finished {
            Ok(one) => {
                done(&one.1);
                played.push(one);
            }
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    // What they have started and laid out is gone with them.
    set.shutdown().await;
    played.sort_by_key(|(index, _)| *index);
    played
}

/// What was played, and in its place what a stopped run left out, as skipped.
pub(crate) fn with_the_rest(
    titles: impl IntoIterator<Item = Title>,
    played: Vec<(usize, Played)>,
) -> Vec<Played> {
    let mut played = played.into_iter().peekable();
    let titles = titles.into_iter().enumerate();
    let one = |(index, title)| match played.next_if(|(played, _)| *played == index) {
        Some((_, played)) => played,
        None => told(title, Outcome::left(), 0.0),
    };
    titles.map(one).collect()
}

fn told(title: Title, outcome: Outcome, seconds: f64) -> Played {
    let Title { scenario, case, name, ja, level, shows } = title;
    Played { scenario, case, name, ja, level, shows, outcome, excuse: None, seconds }
}

/// Takes the time of a play, and ends it if it hangs.
pub(crate) async fn play_one(title: Title, play: impl Future<Output = Outcome>) -> Played {
    let hung = |_| Outcome::HarnessError {
        reason: Mark::Hung { seconds: LONGEST.as_secs() }.into(),
        transcript: Vec::new(),
    };
    timed(title, async { tokio::time::timeout(LONGEST, play).await.unwrap_or_else(hung) }).await
}

/// Takes the time of a play.
pub(crate) async fn timed(title: Title, play: impl Future<Output = Outcome>) -> Played {
    let start = Instant::now();
    let outcome = play.await;
    told(title, outcome, start.elapsed().as_secs_f64())
}
