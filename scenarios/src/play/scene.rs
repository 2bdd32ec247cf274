//! What the engine needs of a scene, whoever is under test.

use super::excerpt::excerpt;
use super::template::Known;
use crate::control::Control;
use crate::difference::Difference;
use crate::error::Error;

/// Where a scenario plays, and what has come of it so far.
pub(crate) trait Scene: Send + Sync {
    /// Whether a transcript tells texts with their blanks filled in. Where some stand for secrets it doesn't: there the
    /// steps fill them in themselves.
    const TELLS_VALUES: bool;

    /// What blanks stand for.
    fn known(&self) -> &Known;

    /// The control API, where there is one.
    fn control(&self) -> Option<&Control>;

    /// What was done, and what came.
    fn transcript(&mut self) -> &mut Vec<String>;

    /// What was seen as a report may show it.
    fn shown(&self, seen: String) -> String {
        seen
    }

    /// What stands before a person at the end, for the report of a failure.
    fn last_seen(&self) -> Option<String> {
        None
    }

    /// Asked after a last step without failures: a scenario whose fault never struck has tested nothing, unless who is
    /// under test is to blame; then this is what differs.
    fn idle_faults(&self) -> impl Future<Output = Result<Option<Difference>, Error>> + Send;

    /// Adds to what the transcript tells of the present step.
    fn note(&mut self, text: &str) {
        self.transcript().push(excerpt(format!("     {text}")));
    }
}
