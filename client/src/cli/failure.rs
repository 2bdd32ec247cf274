//! How a command that did not do its work ends.

use std::path::{Path, PathBuf};

use crate::{Breach, Error, Language, TlsFailure, TransportError};

#[derive(Debug)]
pub(crate) enum Failure {
    Client(Error),
    /// A file came, and is not believed. It is kept as it came, because the CA may not hand it out again.
    Rejected {
        error: Error,
        file: PathBuf,
    },
    /// One item of what a command was to work on.
    Item {
        item: String,
        error: Error,
    },
    /// Such a file of an earlier run is still there.
    Kept {
        file: PathBuf,
    },
    /// The command line asked for something that this program does not do.
    Usage {
        japanese: String,
        english: String,
    },
}

impl Failure {
    pub(crate) fn usage(japanese: impl Into<String>, english: impl Into<String>) -> Self {
        Self::Usage { japanese: japanese.into(), english: english.into() }
    }

    pub(crate) fn exit_status(&self) -> u8 {
        self.error().map_or(2, Error::exit_status)
    }

    /// The message for a person.
    pub(crate) fn message(&self, language: Language) -> String {
        match self {
            Self::Client(error) => error.explain(language) + hint(error, language),
            Self::Rejected { error, file } => {
                let (error, file) = (error.explain(language), file.display());
                match language {
                    Language::Japanese => format!("{error}\n届いたファイルはそのまま {file} に保存しました"),
                    Language::English => format!("{error}\nthe file as it came is kept in {file}"),
                }
            }
            Self::Item { item, error } => format!("{item}: {}", error.explain(language)),
            Self::Kept { file } => {
                let file = file.display();
                match language {
                    Language::Japanese => format!(
                        "以前に認証局から届き、採用できなかったファイルが {file} にあります。鍵は一度しか渡されないかもしれないため、認証局には何も要求していません。\n\
                         obn show {file} で確認し、使う場合は obn restore {file} で保管庫に入れてください。改めて要求する場合は、移動してから実行してください"
                    ),
                    Language::English => format!(
                        "a file that the CA sent before, and that was not believed, is kept in {file}; the CA may have no other, so it was not asked again\n\
                         look at it with obn show {file}, put it into the store with obn restore {file}, or move it away to ask once more"
                    ),
                }
            }
            Self::Usage { japanese, english } => match language {
                Language::Japanese => japanese.clone(),
                Language::English => english.clone(),
            },
        }
    }

    /// A word for programs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Kept { .. } => "file",
            other => other.error().map_or("usage", Error::kind),
        }
    }

    /// The file that came from the CA and lies there.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Rejected { file, .. } | Self::Kept { file } => Some(file),
            Self::Client(_) | Self::Item { .. } | Self::Usage { .. } => None,
        }
    }

    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::Client(error) | Self::Item { error, .. } | Self::Rejected { error, .. } => Some(error),
            Self::Kept { .. } | Self::Usage { .. } => None,
        }
    }
}

/// What the person can do, as far as the command line has to do with it.
fn hint(error: &Error, language: Language) -> &'static str {
    match (error, language) {
        (
            Error::Transport(TransportError::Tls { failure: TlsFailure::UnknownRoot, .. }),
            Language::Japanese,
        ) => {
            "。--root(OBN_ROOT)のルート証明書がこのサイトのものではありません。サイトのルート証明書が変わった可能性があります。\n\
             マニュアル 5.3 の手順をもう一度行ってください。新しいルート証明書を取得し、フィンガープリントを別の経路で確かめたうえで、--root に指定します(新旧の両方を1つのPEMファイルに入れることもできます)。\n\
             シミュレーターの場合は、コントロール API の /api/v1/root.pem から取得し直してください"
        }
        (
            Error::Transport(TransportError::Tls { failure: TlsFailure::UnknownRoot, .. }),
            Language::English,
        ) => {
            "; the root given by --root or OBN_ROOT is not this site's: the site may have moved to another root\n\
             do chapter 5.3 of the manual again: get the new root certificate, compare its fingerprint with what came another way, and name it with --root (one PEM file may hold both the old and the new one)\n\
             of a simulator that was started anew, fetch the root again from /api/v1/root.pem of its control API"
        }
        (Error::Protocol(Breach::OtherOrigin { .. }), Language::Japanese) => {
            "。更新の画面のために案内されているURLであれば、--renewal-url(OBN_RENEWAL_URL)で指定してください"
        }
        (Error::Protocol(Breach::OtherOrigin { .. }), Language::English) => {
            "; if it is known to be the site's own address for renewals, name it with --renewal-url or OBN_RENEWAL_URL"
        }
        _ => "",
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Client(error.into())
    }
}
