//! What is seen of a run while it is under way: a line for each play, and below them how far it is. Nothing, if standard
//! error is no terminal.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use console::{Style, StyledObject};
use indicatif::{ProgressBar, ProgressStyle};

use crate::report::visible_line;
use crate::{Outcome, Played, Reading, Survival};

/// The line below.
const LINE: &str = "{pos}/{len}  {msg}  {eta_precise} left";
/// How often it is drawn anew while nothing happens.
const TICK: Duration = Duration::from_millis(500);

pub(super) struct Progress {
    bar: ProgressBar,
    failed: AtomicUsize,
}

impl Progress {
    /// Of so many plays.
    pub(super) fn of(plays: usize) -> Self {
        let bar = ProgressBar::new(plays.try_into().unwrap_or(u64::MAX));
        bar.set_style(ProgressStyle::with_template(LINE).expect("the template is checked by the tests"));
        let progress = Self { bar, failed: AtomicUsize::new(0) };
        progress.tell_failed();
        progress.bar.enable_steady_tick(TICK);
        progress
    }

    /// Lines only: below somebody's dialogue nothing may move.
    pub(super) fn without_a_line(plays: usize) -> Self {
        let progress = Self::of(plays);
        progress.bar.disable_steady_tick();
        progress.bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        progress
    }

    /// A play is over.
    pub(super) fn played(&self, played: &Played) {
        let mark = match played.outcome {
            Outcome::Passed { .. } => good("passed "),
            Outcome::Failed { .. } => bad("FAILED "),
            Outcome::Skipped { .. } => aside("skipped"),
            Outcome::HarnessError { .. } => bad("BROKE  "),
        };
        if matches!(played.outcome, Outcome::Failed { .. } | Outcome::HarnessError { .. }) {
            self.failed.fetch_add(1, Ordering::Relaxed);
            self.tell_failed();
        }
        self.line(&format!("{mark} {}", visible_line(&played.title())));
    }

    /// From now on readings are counted.
    pub(super) fn reading(&self, reading: &Reading, survival: Survival, done: usize, of: usize) {
        let mark = match survival {
            Survival::Survived => good("survived    "),
            Survival::NotSurvived => bad("NOT SURVIVED"),
            Survival::Unknown => aside("not checked "),
        };
        self.bar.set_length(of.try_into().unwrap_or(u64::MAX));
        self.bar.set_position(done.saturating_sub(1).try_into().unwrap_or(u64::MAX));
        if survival == Survival::NotSurvived {
            self.failed.fetch_add(1, Ordering::Relaxed);
            self.tell_failed();
        }
        self.line(&format!("{mark} {}", reading.name.en));
    }

    fn line(&self, text: &str) {
        self.bar.println(text);
        self.bar.inc(1);
    }

    fn tell_failed(&self) {
        let failed = self.failed.load(Ordering::Relaxed);
        let text = format!("{failed} failed");
        self.bar.set_message(if failed > 0 { bad(&text).to_string() } else { text });
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn good(text: &str) -> StyledObject<&str> {
    Style::new().for_stderr().green().apply_to(text)
}

fn bad(text: &str) -> StyledObject<&str> {
    Style::new().for_stderr().red().bold().apply_to(text)
}

fn aside(text: &str) -> StyledObject<&str> {
    Style::new().for_stderr().yellow().apply_to(text)
}
