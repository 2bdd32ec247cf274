//! The report for people at a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::run::Run;
use super::visible::{visible, visible_line};
use crate::play::{Breach, Counts, Excuse, Outcome, Played};
use crate::requirement::{Requirements, chapter_title};

/// Writes a run as text: what failed with its evidence, what was skipped and why, and a summary by
/// chapter. No durations, so that two runs compare.
pub fn to_text(run: &Run, requirements: &Requirements) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Target: {}", visible_line(&run.target));
    for played in &run.plays {
        let block = failure_text(played, requirements, visible_line);
        if !block.is_empty() {
            let _ = write!(text, "\n{block}");
        }
    }
    skipped(&mut text, &run.plays);
    if !run.problems.is_empty() {
        let _ = writeln!(text, "\nEXPECTED FAILURES that don't hold:");
        run.problems.iter().for_each(|problem| {
            let _ = writeln!(text, "  {}", visible_line(problem));
        });
    }
    by_chapter(&mut text, run, requirements);
    let _ = writeln!(text, "\n{}", run.counts());
    visible(&text).into_owned()
}

/// What is wrong with one play; empty if nothing is. `line` is how texts of others stand in a line.
pub(super) fn failure_text(played: &Played, requirements: &Requirements, line: fn(&str) -> String) -> String {
    let mut text = String::new();
    match &played.outcome {
        Outcome::Passed { .. } | Outcome::Skipped { .. } => {}
        Outcome::Failed { failures, transcript, journal } => {
            let _ = writeln!(text, "FAILED {}: {}", line(&played.title()), line(&played.name));
            if let Some(Excuse { reason, until }) = &played.excuse {
                let _ = writeln!(text, "  expected until {until}: {}", line(reason));
            }
            for breach in Breach::of(failures) {
                one_breach(&mut text, &breach, requirements, line);
            }
            block(&mut text, "journal", journal);
            block(&mut text, "transcript", transcript);
        }
        Outcome::HarnessError { reason, transcript } => {
            let title = line(&played.title());
            let _ = writeln!(text, "HARNESS ERROR {title}: {}\n  {}", line(&played.name), line(reason));
            block(&mut text, "transcript", transcript);
        }
    }
    text
}

fn one_breach(text: &mut String, breach: &Breach<'_>, requirements: &Requirements, line: fn(&str) -> String) {
    for requirement in breach.breaks.iter().filter_map(|id| requirements.find(id)) {
        let _ = writeln!(text, "  breaks {} (manual {})", requirement.id, requirement.section);
        let _ = writeln!(text, "    {}\n    {}", requirement.ja, requirement.en);
        if let Some(hint) = &requirement.hint {
            let _ = writeln!(text, "  hint\n    {}\n    {}", hint.ja, hint.en);
        }
    }
    for failure in &breach.failures {
        let _ = writeln!(text, "  at       {} (step {})", failure.place, failure.step);
        let (expected, seen) = (line(&failure.expected), line(&failure.seen));
        let _ = writeln!(text, "  expected {expected}\n  seen     {seen}");
    }
}

fn block(text: &mut String, title: &str, entries: &[String]) {
    if !entries.is_empty() {
        let _ = writeln!(text, "  {title}");
    }
    for line in entries.iter().flat_map(|entry| entry.lines()) {
        let _ = writeln!(text, "    {line}");
    }
}

/// Grouped by reason, which is often the same for many.
fn skipped(text: &mut String, plays: &[Played]) {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for played in plays {
        if let Outcome::Skipped { reason } = &played.outcome {
            reasons.entry(reason).or_default().push(played.title());
        }
    }
    for (reason, titles) in reasons {
        let _ = writeln!(text, "\nSKIPPED, since {}:", visible_line(reason));
        for title in titles {
            let _ = writeln!(text, "  {title}");
        }
    }
}

/// A play counts for each chapter whose requirements it shows.
fn by_chapter(text: &mut String, run: &Run, requirements: &Requirements) {
    let mut chapters: BTreeMap<u8, Vec<&Played>> = BTreeMap::new();
    for played in &run.plays {
        let mut of: Vec<u8> =
            played.shows.iter().filter_map(|id| Some(requirements.find(id)?.chapter())).collect();
        of.sort_unstable();
        of.dedup();
        for chapter in of {
            chapters.entry(chapter).or_default().push(played);
        }
    }
    let _ = writeln!(text);
    for (chapter, plays) in chapters {
        let _ = writeln!(text, "{chapter} {}: {}", chapter_title(chapter), Counts::of(plays));
    }
}
