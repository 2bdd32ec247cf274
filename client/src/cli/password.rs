//! Where a password comes from: a file, the environment or a prompt. Never an argument, which everyone can read.

use std::io::{IsTerminal, Read};
use std::path::Path;

#[cfg(windows)]
use obn_speech::cli::streams::print_error;

use super::failure::Failure;
use crate::terms::text::decoded;
use crate::{Language, Password, Pin, read_file};

/// Which password is asked for.
pub(crate) struct Wanted<'a> {
    /// From the option, `-` for standard input.
    pub(crate) file: Option<&'a Path>,
    /// The first that is set counts.
    pub(crate) environment: &'static [&'static str],
    pub(crate) option: &'static str,
    /// A new password is typed twice.
    pub(crate) is_new: bool,
    pub(crate) japanese: &'static str,
    pub(crate) english: &'static str,
}

impl Wanted<'_> {
    /// A password that the site takes.
    pub(crate) fn read_pin(&self, language: Language) -> Result<Pin, Failure> {
        Ok(self.read(language)?.expose().parse()?)
    }

    pub(crate) fn read(&self, language: Language) -> Result<Password, Failure> {
        if let Some(file) = self.file {
            return Ok(first_line(&contents(file)?));
        }
        let set = self.environment.iter().filter_map(|name| std::env::var(name).ok());
        if let Some(value) = set.into_iter().find(|value| !value.is_empty()) {
            return Ok(Password::new(value));
        }
        let variable = self.environment[0];
        if !std::io::stdin().is_terminal() {
            return Err(Failure::usage(
                format!(
                    "{}がありません。{} または環境変数 {} で指定してください",
                    self.japanese, self.option, variable
                ),
                format!("no {}: give {} or set {}", self.english, self.option, variable),
            ));
        }
        let typed = ask(&format!("{}: ", language.pick(self.japanese, self.english)))?;
        if self.is_new {
            let again =
                language.pick(format!("{}(確認用): ", self.japanese), format!("{} (again): ", self.english));
            if ask(&again)? != typed {
                return Err(Failure::usage(
                    "2 回のパスワードが一致しません。もう一度実行してください",
                    "the two passwords differ; run this again",
                ));
            }
        }
        Ok(typed)
    }
}

/// The password that a new PFX file is given.
pub(crate) fn new_password(file: Option<&Path>) -> Wanted<'_> {
    Wanted {
        file,
        environment: &["OBN_NEW_PASSWORD", "OBN_PASSWORD"],
        option: "--new-password-file",
        is_new: true,
        japanese: "新しいパスワード",
        english: "new password",
    }
}

/// The password of a file that is there already.
pub(crate) fn password_of_file(file: Option<&Path>) -> Wanted<'_> {
    Wanted {
        file,
        environment: &["OBN_PASSWORD"],
        option: "--password-file",
        is_new: false,
        japanese: "証明書パスワード",
        english: "certificate password",
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

fn first_line(bytes: &[u8]) -> Password {
    Password::new(decoded(bytes).lines().next().unwrap_or_default())
}

/// The password in a file that another program is to read, which may know no byte order marks.
pub(crate) fn password_in(file: &Path) -> Result<Password, Failure> {
    Ok(first_line(&read_file(file)?))
}

fn ask(prompt: &str) -> Result<Password, Failure> {
    prompt_password(prompt).map(Password::new).map_err(|error| cannot_read(&error))
}

/// `rpassword` would write bytes, which a console of code page 932 takes for other letters; what goes to standard error
/// as text it takes as it is.
#[cfg(windows)]
fn prompt_password(prompt: &str) -> std::io::Result<String> {
    if !std::io::stderr().is_terminal() {
        return rpassword::prompt_password(prompt);
    }
    print_error(prompt);
    rpassword::read_password()
}

#[cfg(not(windows))]
fn prompt_password(prompt: &str) -> std::io::Result<String> {
    rpassword::prompt_password(prompt)
}

fn cannot_read(error: &std::io::Error) -> Failure {
    Failure::usage(
        format!(
            "標準入力からパスワードを読み取れません: {error}。パスワードのファイルを指定することもできます(obn help)"
        ),
        format!(
            "could not read the password from standard input: {error}; a file can hold it as well (obn help)"
        ),
    )
}
