//! `obn watch` started by the system, for the person who is signed in: a timer of systemd, or of Windows' Task Scheduler.

mod systemd;
mod task;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::context::Context;
use super::failure::Failure;

/// What is to run every hour.
pub(crate) struct Job {
    program: PathBuf,
    arguments: Vec<String>,
    /// The only folder that it writes to.
    store: PathBuf,
}

impl Job {
    /// This program, with the options of this call: `obn watch --once` and what is said here.
    pub(crate) fn new(context: &Context, options: Vec<String>) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(|error| failed(&error))?;
        let store = absolute(context.store()?.folder())?;
        let mut arguments = vec!["watch".to_owned(), "--once".to_owned()];
        arguments.extend(global(context)?);
        arguments.extend([option("--store", text(&store)?), option("--lang", lang(context))]);
        arguments.extend(options);
        Ok(Self { program, arguments, store })
    }
}

/// As it can be given to a program that starts elsewhere.
pub(crate) fn file_option(name: &str, file: &Path) -> Result<String, Failure> {
    Ok(option(name, text(&absolute(file)?)?))
}

/// Installs it, and answers with the files that it made.
pub(crate) fn install(job: &Job) -> Result<Vec<PathBuf>, Failure> {
    match cfg!(windows) {
        true => task::install(job),
        false => systemd::install(job),
    }
}

/// Takes it away again.
pub(crate) fn uninstall() -> Result<Vec<PathBuf>, Failure> {
    match cfg!(windows) {
        true => task::uninstall(),
        false => systemd::uninstall(),
    }
}

/// The options of every command, but what belongs to this call alone.
fn global(context: &Context) -> Result<Vec<String>, Failure> {
    let global = &context.global;
    if global.now.is_some() {
        return Err(Failure::usage(
            "--now(OBN_NOW)は --install と同時に指定できません。付けずに実行してください",
            "--now or OBN_NOW can't go with --install; leave it out",
        ));
    }
    if global.proxy_user.is_some() && global.proxy_password_file.is_none() {
        return Err(Failure::usage(
            "--install にはプロキシのパスワードを --proxy-password-file で指定してください",
            "with --install the proxy's password comes from --proxy-password-file",
        ));
    }
    let mut options = vec![
        option("--url", &global.url),
        option("--poll-interval", &global.poll_interval.as_secs_f64().to_string()),
    ];
    options.extend(global.wait.map(|wait| option("--wait", &wait.as_secs_f64().to_string())));
    let texts = [
        ("--renewal-url", &global.renewal_url),
        ("--proxy", &global.proxy),
        ("--proxy-user", &global.proxy_user),
    ];
    options.extend(texts.iter().filter_map(|(name, value)| Some(option(name, value.as_ref()?))));
    if !global.proxy_bypass.is_empty() {
        options.push(option("--proxy-bypass", &global.proxy_bypass));
    }
    let files = [
        ("--root", &global.root),
        ("--intermediates", &global.intermediates),
        ("--proxy-password-file", &global.proxy_password_file),
    ];
    for (name, file) in files {
        if let Some(file) = file {
            options.push(file_option(name, file)?);
        }
    }
    Ok(options)
}

fn lang(context: &Context) -> &'static str {
    context.language.pick("ja", "en")
}

fn option(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| {
        let path = path.display();
        Failure::usage(
            format!("{path} を UTF-8 で表せないため、登録できません。別の名前のフォルダーまたはファイルにしてください"),
            format!("{path} is no UTF-8, which the system's file wants; give it another name"),
        )
    })
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| failed(&error))
}

/// Runs a tool of the system.
fn run(tool: &str, arguments: &[&OsStr]) -> Result<(), Failure> {
    let mut command = Command::new(tool);
    command.args(arguments).stdin(Stdio::null());
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let told = [output.stdout, output.stderr].concat();
            Err(failed(&format!("{tool}: {}", String::from_utf8_lossy(&told).trim())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::usage(
            format!(
                "{tool} がありません。このコンピューターでは登録できないため、obn watch を直接起動してください"
            ),
            format!("there is no {tool}, so nothing can be installed here; start obn watch itself"),
        )),
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(
        format!("常駐の登録または解除ができません: {error}"),
        format!("could not install or uninstall the watch: {error}"),
    )
}

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
