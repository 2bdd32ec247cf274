//! `obn watch`: the MPKI client's tray icon, as a service.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use obn_speech::cli::values::seconds;
use obn_speech::cli::visible;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::cli::autostart::{self, Job, file_option};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::notify::{Notification, notify};
use crate::cli::output::{Report, shown, tell};
use crate::cli::password::new_password;
use crate::cli::present::{entry_json, summary};
use crate::cli::renewing::{Old, done, in_store};
use crate::store::files::read_own_text;
use crate::{Entry, Pin, Store, Task, Watch, write_private};

/// Often enough for retries, and for a computer that sleeps at night.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15 * 60);
const STATE: &str = "watch.json";
/// More renewals than any store has between two looks.
const MOST_UNTOLD: usize = 1000;
/// Of a program that failed, which is its user's to mend.
const USAGE: u8 = 2;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Renew a certificate as soon as that is possible
    #[arg(long)]
    renew: bool,
    /// A program to run for each notice, renewal and failure; it gets the event as JSON on standard input
    #[arg(long, value_name = "PROGRAM")]
    exec: Option<PathBuf>,
    /// How long that program may take, in seconds; then it is ended and counts as failed
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds, requires = "exec")]
    exec_limit: Duration,
    /// Look once and end, to be started by a timer
    #[arg(long)]
    once: bool,
    /// Have the system start this watch every hour from now on, with these options: systemd's timers of this user, or the
    /// Task Scheduler of Windows
    #[arg(long, conflicts_with_all = ["once", "uninstall"])]
    install: bool,
    /// No more of that
    #[arg(long, conflicts_with_all = ["once", "renew", "exec", "exec_limit", "new_password_file"])]
    uninstall: bool,
    /// For --renew: the file that holds the password for new certificates, 4 digits (or OBN_NEW_PASSWORD)
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    if arguments.uninstall {
        let files = autostart::uninstall()?;
        let line = context.say("監視の登録を解除しました", "the watch is no longer started");
        return Ok(told(&files, line));
    }
    if arguments.install {
        return install(context, &arguments);
    }
    let store = context.store()?;
    let pin = match arguments.renew {
        true => Some(new_password(arguments.new_password_file.as_deref()).read_pin(context.language)?),
        false => None,
    };
    let watcher = Watcher { context, store, pin, exec: arguments.exec, limit: arguments.exec_limit };
    if arguments.once {
        let look = watcher.look().await?;
        let report = Report::new(json!({ "events": look.events }));
        return Ok(if look.exit_status == 0 { report } else { report.partly(look.exit_status) });
    }
    // One future for the whole watch: a signal that comes in the middle of a look is not lost. What the look was doing
    // is taken up by the next one, as after any crash.
    tokio::select! {
        () = watcher.keep_looking() => {}
        () = asked_to_stop() => {}
    }
    Ok(Report::new(json!({ "events": [] })))
}

/// With the options of this call.
fn install(context: &Context, arguments: &Arguments) -> Result<Report, Failure> {
    let mut options = Vec::new();
    if arguments.renew {
        let Some(file) = &arguments.new_password_file else {
            return Err(Failure::usage(
                "--install と --renew には、新しい証明書の 4 桁のパスワードを書いたファイルを --new-password-file で指定してください",
                "--install with --renew wants --new-password-file, a file with the four digits for new certificates",
            ));
        };
        // A mistake in it is found now and not at the first renewal.
        new_password(Some(file)).read_pin(context.language)?;
        options.extend(["--renew".to_owned(), file_option("--new-password-file", file)?]);
    }
    if let Some(program) = &arguments.exec {
        options.push(file_option("--exec", program)?);
        options.push(format!("--exec-limit={}", arguments.exec_limit.as_secs_f64()));
    }
    let files = autostart::install(&Job::new(context, options)?)?;
    let line = context.say(
        "1 時間ごとに証明書の期限を監視するよう登録しました",
        "the certificates are watched every hour from now on",
    );
    Ok(told(&files, line))
}

fn told(files: &[PathBuf], line: String) -> Report {
    let files: Vec<Value> = files.iter().map(|file| shown(file)).collect();
    Report::new(json!({ "events": [], "files": files })).line(line)
}

/// What one look did.
#[derive(Default)]
struct Look {
    events: Vec<Value>,
    /// That of the first thing that went wrong.
    exit_status: u8,
}

impl Look {
    fn failed(&mut self, exit_status: u8) {
        if self.exit_status == 0 {
            self.exit_status = exit_status;
        }
    }
}

/// What is known from earlier looks.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    #[serde(flatten)]
    watch: Watch,
    /// Events that nobody can be told of at another look unless they are kept, and that the program has not taken yet.
    #[serde(default)]
    untold: Vec<Value>,
}

