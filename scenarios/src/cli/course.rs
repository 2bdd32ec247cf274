//! How a run goes: what of it is played again, when it stops early, and what it is compared with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use clap::Args;
use obn_speech::{Language, words};

use super::progress::Progress;
use crate::report::{Changed, Earlier, Part};
use crate::{Head, Played, Stop, text_file};

/// By Ctrl-C, as shells tell it.
const INTERRUPTED: u8 = 130;
/// By a request to terminate.
const TERMINATED: u8 = 143;

#[derive(Debug, Args)]
pub(super) struct Course {
    /// Stop at the first failure, also at an expected one
    #[arg(long)]
    fail_fast: bool,
    /// Play only what failed in the run of this report (--json)
    #[arg(long, value_name = "FILE")]
    rerun_failed: Option<PathBuf>,
    /// Tell at the end what has changed since the run of this report (--json)
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
}

/// The same, read and ready.
#[derive(Debug)]
pub(super) struct Prepared {
    fail_fast: bool,
    compare: Option<Earlier>,
    stop: Stop,
    /// The exit status that a signal asks for; 0 without one.
    signal: Arc<AtomicU8>,
}

impl Course {
    /// Whether a comparison is asked for.
    pub(super) fn compares(&self) -> bool {
        self.compare.is_some()
    }

    /// Reads earlier reports, and leaves of the scenarios what is to be played.
    ///
    /// # Errors
    /// A line that says what is wrong with a report, or that nothing failed in it.
    pub(super) fn prepare<S>(
        &self,
        scenarios: &mut Vec<S>,
        head: impl Fn(&mut S) -> &mut Head,
    ) -> anyhow::Result<Prepared> {
        if let Some(path) = &self.rerun_failed {
            let earlier = read(path)?;
            scenarios.retain_mut(|scenario| earlier.leave(Part::Failed, head(scenario)));
            let path = path.display();
            anyhow::ensure!(
                !scenarios.is_empty(),
                words!(
                    "{path} では、選択したシナリオはどれも失敗していません。--rerun-failed を付けずに実行してください",
                    "{path}: nothing that is chosen failed there; run it without --rerun-failed"
                )
            );
        }
        Ok(Prepared {
            fail_fast: self.fail_fast,
            compare: self.compare.as_deref().map(read).transpose()?,
            stop: Stop::default(),
            signal: Arc::default(),
        })
    }
}

impl Prepared {
    /// What ends a run early: from now on a signal does. Within a runtime.
    ///
    /// # Errors
    /// If signals can't be listened for.
    pub(super) fn stop(&self, language: Language) -> std::io::Result<&Stop> {
        let mut signals = Signals::listen()?;
        let (stop, signal) = (self.stop.clone(), Arc::clone(&self.signal));
        tokio::spawn(async move {
            signal.store(signals.next().await, Ordering::SeqCst);
            stop.now();
            super::tell(language.pick(
                "obn-conformance: 終了します。ここまでの結果を出力します(もう一度押すと直ちに終了)",
                "obn-conformance: stopping; what has been played is reported (again: at once)",
            ));
            std::process::exit(signals.next().await.into());
        });
        Ok(&self.stop)
    }

    /// A play is over.
    pub(super) fn played(&self, played: &Played, progress: &Progress) {
        progress.played(played);
        if self.fail_fast && played.outcome.is_failure() {
            self.stop.now();
        }
    }

    /// What has changed since an earlier run, if that was asked for.
    pub(super) fn compared(&self, plays: &[Played], language: Language) -> Option<String> {
        let (earlier, now) = (self.compare.as_ref()?, Earlier::of(plays));
        let since = now.since(earlier);
        let mut text = language.pick("\n前回との違い\n", "\nSince the earlier run\n").to_owned();
        for (what, changed) in [
            (language.pick("新たな失敗", "new failures"), since.new),
            (language.pick("解消", "mended"), since.mended),
            (language.pick("別の内容で失敗", "fail otherwise"), since.other),
        ] {
            let _ = writeln!(text, "{what}: {}", changed.len());
            changed.iter().for_each(|Changed { now, .. }| {
                let _ = writeln!(text, "  {}", now.title());
            });
        }
        Some(text)
    }

    /// The exit status: that of the run, unless a signal ended it.
    pub(super) fn status(&self, of_run: u8) -> ExitCode {
        match self.signal.load(Ordering::SeqCst) {
            0 => of_run.into(),
            signal => signal.into(),
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Earlier> {
    let name = path.display().to_string();
    let text = text_file::read(path)
        .map_err(|error| obn_speech::unreadable("--rerun-failed / --compare", path, &error))?;
    Ok(Earlier::parse(&name, &text)?)
}

/// Requests to end: Ctrl-C, and on Unix SIGTERM.
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlBreak,
}

impl Signals {
    /// From now on none is missed.
    #[cfg(unix)]
    pub(super) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(windows)]
    pub(super) fn listen() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_break()? })
    }

    /// Waits for the next one, and answers with the exit status that tells it.
    pub(super) async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => TERMINATED,
        }
    }
}
