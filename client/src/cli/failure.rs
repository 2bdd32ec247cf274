//! How a command that did not do its work ends.

use std::path::PathBuf;

use obn_client::{Error, Language, TlsFailure, TransportError};
use serde_json::json;

use super::report::shown;
use super::stream::{print, tell};

#[derive(Debug)]
pub(crate) enum Failure {
    Client(Error),
    /// A file came whole, and is not believed. It is kept as it came, because the CA may not hand it out again.
    Rejected {
        error: Error,
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
            Self::Usage { japanese, english } => match language {
                Language::Japanese => japanese.clone(),
                Language::English => english.clone(),
            },
        }
    }

    /// One line on standard error for a person; for a program a JSON document on standard output, like any result.
    pub(crate) fn print(&self, language: Language, json: bool) {
        let message = self.message(language);
        tell(format_args!("obn: {message}"));
        if json {
            let mut error = json!({ "kind": self.kind(), "message": message });
            if let Some(Error::Refused(refusal)) = self.error() {
                error["page"] = json!(refusal);
            }
            if let Self::Rejected { file, .. } = self {
                error["file"] = shown(file);
            }
            print(format_args!("{:#}", json!({ "error": error, "exit_status": self.exit_status() })));
        }
    }

    fn kind(&self) -> &'static str {
        self.error().map_or("usage", Error::kind)
    }

    fn error(&self) -> Option<&Error> {
        match self {
            Self::Client(error) | Self::Rejected { error, .. } => Some(error),
            Self::Usage { .. } => None,
        }
    }
}

/// What the person can do, as far as the command line has to do with it.
fn hint(error: &Error, language: Language) -> &'static str {
    let Error::Transport(TransportError::Tls { failure: TlsFailure::UnknownRoot, .. }) = error else {
        return "";
    };
    match language {
        Language::Japanese => {
            "。--root(OBN_ROOT)のルート証明書がこのサイトのものではありません。シミュレーターを起動し直した場合は、取得し直してください"
        }
        Language::English => {
            "; the root given by --root or OBN_ROOT is not this site's: if a simulator was started anew, fetch its root again"
        }
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Client(error.into())
    }
}
