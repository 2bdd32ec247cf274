//! Where a password comes from: a file, the environment or a prompt. Never an argument, which everyone can read.

use std::io::{IsTerminal, Read};
use std::path::Path;

use obn_client::{Error, Password, read_file};

use super::context::Context;
use super::failure::Failure;

/// Which password is asked for.
pub(crate) struct Wanted<'a> {
    /// From the option, `-` for standard input.
    pub(crate) file: Option<&'a Path>,
    pub(crate) environment: &'static str,
    pub(crate) option: &'static str,
    /// A new password is typed twice.
    pub(crate) is_new: bool,
    pub(crate) japanese: &'static str,
    pub(crate) english: &'static str,
}

impl Wanted<'_> {
    pub(crate) fn read(&self, context: &Context) -> Result<Password, Failure> {
        if let Some(file) = self.file {
            return Ok(first_line(&contents(file)?)?);
        }
        if let Some(value) = std::env::var(self.environment).ok().filter(|value| !value.is_empty()) {
            return Ok(Password::new(value));
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::usage(
                format!(
                    "{}がありません。{}または環境変数{}で指定してください",
                    self.japanese, self.option, self.environment
                ),
                format!("no {}: give {} or set {}", self.english, self.option, self.environment),
            ));
        }
        let typed = ask(&context.say(format!("{}: ", self.japanese), format!("{}: ", self.english)))?;
        if self.is_new {
            let again =
                context.say(format!("{}(確認用): ", self.japanese), format!("{} (again): ", self.english));
            if ask(&again)? != typed {
                return Err(Failure::usage("パスワードが一致しません", "the two passwords differ"));
            }
        }
        Ok(typed)
    }
}

fn contents(file: &Path) -> Result<Vec<u8>, Failure> {
    if file != Path::new("-") {
        return Ok(read_file(file)?);
    }
    let mut bytes = Vec::new();
    match std::io::stdin().read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(cannot_read(&error)),
    }
}

fn first_line(bytes: &[u8]) -> Result<Password, Error> {
    let text = String::from_utf8_lossy(bytes);
    Ok(Password::new(text.lines().next().unwrap_or_default()))
}

fn ask(prompt: &str) -> Result<Password, Failure> {
    rpassword::prompt_password(prompt).map(Password::new).map_err(|error| cannot_read(&error))
}

fn cannot_read(error: &std::io::Error) -> Failure {
    Failure::usage(
        format!("パスワードを読み取れません: {error}"),
        format!("could not read the password: {error}"),
    )
}
