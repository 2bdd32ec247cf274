//! Runs the vendor's command: starts it, watches it and its journal, ends it if it hangs.

use std::collections::BTreeSet;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::family::Marked;
use super::folder::Folder;
use super::stage::Stage;
use super::watch::{Ended, How, Watch, follow};
use crate::error::Error;

/// More output than this is not kept.
const MOST_OUTPUT: usize = 1 << 20;
/// How long output is waited for when nobody is left to write it. Whoever else holds the pipe is not waited for.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How often arguments are looked at: programs that end sooner are held up by the scenario.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Runs the command to its end, or ends it.
pub(super) async fn run(
    command: &[String],
    environment: &[(String, String)],
    folder: &Folder,
    stage: &Stage,
    watch: Watch<'_>,
) -> Result<Ended, Error> {
    let waiting = |error| Error::broken("the command", error);
    let marked = Marked::new(folder).map_err(waiting)?;
    let mut child = build(&marked, command, environment, folder)?
        .spawn()
        .map_err(|error| Error::broken(&format!("can't run {}", command.join(" ")), error))?;
    let pid = child.id().ok_or_else(|| Error::Broken("the command has no process ID".to_owned()))?;
    let family = marked.led_by(pid).map_err(waiting)?;
    let stdout = Output::of(child.stdout.take());
    let stderr = Output::of(child.stderr.take());
    let mut arguments = BTreeSet::new();
    let mut journal = stage.world.journal.watch();
    let mut seen = *journal.borrow_and_update();
    let mut looks = tokio::time::interval(BETWEEN_LOOKS);
    let end = Instant::now() + watch.limit;
    let how = loop {
        tokio::select! {
            status = child.wait() => break ended(status.map_err(waiting)?),
            changed = journal.changed() => {
                // The world lives as long as the stage, which is borrowed here.
                changed.map_err(|error| Error::broken("the journal", error))?;
                let entries = stage.world.journal.after(seen);
                seen = entries.last().map_or(seen, |entry| entry.sequence);
                if follow(&entries, stage, &watch).await? {
                    break How::Killed;
                }
            }
            _ = looks.tick(), if watch.arguments => family.arguments(&mut arguments),
            () = tokio::time::sleep_until(end) => break How::Hung,
        }
    };
    // Whatever it left running goes with it.
    drop(family);
    if matches!(how, How::Killed | How::Hung) {
        child.wait().await.map_err(waiting)?;
    }
    let (stdout, stderr) = tokio::join!(stdout.text(), stderr.text());
    let gap = if stdout.is_empty() || stdout.ends_with('\n') { "" } else { "\n" };
    Ok(Ended { how, output: format!("{stdout}{gap}{stderr}"), arguments })
}

#[cfg(unix)]
fn build(
    marked: &Marked,
    command: &[String],
    environment: &[(String, String)],
    folder: &Folder,
) -> Result<Command, Error> {
    let mut built = marked.shell();
    built.args(command);
    Ok(dressed(built, environment, folder))
}

/// It waits until it is in the job that ends it.
#[cfg(windows)]
fn build(
    _: &Marked,
    command: &[String],
    environment: &[(String, String)],
    folder: &Folder,
) -> Result<Command, Error> {
    let (program, arguments) = command.split_first().ok_or_else(super::program::no_command)?;
    let mut built = Command::new(program);
    built.args(arguments).creation_flags(obn_windows::WAITING);
    Ok(dressed(built, environment, folder))
}

fn dressed(mut command: Command, environment: &[(String, String)], folder: &Folder) -> Command {
    command
        .current_dir(folder.work())
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn ended(status: ExitStatus) -> How {
    status.code().map_or(How::Signal, How::Status)
}

/// What comes out of a stream, as far as it is kept.
struct Output {
    kept: Arc<Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
}

impl Output {
    fn of(stream: Option<impl AsyncRead + Send + Unpin + 'static>) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let reading = tokio::spawn(read(stream, Arc::clone(&kept)));
        Self { kept, reading }
    }

    /// All of it, when it has come to its end; or as much as has come.
    async fn text(mut self) -> String {
        if tokio::time::timeout(LAST_WORDS, &mut self.reading).await.is_err() {
            self.reading.abort();
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        decoded(&kept)
    }
}

/// UTF-8, or what programs in Japan write where they take the console's code page instead.
fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if cfg!(windows) => encoding_rs::SHIFT_JIS.decode(bytes).0.into_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

async fn read(stream: Option<impl AsyncRead + Unpin>, kept: Arc<Mutex<Vec<u8>>>) {
    let Some(mut stream) = stream else { return };
    let mut piece = vec![0; 16 * 1024];
    // What can't be read any more was not printed.
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST_OUTPUT - kept.len();
        kept.extend_from_slice(&piece[..length.min(room)]);
    }
}
