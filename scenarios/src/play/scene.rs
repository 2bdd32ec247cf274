//! What the engine needs of a scene, whoever is under test.

use super::along::Transcript;
use super::excerpt::excerpt;
use super::template::Known;
use crate::bilingual::Bilingual;
use crate::control::Control;
use crate::difference::Difference;
use crate::error::Error;

/// Where a scenario plays, and what has come of it so far.
pub(crate) trait Scene: Send + Sync {
    /// What blanks stand for.
    fn known(&self) -> &Known;

    /// The control API, where there is one.
    fn control(&self) -> Option<&Control>;

    /// What was done, and what came.
    fn transcript(&mut self) -> &mut Transcript;

    /// A text as a report may show it.
    fn shown(&self, text: String) -> String {
        text
    }

    /// What stands before a person at the end, for the report of a failure.
    fn last_seen(&self) -> Option<Bilingual> {
        None
    }

    /// Asked after a last step without failures: a scenario whose fault never struck has tested nothing, unless who is
    /// under test is to blame; then this is what differs.
    fn idle_faults(&self) -> impl Future<Output = Result<Option<Difference>, Error>> + Send;

    /// Adds to what the transcript tells of the present step.
    fn note(&mut self, text: impl Into<Bilingual>) {
        let text = text.into().map(|text| format!("     {text}"));
        self.transcript().push(excerpt(text));
    }
}
