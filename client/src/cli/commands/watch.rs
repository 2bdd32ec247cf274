//! `obn watch`: the MPKI client's tray icon, as a service.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::notify::notify;
use crate::cli::output::{Report, tell};
use crate::cli::password::new_password;
use crate::cli::present::{entry_json, summary};
use crate::cli::renewing::{Old, done, in_store};
use crate::cli::visible::visible;
use crate::{Entry, Pin, Reminder, Store, Task, Watch, read_file, write_private};

/// Often enough for retries, and for a computer that sleeps at night.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15 * 60);
const STATE: &str = "watch.json";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Renew a certificate as soon as that is possible
    #[arg(long)]
    renew: bool,
    /// A program to run for each notice, renewal and failure; it gets the event as JSON on standard input
    #[arg(long, value_name = "PROGRAM")]
    exec: Option<PathBuf>,
    /// Look once and end, to be started by a timer
    #[arg(long)]
    once: bool,
    /// For --renew: the file that holds the password for new certificates, 4 digits (or OBN_NEW_PASSWORD)
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let store = context.store()?;
    let pin = match arguments.renew {
        true => Some(new_password(arguments.new_password_file.as_deref()).read_pin(context.language)?),
        false => None,
    };
    let watcher = Watcher { context, store, pin, exec: arguments.exec };
    if arguments.once {
        let events = watcher.look().await?;
        return Ok(Report::new(json!({ "events": events })));
    }
    // One future for the whole watch: a signal that comes in the middle of a look is not lost. What the look was doing
    // is taken up by the next one, as after any crash.
    tokio::select! {
        () = watcher.keep_looking() => {}
        () = asked_to_stop() => {}
    }
    Ok(Report::new(json!({ "events": [] })))
}

struct Watcher<'a> {
    context: &'a Context,
    store: Store,
    pin: Option<Pin>,
    exec: Option<PathBuf>,
}

impl Watcher<'_> {
    /// Looks again and again. A look that fails is told, and the next one may be better.
    async fn keep_looking(&self) {
        loop {
            if let Err(failure) = self.look().await {
                tell(format_args!("obn: {}", failure.message(self.context.language)));
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// One look: reminders first, then renewals.
    async fn look(&self) -> Result<Vec<Value>, Failure> {
        let context = self.context;
        // Also lets the store recover from a crash.
        drop(context.lock(&self.store).await?);
        let path = self.store.folder().join(STATE);
        // What can't be read is only the memory of reminders; it is better to repeat one than to stop.
        let mut watch: Watch =
            read_file(&path).ok().and_then(|state| serde_json::from_slice(&state).ok()).unwrap_or_default();
        let (entries, damaged) = self.store.survey()?;
        let mut events = Vec::new();
        for error in damaged {
            // The others are not to end unnoticed because of it.
            let message = error.explain(context.language);
            tell(format_args!("obn: {message}"));
            events.push(json!({ "event": "damaged", "message": message }));
        }
        for task in watch.look(&entries, &context.clock) {
            match task {
                Task::Remind(entry, reminder) => events.push(self.remind(entry, reminder)),
                Task::Renew(entry) => {
                    let Some(pin) = &self.pin else { continue };
                    let (event, is_done) = self.renew(entry, pin).await;
                    events.push(event);
                    if !is_done {
                        watch.renewal_failed(entry, &context.clock);
                    }
                }
            }
        }
        write_private(&path, &serde_json::to_vec_pretty(&watch).expect("the state is plain text"))?;
        Ok(events)
    }

    fn remind(&self, entry: &Entry, reminder: Reminder) -> Value {
        let message = reminder.explain(self.context.language);
        self.tell("notice", entry, &message)
    }

    async fn renew(&self, entry: &Entry, pin: &Pin) -> (Value, bool) {
        match self.renewed(entry, pin).await {
            Ok(()) => (self.tell("renewed", entry, &done(self.context)), true),
            Err(failure) => (self.tell("failed", entry, &failure.message(self.context.language)), false),
        }
    }

    async fn renewed(&self, entry: &Entry, pin: &Pin) -> Result<(), Failure> {
        let _claim = self.context.claim(&self.store, entry.certificate().serial()).await?;
        let (entries, _) = self.store.survey()?;
        if entries.iter().any(|other| other.renews() == Some(entry.name())) {
            // Another process was faster.
            return Ok(());
        }
        let old = Old { identity: entry.identity()?, entry: Some(entry.clone()) };
        in_store(self.context, &self.store, &old, pin).await.map(drop)
    }

    /// Into the log, onto the desktop, and to the program that the user named.
    fn tell(&self, kind: &str, entry: &Entry, message: &str) -> Value {
        let mut event = entry_json(self.context, entry);
        event["event"] = json!(kind);
        event["message"] = json!(message);
        if !self.context.global.json {
            tell(format_args!("{}\n{message}", summary(self.context, entry)));
        }
        // The title of the MPKI client's own notice (manual 2.1).
        let title = self.context.say("証明書に関するお知らせ", "Notice about a certificate");
        let body =
            format!("{}\n{message}", entry.certificate().subject().common_name().unwrap_or(entry.name()));
        notify(&title, &visible(&body), kind != "renewed");
        if let Some(program) = &self.exec
            && let Err(error) = call(program, &event)
        {
            // A broken hook must not stop the watch.
            tell(format_args!("obn: {}: {error}", program.display()));
        }
        event
    }
}

fn call(program: &Path, event: &Value) -> std::io::Result<()> {
    let mut child = Command::new(program).stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A hook that doesn't read its input is free to.
        let _ = input.write_all(event.to_string().as_bytes());
    }
    child.wait().map(drop)
}

/// SIGTERM from a service manager, or Ctrl-C.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // Without a signal to wait for there is nothing that stops it but the end of the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
