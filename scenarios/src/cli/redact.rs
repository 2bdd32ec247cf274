//! `obn-conformance redact`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use obn_client::Password;
use obn_client::recording::har::{Har, LONGEST_BODY, MOST_ENTRIES, Reading};
use obn_client::recording::redact::{self, Key, Knowledge, Redacted};
use obn_client::recording::saved;
use obn_speech::Words;

use super::{USAGE, fail, print, tell};
use crate::{Language, text_file};

const LEAK: u8 = 1;

#[derive(Debug, Args)]
pub(super) struct Redact {
    /// A recording (.har), or a saved page (.html, .mhtml)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the recording that can be given away is written
    #[arg(short, long, value_name = "OUT.har")]
    out: PathBuf,
    /// Folder with the files that the browser saved: the PFX file, which it leaves out of the recording, goes into it
    #[arg(long, value_name = "DIR")]
    saved: Option<PathBuf>,
    /// File with the passwords of the PFX files in it, one a line; those that were typed in the recording are known
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// File with what must not be in it either, one a line, such as the institution's name
    #[arg(long, value_name = "FILE")]
    secrets_file: Option<PathBuf>,
    /// A host of the service beside *.managedpki.ne.jp and this machine; may be repeated
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
}

impl Redact {
    pub(super) fn run(self, language: Language) -> ExitCode {
        let ready = || {
            let mut reading = read(&self.file)?;
            if let Some(folder) = &self.saved {
                reading.har.attach(&files(folder)?);
            }
            Ok::<_, anyhow::Error>((reading, self.knowledge()?, Key::fresh()?))
        };
        let (reading, knowledge, key) = match ready() {
            Ok(ready) => ready,
            Err(error) => return fail(USAGE, error, language),
        };
        if let Some(told) = incomplete(&reading, language) {
            tell(&told);
        }
        let redacted = match redact::redact(&reading.har, &knowledge, key) {
            Ok(redacted) => redacted,
            Err(_) => {
                return fail(
                    LEAK,
                    Words::new(
                        "置き換えたはずの情報が出力に残っているため、ファイルは作成していません",
                        "something of what was replaced is still in the output; nothing was written",
                    ),
                    language,
                );
            }
        };
        if let Err(error) = obn_client::write_private(&self.out, &redacted.har.to_json()) {
            return fail(
                USAGE,
                Words::new(error.explain(Language::Japanese), error.explain(Language::English)),
                language,
            );
        }
        print(&summary(&redacted, &self.out, language));
        ExitCode::SUCCESS
    }

    fn knowledge(&self) -> anyhow::Result<Knowledge> {
        let passwords = lines(self.password_file.as_deref())?;
        Ok(Knowledge {
            passwords: passwords.into_iter().map(Password::new).collect(),
            hosts: self.hosts.clone(),
            secrets: lines(self.secrets_file.as_deref())?,
        })
    }
}

/// A recording, or a saved page as one.
fn read(path: &Path) -> anyhow::Result<Reading> {
    let name = || path.display().to_string();
    let size = std::fs::metadata(path).with_context(name)?.len();
    anyhow::ensure!(size <= obn_client::recording::har::LONGEST_FILE as u64, "{}: it is too long", name());
    let file = std::fs::read(path).with_context(name)?;
    match Har::read(&file) {
        Ok(reading) => Ok(reading),
        Err(error) => match saved::read(&file) {
            Some(har) => Ok(Reading { har, ..Reading::default() }),
            None => Err(error).with_context(name),
        },
    }
}

/// The files of a folder.
fn files(folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let name = || folder.display().to_string();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(name)? {
        let path = entry.with_context(name)?.path();
        let is_small =
            std::fs::metadata(&path).is_ok_and(|it| it.is_file() && it.len() <= LONGEST_BODY as u64);
        if is_small && files.len() < MOST_ENTRIES {
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            files.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes));
        }
    }
    Ok(files)
}

/// The lines of a file that are not empty.
fn lines(path: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text = text_file::read(path).with_context(|| path.display().to_string())?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}

/// What of the file could not be read, in words.
fn incomplete(reading: &Reading, language: Language) -> Option<String> {
    let entries = reading.har.log.entries.len();
    let told = match (&reading.broken, reading.unreadable) {
        (Some(why), _) => language.pick(
            format!("記録が途中で途切れています({why})。途切れる前の通信{entries}件を使います。\n"),
            format!("the recording breaks off ({why}); the {entries} exchanges before that are used\n"),
        ),
        (None, 0) => return None,
        (None, count) => language.pick(
            format!("読み取れない通信{count}件を除きました。\n"),
            format!("{count} exchanges can't be read and were left out\n"),
        ),
    };
    Some(told)
}

fn summary(redacted: &Redacted, out: &Path, language: Language) -> String {
    let line = |count: &usize, what: &str| format!("  {count:>5}  {what}\n");
    let mut text = String::new();
    let entries = redacted.har.log.entries.len();
    let out = out.display();
    text += &language.pick(
        format!("{out}: 通信{entries}件\n"),
        format!(
            "{out}: {}\n",
            if entries == 1 { "1 exchange".into() } else { format!("{entries} exchanges") }
        ),
    );
    if !redacted.replaced.is_empty() {
        text += language.pick("置き換えたもの(種類ごとの数):\n", "Replaced, by kind:\n");
        redacted.replaced.iter().for_each(|(kind, count)| text += &line(count, kind.explain(language)));
    }
    if !redacted.dropped.is_empty() {
        text += language.pick("残さなかったもの:\n", "Left out:\n");
        redacted.dropped.iter().for_each(|(what, count)| text += &line(count, what.explain(language)));
    }
    for password in &redacted.passwords {
        text += &language.pick(
            format!("PFXファイルは、鍵の異なる同じ作りのものに替えました。パスワードは {password} です。\n"),
            format!(
                "The PFX file is now one of the same make with another key; its password is {password}.\n"
            ),
        );
    }
    text += language.pick(
        "渡す前に、テキストエディターで開いて施設名などが残っていないか検索してください。\n",
        "Before you give it away, open it in an editor and search for your institution's name.\n",
    );
    text
}
