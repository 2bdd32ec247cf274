//! `obn-conformance init`: a client to start from.

use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use obn_speech::{Words, cause};

use super::{USAGE, fail, print, tell};
use crate::{Language, Starter};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The language of the client
    language: Option<Starter>,
    /// The folder to write it into, which isn't there yet or is empty
    dir: Option<PathBuf>,
}

impl Init {
    pub(super) fn run(&self, language: Language) -> ExitCode {
        let (Some(starter), Some(dir)) = (self.language, &self.dir) else {
            tell(&list(language));
            return USAGE.into();
        };
        match starter.write(dir) {
            Ok(files) => {
                print(&written(starter, dir, &files, language));
                ExitCode::SUCCESS
            }
            Err(error) => fail(USAGE, refusal(&error).about(dir.display()), language),
        }
    }
}

/// What there is.
fn list(language: Language) -> String {
    let mut text = match language {
        Language::Japanese => {
            "言語と書き込み先のフォルダーを指定してください: obn-conformance init LANGUAGE DIR\n"
        }
        Language::English => {
            "say which language, and the folder to write it into: obn-conformance init LANGUAGE DIR\n"
        }
    }
    .to_owned();
    for starter in Starter::ALL {
        let _ = write!(text, "\n  {:<8}{}", starter.name(), starter.needs(language));
    }
    text
}

fn refusal(error: &std::io::Error) -> Words {
    match error.kind() {
        ErrorKind::DirectoryNotEmpty => Words::new(
            "フォルダーが空ではありません。何も書き込みませんでした。別のフォルダーを指定してください",
            "the folder isn't empty, and nothing was written; name another one",
        ),
        ErrorKind::AlreadyExists => Words::new(
            "同じ名前のファイルがあります。別のフォルダーを指定してください",
            "there is a file of this name; name another folder",
        ),
        _ => cause(error),
    }
}

/// What was written, and what to do with it.
fn written(starter: Starter, dir: &Path, files: &[&str], language: Language) -> String {
    let files = files.join(", ");
    let shell = if cfg!(windows) { "bat" } else { "sh" };
    let commands = starter.commands(language, shell).concat();
    let dir = dir.display();
    match language {
        Language::Japanese => {
            format!("{dir} に作成しました: {files}\n\n検証するには:\n\ncd {dir}\n{commands}")
        }
        Language::English => {
            format!("written to {dir}: {files}\n\nto have it judged:\n\ncd {dir}\n{commands}")
        }
    }
}
