//! What can go wrong, told apart by who has to act: the applicant, the network's operator or the site's.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use obn_speech::cause;

use crate::network::transport::TransportError;
use crate::pki::identity::IdentityError;
use crate::terms::breach::Breach;
use crate::terms::language::Language;
use crate::terms::refusal::Refusal;
use crate::terms::usage::UsageError;

/// Why a call did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The CA said no, in its own words. Trying again with the same input will not help.
    #[error("the CA refused: {0}")]
    Refused(Box<Refusal>),
    /// The site did not behave as the manual says.
    #[error("{beginning}{0}", beginning = of_protocol(.0))]
    Protocol(#[from] Breach),
    /// The site could not be reached, or could not be trusted.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A key or certificate that was handed to the library can't be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The same of a file, which is named.
    #[error("{}: {source}", path.display())]
    #[non_exhaustive]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: IdentityError,
    },
    /// The caller asked for something that can't be asked for.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A file could not be read or written.
    #[error("could not {action} {}: {}", path.display(), cause(source))]
    #[non_exhaustive]
    File {
        /// What was tried.
        action: FileAction,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What was being done to a file that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileAction {
    /// Reading it.
    Read,
    /// Writing it.
    Write,
    /// Removing it.
    Remove,
    /// Locking it against other processes.
    Lock,
}

impl Error {
    /// What is wrong with the key or certificate in this file.
    pub(crate) fn in_file(path: impl Into<PathBuf>, source: IdentityError) -> Self {
        Self::InFile { path: path.into(), source }
    }

    pub(crate) fn file(action: FileAction, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { action, path: path.into(), source }
    }

    /// Whether it may pass by itself, so that one who waits anyway looks again.
    pub(crate) fn is_temporary(&self) -> bool {
        self.is_busy() || matches!(self, Self::Transport(error) if error.is_temporary())
    }

    /// Whether the site itself said that it can't for now, as opposed to silence.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Self::Transport(error) => matches!(error, TransportError::OutOfService { .. }),
            Self::Protocol(breach) => breach.is_temporary(),
            _ => false,
        }
    }

    /// Whether the site showed something else than the manual has in this place.
    pub(crate) fn is_wrong_page(&self) -> bool {
        matches!(self, Self::Protocol(breach) if breach.is_wrong_page())
    }

    /// How long the site asks to be left alone, if it says so.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transport(TransportError::OutOfService { retry_after, .. }) => *retry_after,
            _ => None,
        }
    }

    /// The exit status of `obn` for this error: 1 refused by the CA, 2 usage, 3 network or TLS, 4 broken protocol.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            Self::Usage(_) | Self::Identity(_) | Self::InFile { .. } | Self::File { .. } => 2,
            Self::Transport(_) => 3,
            Self::Protocol(_) => 4,
        }
    }

    /// A word for programs: `refused`, `usage`, `identity`, `file`, `transport` or `protocol`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Usage(_) => "usage",
            Self::Identity(_) | Self::InFile { .. } => "identity",
            Self::File { .. } => "file",
            Self::Transport(_) => "transport",
            Self::Protocol(_) => "protocol",
        }
    }

    /// The message for a person.
    pub fn explain(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::Refused(refusal) => format!("認証局に受け付けられませんでした: {refusal}"),
            Self::Protocol(breach @ Breach::NotIssuedInTime(_)) => breach.explain(language),
            Self::Protocol(breach) => {
                format!("サイトの応答がマニュアルと異なります: {}", breach.explain(language))
            }
            Self::Transport(error) => error.explain(language),
            Self::Identity(error) => error.explain(language),
            Self::InFile { path, source } => format!("{}: {}", path.display(), source.explain(language)),
            Self::Usage(error) => error.explain_in_japanese(),
            Self::File { action, path, source } => {
                let action = match action {
                    FileAction::Read => "読み込め",
                    FileAction::Write => "書き込め",
                    FileAction::Remove => "削除でき",
                    FileAction::Lock => "ロックでき",
                };
                format!("{} を{action}ません: {}", path.display(), cause(source).japanese)
            }
        }
    }
}

/// A CA that takes its time breaks no rule.
fn of_protocol(breach: &Breach) -> &'static str {
    match breach {
        Breach::NotIssuedInTime(_) => "",
        _ => "the site broke its protocol: ",
    }
}

impl std::fmt::Display for FileAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Remove => "remove",
            Self::Lock => "lock",
        })
    }
}
