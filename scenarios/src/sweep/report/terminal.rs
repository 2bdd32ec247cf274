//! A sweep for people at a terminal.

use std::fmt::Write as _;

use super::texts::{UNCHECKED, guess, shortened};
use crate::play::{Counts, Outcome, Played};
use crate::report::{visible, visible_line};
use crate::requirement::Requirements;
use crate::requirement::word;
use crate::sweep::run::{Survival, Sweep, SweepRow};

/// Titles of scenarios that are told before only their number is.
const TITLES: usize = 6;

/// Writes a sweep as text: the readings that the client doesn't survive, with the reason.
pub fn sweep_to_text(sweep: &Sweep, requirements: &Requirements) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Target: {}\n", visible_line(&sweep.target));
    if !sweep.left_out.is_empty() {
        let _ = writeln!(text, "Left out, since they don't pass under the usual reading:");
        for played in &sweep.left_out {
            let _ = writeln!(text, "  {}", visible_line(&played.title()));
        }
        let _ = writeln!(text);
    }
    for row in sweep.rows.iter().filter(|row| row.survival() == Survival::NotSurvived) {
        let _ = writeln!(text, "NOT SURVIVED {}: {}", row.reading.name.en, guess(&row.reading));
        for change in &row.reading.changes {
            let _ = writeln!(text, "  {} ({}): {}", change.key, word(&change.evidence), change.decides.en);
            let _ = writeln!(text, "    usually {}, here {}", change.default, change.value);
        }
        let _ = writeln!(text, "{}", causes_text(row, requirements));
    }
    let unknown = sweep.rows.iter().filter(|row| row.survival() == Survival::Unknown);
    let (broken, unchecked): (Vec<_>, Vec<_>) = unknown.partition(|row| row.counts().harness_errors > 0);
    for row in broken {
        let _ = writeln!(text, "HARNESS ERROR {}\n{}", row.reading.name.en, causes_text(row, requirements));
    }
    if !unchecked.is_empty() {
        let _ = writeln!(text, "Not checked, since {UNCHECKED}:");
        for row in &unchecked {
            let _ = writeln!(text, "  {}", row.reading.name.en);
        }
        let _ = writeln!(text);
    }
    let (survived, readings) = (sweep.count(Survival::Survived), sweep.rows.len());
    let Counts { passed, failed, skipped, harness_errors, .. } = sweep.counts();
    let plays = passed + failed + skipped + harness_errors;
    let unchecked = match unchecked.len() {
        0 => String::new(),
        unchecked => format!(", {unchecked} not checked"),
    };
    let _ = writeln!(text, "{survived} of {readings} readings survived{unchecked}, by {plays} plays");
    visible(&text).into_owned()
}

/// Why a reading is not survived.
pub(super) fn causes_text(row: &SweepRow, requirements: &Requirements) -> String {
    let mut text = String::new();
    for cause in row.causes() {
        match &cause.first.outcome {
            Outcome::Failed { failures, .. } => {
                let Some(failure) = failures.first() else { continue };
                for requirement in failure.breaks.iter().filter_map(|id| requirements.find(id)) {
                    let _ = writeln!(text, "  breaks {} (manual {})", requirement.id, requirement.section);
                    let _ = writeln!(text, "    {}\n    {}", requirement.ja, requirement.en);
                }
                let (expected, seen) = (visible_line(&failure.expected), visible_line(&failure.seen));
                let _ = writeln!(text, "  expected {expected}\n  seen     {seen}");
            }
            Outcome::HarnessError { reason, .. } => {
                let _ = writeln!(text, "  harness error: {}", visible_line(reason));
            }
            Outcome::Passed { .. } | Outcome::Skipped { .. } => continue,
        }
        if let Some(said) = cause.said() {
            let _ = writeln!(text, "  it said  {}", visible_line(&shortened(said)));
        }
        let titles: Vec<_> = cause.plays.iter().take(TITLES).map(|played| Played::title(played)).collect();
        let more = match cause.plays.len() - titles.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(text, "  in       {}{more}", titles.join(", "));
    }
    text
}
