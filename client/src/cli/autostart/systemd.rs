//! A timer of the user's systemd, like the example in `client/systemd`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Job, failed, run, set, text};
use crate::cli::failure::Failure;
use crate::{remove_file, write_private};

const SERVICE: &str = "obn-watch.service";
const TIMER: &str = "obn-watch.timer";
const TIMER_TEXT: &str = include_str!("../../../systemd/obn-watch.timer");

pub(super) fn install(job: &Job) -> Result<Vec<PathBuf>, Failure> {
    let folder = folder()?;
    std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
    // It must be there, or the service may not write to it.
    std::fs::create_dir_all(&job.store).map_err(|error| failed(&error))?;
    let files = [folder.join(SERVICE), folder.join(TIMER)];
    write_private(&files[0], service(job)?.as_bytes())?;
    write_private(&files[1], TIMER_TEXT.as_bytes())?;
    systemctl(&["daemon-reload"])?;
    systemctl(&["enable", "--now", TIMER])?;
    Ok(files.into())
}

pub(super) fn uninstall() -> Result<Vec<PathBuf>, Failure> {
    let folder = folder()?;
    let files = [folder.join(SERVICE), folder.join(TIMER)];
    if !files.iter().any(|file| file.exists()) {
        return Ok(Vec::new());
    }
    systemctl(&["disable", "--now", TIMER])?;
    for file in &files {
        remove_file(file)?;
    }
    systemctl(&["daemon-reload"])?;
    Ok(files.into())
}

fn systemctl(arguments: &[&str]) -> Result<(), Failure> {
    let arguments: Vec<&OsStr> = std::iter::once(&"--user").chain(arguments).map(OsStr::new).collect();
    run("systemctl", &arguments)
}

fn folder() -> Result<PathBuf, Failure> {
    let config = set("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| Some(Path::new(&set("HOME")?).join(".config")));
    config.map(|config| config.join("systemd/user")).ok_or_else(|| failed(&"HOME"))
}

fn service(job: &Job) -> Result<String, Failure> {
    let words = std::iter::once(text(&job.program)?).chain(job.arguments.iter().map(String::as_str));
    let command: Vec<String> = words.map(quoted).collect();
    let store = quoted(text(&job.store)?);
    Ok(format!(
        "# Made by obn watch --install, removed by obn watch --uninstall.\n\n\
         [Unit]\n\
         Description=Client certificates of the online billing network\n\n\
         [Service]\n\
         Type=oneshot\n\
         ExecStart={}\n\
         TimeoutStartSec=30min\n\
         UMask=0077\n\
         NoNewPrivileges=yes\n\
         ProtectSystem=strict\n\
         PrivateTmp=yes\n\
         ReadWritePaths={store}\n",
        command.join(" "),
    ))
}

/// One word of a unit: `%` and `$` would stand for something else.
fn quoted(word: &str) -> String {
    let word = word.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    format!("\"{word}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_as_they_are() {
        assert_eq!(quoted("--root=/home/受付 1/a\"b\\c%d$e"), "\"--root=/home/受付 1/a\\\"b\\\\c%%d$$e\"");
    }
}
