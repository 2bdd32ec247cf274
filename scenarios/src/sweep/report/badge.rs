//! A badge of a sweep.

use crate::report::{Verdict, draw};
use crate::sweep::run::{Survival, Sweep};

/// Draws a sweep as a badge.
pub fn sweep_to_badge(sweep: &Sweep) -> String {
    let colour = match sweep.verdict() {
        Verdict::Passed => "#1a7f37",
        Verdict::PassedWithGaps => "#9a6700",
        Verdict::Failed => "#c62828",
        Verdict::Unknown => "#57606a",
    };
    let mut words = format!("{} of {} readings survived", sweep.count(Survival::Survived), sweep.rows.len());
    match sweep.count(Survival::Unknown) {
        0 => {}
        unknown => words += &format!(", {unknown} not checked"),
    }
    draw("OBN CA sweep", colour, &words)
}
