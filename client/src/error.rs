//! What can go wrong, told apart by who has to act: the applicant, the network's operator or the site's.

use std::io;
use std::path::PathBuf;

use crate::network::transport::TransportError;
use crate::pki::identity::IdentityError;
use crate::terms::breach::Breach;
use crate::terms::language::Language;
use crate::terms::refusal::Refusal;

/// Why a call did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The CA said no, in its own words. Trying again with the same input will not help.
    #[error("the CA refused: {0}")]
    Refused(Box<Refusal>),
    /// The site did not behave as the manual says.
    #[error("the site broke its protocol: {0}")]
    Protocol(#[from] Breach),
    /// The site could not be reached, or could not be trusted.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A key or certificate that was handed to the library can't be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The caller asked for something that can't be asked for.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A file could not be read or written.
    #[error("could not {action} {path}: {source}")]
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

/// Input that the library refuses before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// Manual 1.1: `20210121xxxxxxx`, eight digits of a date and seven more.
    #[error("a request ID is 15 digits")]
    RequestId,
    /// Manual 1.1: a short code of letters and digits.
    #[error("a reference ID is 4 to 32 letters and digits")]
    ReferenceId,
    /// Manual 1.1: 任意の4桁の半角数字.
    #[error("a certificate password is 4 digits")]
    Password,
    /// Manual 3: where the CA tells that the certificate was revoked.
    #[error("this is not a mail address")]
    MailAddress,
    /// The address of the site is no https URL.
    #[error("the site's address is a URL that begins with https://")]
    Url,
    /// The address of the proxy is not `http://host:port`, or has a password in it.
    #[error("a proxy's address is http://host:port, without user and password")]
    Proxy,
    /// No trusted root was given, so no server could be believed.
    #[error("no trusted root certificate was given")]
    NoRoot,
    /// A file that was given as root or intermediate holds no certificate.
    #[error("no certificate found in the PEM or DER text")]
    NoCertificate,
    /// The call needs a client certificate (manual 2.2) and the client has none.
    #[error("this needs the client certificate that is to be renewed")]
    NoIdentity,
    /// The list of 更新後証明書の取得 has several, and nobody said which.
    #[error("several renewed certificates can be collected; say which request ID: {0}")]
    WhichRenewal(String),
    /// The store has no such entry.
    #[error("the store has no certificate `{0}`")]
    NoEntry(String),
    /// The store has no certificate at all that fits.
    #[error("the store has no valid certificate")]
    NothingValid,
    /// Manual chapter 4 removes the old certificate, never the one in use.
    #[error("this is the only valid certificate")]
    OnlyValid,
}

impl Error {
    pub(crate) fn file(action: FileAction, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { action, path: path.into(), source }
    }

    /// The exit status of `obn` for this error: 1 refused by the CA, 2 usage, 3 network or TLS, 4 broken protocol.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            Self::Usage(_) | Self::Identity(_) | Self::File { .. } => 2,
            Self::Transport(_) => 3,
            Self::Protocol(_) => 4,
        }
    }

    /// A word for programs: `refused`, `usage`, `identity`, `file`, `transport` or `protocol`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Usage(_) => "usage",
            Self::Identity(_) => "identity",
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
            Self::Protocol(breach) => {
                format!("サイトの応答がマニュアルと異なります: {}", breach.explain(language))
            }
            Self::Transport(error) => error.explain(language),
            Self::Identity(error) => error.explain(language),
            Self::Usage(error) => error.explain_in_japanese(),
            Self::File { action, path, source } => {
                let action = match action {
                    FileAction::Read => "読み込め",
                    FileAction::Write => "書き込め",
                    FileAction::Remove => "削除でき",
                    FileAction::Lock => "ロックでき",
                };
                format!("{}を{action}ませんでした: {source}", path.display())
            }
        }
    }
}

impl UsageError {
    fn explain_in_japanese(&self) -> String {
        match self {
            Self::RequestId => "リクエストIDは15桁の数字です".into(),
            Self::ReferenceId => "リファレンスIDは4~32文字の半角英数字です".into(),
            Self::Password => "証明書パスワードは4桁の半角数字です".into(),
            Self::MailAddress => "メールアドレスの形式が正しくありません".into(),
            Self::Url => "サイトのURLは https:// で始まるものを指定してください".into(),
            Self::Proxy => "プロキシのアドレスは http://ホスト:ポート の形で、ユーザー名とパスワードを含めずに指定してください".into(),
            Self::NoRoot => "信頼するルート証明書が指定されていません".into(),
            Self::NoCertificate => "PEMまたはDERの証明書が見つかりません".into(),
            Self::NoIdentity => "更新対象のクライアント証明書が必要です".into(),
            Self::WhichRenewal(list) => {
                format!("取得できる証明書が複数あります。リクエストIDを指定してください: {list}")
            }
            Self::NoEntry(name) => format!("保管庫に証明書「{name}」がありません"),
            Self::NothingValid => "保管庫に有効な証明書がありません".into(),
            Self::OnlyValid => "有効な証明書がほかにありません".into(),
        }
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
