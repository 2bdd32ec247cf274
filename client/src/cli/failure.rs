//! How a command that did not do its work ends.

use std::path::PathBuf;

use crate::{Breach, Error, Language, TlsFailure, TransportError};

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

    /// A word for programs.
    pub(crate) fn kind(&self) -> &'static str {
        self.error().map_or("usage", Error::kind)
    }

    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::Client(error) | Self::Rejected { error, .. } => Some(error),
            Self::Usage { .. } => None,
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
            "。--root(OBN_ROOT)のルート証明書がこのサイトのものではありません。シミュレーターを起動し直した場合は、取得し直してください"
        }
        (
            Error::Transport(TransportError::Tls { failure: TlsFailure::UnknownRoot, .. }),
            Language::English,
        ) => {
            "; the root given by --root or OBN_ROOT is not this site's: if a simulator was started anew, fetch its root again"
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
