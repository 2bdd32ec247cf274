//! What is seen of a run while it is under way: a line for each play, and below them how far it is. Nothing, if standard
//! error is no terminal.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use console::{Style, StyledObject};
use indicatif::{ProgressBar, ProgressStyle};
use obn_speech::Language;

use crate::report::visible_line;
use crate::{Outcome, Played, Reading, Survival};

/// The line below.
const LINE: (&str, &str) =
    ("{pos}/{len}  {msg}  残り {eta_precise}", "{pos}/{len}  {msg}  {eta_precise} left");
/// How often it is drawn anew while nothing happens.
const TICK: Duration = Duration::from_millis(500);

pub(super) struct Progress {
    /// Nothing, where lines alone are wanted.
    bar: Option<ProgressBar>,
    failed: AtomicUsize,
    language: Language,
}

impl Progress {
    /// Of so many plays.
    pub(super) fn of(plays: usize, language: Language) -> Self {
        let bar = ProgressBar::new(plays.try_into().unwrap_or(u64::MAX));
        bar.set_style(
            ProgressStyle::with_template(language.pick(LINE.0, LINE.1))
                .expect("the template is checked by the tests"),
        );
        let progress = Self { bar: Some(bar.clone()), failed: AtomicUsize::new(0), language };
        progress.tell_failed();
        bar.enable_steady_tick(TICK);
        progress
    }

    /// Lines only: below somebody's dialogue nothing may move.
    pub(super) fn lines(language: Language) -> Self {
        Self { bar: None, failed: AtomicUsize::new(0), language }
    }

    /// A play is over.
    pub(super) fn played(&self, played: &Played) {
        let mark = match played.outcome {
            Outcome::Passed { .. } => good(self.language.pick("合格  ", "passed ")),
            Outcome::Failed { .. } => bad(self.language.pick("失敗  ", "FAILED ")),
            Outcome::Skipped { .. } => aside(self.language.pick("未実施", "skipped")),
            Outcome::HarnessError { .. } => bad(self.language.pick("異常  ", "BROKE  ")),
        };
        if played.outcome.is_failure() {
            self.failed.fetch_add(1, Ordering::Relaxed);
            self.tell_failed();
        }
        self.line(&format!("{mark} {}", visible_line(&played.title())));
    }

    /// From now on readings are counted.
    pub(super) fn reading(&self, reading: &Reading, survival: Survival, done: usize, of: usize) {
        let mark = match survival {
            Survival::Survived => good(self.language.pick("動作した  ", "survived    ")),
            Survival::NotSurvived => bad(self.language.pick("動作せず  ", "NOT SURVIVED")),
            Survival::Unknown => aside(self.language.pick("未確認    ", "not checked ")),
        };
        if let Some(bar) = &self.bar {
            bar.set_length(of.try_into().unwrap_or(u64::MAX));
            bar.set_position(done.saturating_sub(1).try_into().unwrap_or(u64::MAX));
        }
        if survival == Survival::NotSurvived {
            self.failed.fetch_add(1, Ordering::Relaxed);
            self.tell_failed();
        }
        self.line(&format!("{mark} {}", self.language.pick(&reading.name.ja, &reading.name.en)));
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => {
                bar.println(text);
                bar.inc(1);
            }
            None if std::io::stderr().is_terminal() => eprintln!("{text}"),
            None => {}
        }
    }

    fn tell_failed(&self) {
        let Some(bar) = &self.bar else { return };
        let failed = self.failed.load(Ordering::Relaxed);
        let text = self.language.pick(format!("失敗 {failed}"), format!("{failed} failed"));
        bar.set_message(if failed > 0 { bad(&text).to_string() } else { text });
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
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