struct Watcher<'a> {
    context: &'a Context,
    store: Store,
    pin: Option<Pin>,
    exec: Option<PathBuf>,
    limit: Duration,
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

    /// One look: what was left untold, reminders, and then renewals.
    async fn look(&self) -> Result<Look, Failure> {
        let context = self.context;
        // Also lets the store recover from a crash.
        drop(context.lock(&self.store).await?);
        // What can't be read is only the memory of reminders; it is better to repeat one than to stop.
        let mut memory: Memory = read_own_text(&self.store.folder().join(STATE))
            .ok()
            .and_then(|state| serde_json::from_str(&state).ok())
            .unwrap_or_default();
        let (entries, damaged) = self.store.survey()?;
        let mut look = Look::default();
        for event in std::mem::take(&mut memory.untold) {
            if !self.call(&event).await {
                memory.untold.push(event);
            }
        }
        for error in damaged {
            // The others are not to end unnoticed because of it.
            let message = error.explain(context.language);
            tell(format_args!("obn: {message}"));
            look.events.push(json!({ "event": "damaged", "message": message }));
        }
        for task in memory.watch.look(&entries, &context.clock) {
            match task {
                Task::Remind(entry, reminder) => {
                    let (event, is_told) =
                        self.tell("notice", entry, &reminder.explain(context.language)).await;
                    look.events.push(event);
                    if is_told {
                        memory.watch.told(entry, &context.clock);
                    } else {
                        look.failed(USAGE);
                    }
                }
                Task::Renew(entry) => {
                    let Some(pin) = &self.pin else { continue };
                    self.renew(entry, pin, &mut memory, &mut look).await;
                }
            }
            // A renewal takes its time, and a kill in it must not repeat the notices before it. That the memory can't be
            // written is told at the end, since it must not keep a renewal from being made.
            let _ = self.remember(&memory);
        }
        if !memory.untold.is_empty() {
            look.failed(USAGE);
        }
        self.remember(&memory)?;
        Ok(look)
    }

    fn remember(&self, memory: &Memory) -> Result<(), Failure> {
        let json = serde_json::to_vec_pretty(memory).expect("the state is plain text");
        Ok(write_private(&self.store.folder().join(STATE), &json)?)
    }

    async fn renew(&self, entry: &Entry, pin: &Pin, memory: &mut Memory, look: &mut Look) {
        match self.renewed(entry, pin).await {
            Ok(()) => {
                let (event, is_told) = self.tell("renewed", entry, &done(self.context)).await;
                // It happens once, so it is kept until the program has taken it.
                if !is_told && memory.untold.len() < MOST_UNTOLD {
                    memory.untold.push(event.clone());
                }
                look.events.push(event);
            }
            Err(failure) => {
                memory.watch.renewal_failed(entry, &self.context.clock);
                look.failed(failure.exit_status());
                // The next try tells it again.
                let message = failure.message(self.context.language);
                look.events.push(self.tell("failed", entry, &message).await.0);
            }
        }
    }

    async fn renewed(&self, entry: &Entry, pin: &Pin) -> Result<(), Failure> {
        let _claim = self.context.claim(&self.store, entry.certificate().serial()).await?;
        let (entries, _) = self.store.survey()?;
        if entries.iter().any(|other| other.renews() == Some(entry.name())) {
            // Another process was faster.
            return Ok(());
        }
        let old = Old::new(entry.identity()?, Some(entry.clone()));
        in_store(self.context, &self.store, &old, pin).await.map(drop)
    }

    /// Into the log, onto the desktop, and to the program that the user named. `false` if that did not take it.
    async fn tell(&self, kind: &str, entry: &Entry, message: &str) -> (Value, bool) {
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
        // Where one renews in a browser, as the MPKI client's notice leads there.
        let page = entry.certificate().is_renewable(&self.context.clock).then(|| self.context.renewal_page());
        let page = page.flatten().filter(|_| kind != "renewed");
        let words = self.context.say("更新のページを開く", "Open the renewal page");
        notify(&Notification {
            title: &title,
            message: &visible(&body),
            is_urgent: kind != "renewed",
            page: page.as_deref().map(|page| (page, words.as_str())),
        });
        let is_told = self.call(&event).await;
        (event, is_told)
    }

    /// Whether the program has taken the event; where there is none, it has. A broken one must not stop the watch.
    async fn call(&self, event: &Value) -> bool {
        let Some(program) = &self.exec else { return true };
        let error = match tokio::time::timeout(self.limit, call(program, event)).await {
            Ok(Ok(status)) if status.success() => return true,
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => {
                let limit = self.limit.as_secs_f64();
                self.context.say(
                    format!("{limit}秒以内に終わらなかったため、終了させました"),
                    format!("it was ended after {limit} seconds"),
                )
            }
        };
        let program = program.display();
        tell(self.context.say(
            format!("obn: {program} が失敗したため、次回もう一度実行します: {error}"),
            format!("obn: {program} failed and is called again next time: {error}"),
        ));
        false
    }
}

/// Dropped before its end, it ends the program.
async fn call(program: &Path, event: &Value) -> io::Result<ExitStatus> {
    let mut child = Command::new(program).stdin(Stdio::piped()).kill_on_drop(true).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A hook that doesn't read its input is free to.
        let _ = input.write_all(event.to_string().as_bytes()).await;
    }
    child.wait().await
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
