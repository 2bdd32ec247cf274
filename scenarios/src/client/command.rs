//! Runs the vendor's command: starts it, watches it and its journal, ends it if it hangs.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::Instant;

use super::stage::Stage;
use super::watch::{Ended, How, Watch, follow};
use crate::error::Error;

/// More output than this is not kept.
const MOST_OUTPUT: u64 = 1 << 20;
/// How often arguments are looked at: programs that end sooner are held up by the scenario.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Runs the command to its end, or ends it.
pub(super) async fn run(
    command: &[String],
    environment: &[(String, String)],
    folder: &Path,
    stage: &Stage,
    watch: Watch<'_>,
) -> Result<Ended, Error> {
    let mut child = build(command, environment, folder)?
        .spawn()
        .map_err(|error| Error::broken(&format!("can't run {}", command.join(" ")), error))?;
    let pid = child.id().ok_or_else(|| Error::Broken("the command has no process ID".to_owned()))?;
    let group = Group(pid);
    let stdout = tokio::spawn(read(child.stdout.take()));
    let stderr = tokio::spawn(read(child.stderr.take()));
    let waiting = |error| Error::broken("the command", error);
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
            _ = looks.tick(), if watch.arguments => group.arguments(&mut arguments),
            () = tokio::time::sleep_until(end) => break How::Hung,
        }
    };
    // Whatever it left running goes with it.
    drop(group);
    if matches!(how, How::Killed | How::Hung) {
        child.wait().await.map_err(waiting)?;
    }
    let text = |bytes: Result<Vec<u8>, tokio::task::JoinError>| {
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
    let (stdout, stderr) = (text(stdout.await), text(stderr.await));
    let gap = if stdout.is_empty() || stdout.ends_with('\n') { "" } else { "\n" };
    Ok(Ended { how, output: format!("{stdout}{gap}{stderr}"), arguments })
}

#[cfg(unix)]
fn build(command: &[String], environment: &[(String, String)], folder: &Path) -> Result<Command, Error> {
    // A shell sets the usual umask, so that a file that others can't read is the command's own doing.
    let mut built = Command::new("sh");
    built.args(["-c", "umask 022; exec \"$@\"", "sh"]).args(command).process_group(0);
    Ok(dressed(built, environment, folder))
}

#[cfg(not(unix))]
fn build(command: &[String], environment: &[(String, String)], folder: &Path) -> Result<Command, Error> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Error::Usage("there is no command".to_owned()))?;
    let mut built = Command::new(program);
    built.args(arguments);
    Ok(dressed(built, environment, folder))
}

fn dressed(mut command: Command, environment: &[(String, String)], folder: &Path) -> Command {
    command
        .current_dir(folder)
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

async fn read(stream: Option<impl tokio::io::AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What can't be read any more was not printed.
        let _ = (&mut stream).take(MOST_OUTPUT).read_to_end(&mut bytes).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    bytes
}

/// All processes that the command started. Dropped, it is gone: also when a play is cut short.
struct Group(u32);

impl Group {
    #[cfg(unix)]
    fn kill(&self) {
        let pid = i32::try_from(self.0).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // Usually nobody is left.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }

    #[cfg(not(unix))]
    fn kill(&self) {}

    /// Where there is no /proc there are no processes to see.
    fn arguments(&self, found: &mut BTreeSet<String>) {
        let Ok(processes) = std::fs::read_dir("/proc") else { return };
        for process in processes.flatten() {
            let is_process = process.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit());
            if is_process && self.has(&process.path()) {
                let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
                let words: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
                found.insert(words.join(" ").trim_end().to_owned());
            }
        }
    }

    fn has(&self, process: &Path) -> bool {
        let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
        // The name, in parentheses, may hold anything. Behind it: state, parent, group.
        let group = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(2));
        group == Some(self.0.to_string().as_str())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
