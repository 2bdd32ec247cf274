//! The program of a command: where it is, and whether it can be started at all.

use std::path::{Path, PathBuf};

use obn_speech::{Words, words};

use crate::error::Error;

/// A command as it is to be run: paths of programs and files are the caller's, not the empty folder's.
pub(super) fn absolute(command: &[String]) -> Vec<String> {
    let path = |(index, word): (usize, &String)| {
        if index == 0
            && let Ok(program) = find(Path::new(word))
            && let Some(program) = shown(&program)
        {
            return program;
        }
        let is_path = Path::new(word).components().count() > 1 || (index > 0 && Path::new(word).is_file());
        match std::path::absolute(word) {
            Ok(absolute) if is_path && absolute.exists() => absolute.display().to_string(),
            _ => word.clone(),
        }
    };
    command.iter().enumerate().map(path).collect()
}

/// Whether the command can be started at all: otherwise it would be the shell's 126 or 127 that is judged.
pub(super) fn check(command: &[String]) -> Result<(), Error> {
    let program = command.first().ok_or_else(no_command)?;
    find(Path::new(program)).map(drop).map_err(|wrong| match program.split_once(' ') {
        // A whole command line in quotes.
        Some((first, _)) if find(Path::new(first)).is_ok() => Error::Usage(words!(
            "そのプログラムはありません。引用符で 1 つにまとめず、--command {program} のように指定してください",
            "there is no such program; don't quote it as one word: --command {program}"
        )),
        _ => wrong,
    })
}

pub(super) fn no_command() -> Error {
    Error::Usage(Words::new(
        "コマンドがありません。--command でプログラムを指定してください",
        "there is no command; name a program with --command",
    ))
}

fn no_such() -> Error {
    Error::Usage(Words::new(
        "そのプログラムはありません。パスを確認してください",
        "there is no such program; look at its path",
    ))
}

fn not_executable() -> Error {
    Error::Usage(Words::new(
        "実行できるファイルではありません。python3 のような実行するプログラムを前に置くか、実行権限を付けてください(chmod +x)",
        "it is not an executable file; put the program that runs it before it, such as python3, or make it executable (chmod +x)",
    ))
}

fn on_path() -> Vec<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).collect()
}

/// A name without a folder is the shell's to find.
#[cfg(unix)]
fn shown(_: &Path) -> Option<String> {
    None
}

#[cfg(unix)]
fn find(program: &Path) -> Result<PathBuf, Error> {
    use std::os::unix::fs::PermissionsExt;
    let is_executable =
        |path: &Path| path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
    let is_path = program.as_os_str().as_encoded_bytes().contains(&b'/');
    match is_path {
        true if is_executable(program) => Ok(program.to_owned()),
        true if program.exists() => Err(not_executable()),
        true => Err(no_such()),
        false => {
            let mut found = on_path().into_iter().map(|folder| folder.join(program));
            found.find(|path| is_executable(path)).ok_or_else(no_such)
        }
    }
}

/// The whole path: Windows would look for programs of a bare name beside the harness as well, and for no `.cmd`.
#[cfg(windows)]
fn shown(program: &Path) -> Option<String> {
    Some(std::path::absolute(program).ok()?.display().to_string())
}

/// What Windows starts by itself. For other files it would ask what they are to be opened with.
#[cfg(windows)]
const STARTED: [&str; 4] = ["com", "exe", "bat", "cmd"];

#[cfg(windows)]
fn find(program: &Path) -> Result<PathBuf, Error> {
    let extension = program.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let is_started = extension.as_deref().is_some_and(|extension| STARTED.contains(&extension));
    let names: Vec<PathBuf> = match is_started {
        true => vec![program.to_owned()],
        false => STARTED.iter().map(|extension| with_extension(program, extension)).collect(),
    };
    let is_path = program.components().count() > 1;
    let folders = if is_path { vec![PathBuf::new()] } else { on_path() };
    let mut found = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    if let Some(found) = found.find(|path| path.is_file()) {
        return Ok(found);
    }
    // A script beside us is one without its folder as well.
    match program.exists() {
        true if program.is_file() => Err(Error::Usage(Words::new(
            "Windows が直接起動するのは .exe、.com、.bat、.cmd のファイルです。powershell -File のように、実行するプログラムを前に置いてください",
            "Windows starts .exe, .com, .bat and .cmd files; put the program that runs it before it, such as powershell -File",
        ))),
        true => Err(not_executable()),
        false => Err(no_such()),
    }
}

#[cfg(windows)]
fn with_extension(program: &Path, extension: &str) -> PathBuf {
    let mut name = program.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}
