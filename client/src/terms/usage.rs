//! What a caller may ask for in vain.

use std::path::PathBuf;

/// Input that the library refuses before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// Manual 1.1: `20210121xxxxxxx`, eight digits of a date and seven more.
    #[error("a request ID is 15 digits, such as 202012100001000; it stands in the issue notice")]
    RequestId,
    /// Manual 1.1: a short code of letters and digits.
    #[error(
        "a reference ID is 4 to 32 letters and digits, such as FPwNiG5g4r; it stands in the issue notice"
    )]
    ReferenceId,
    /// Manual 1.1: 任意の4桁の半角数字.
    #[error("a certificate password is 4 half-width digits, any that you choose")]
    Password,
    /// 医療機関コード, 保険者番号 or 受付番号.
    #[error(
        "a code or reception number is 4 to 32 letters and digits: 10 digits of an institution, 8 of an insurer"
    )]
    Holder,
    /// Manual 3: where the CA tells that the certificate was revoked.
    #[error("a mail address reads name@example.jp")]
    MailAddress,
    /// The address of the site is no https URL.
    #[error(
        "the site's address is a URL that begins with https://, such as https://cert.obn.managedpki.ne.jp"
    )]
    Url,
    /// The address of the proxy is not `http://host:port`, or has a password in it.
    #[error(
        "a proxy's address is http://host:port, such as http://proxy.example:8080, without user and password"
    )]
    Proxy,
    /// No trusted root was given, so no server could be believed.
    #[error("no root certificate to trust was given")]
    NoRoot,
    /// A file that was given as root or intermediate holds no certificate.
    #[error("no certificate in it, neither in PEM (-----BEGIN CERTIFICATE-----) nor in DER")]
    NoCertificate,
    /// The call needs a client certificate (manual 2.2) and the client has none.
    #[error("this needs the client certificate that is to be renewed")]
    NoIdentity,
    /// The list of 更新後証明書の取得 has several, and nobody said which.
    #[error("several renewed certificates can be collected; say which request ID: {0}")]
    WhichRenewal(String),
    /// What is to be read or replaced is no regular file, but a link, a device, a pipe or a folder.
    #[error("{} is {kind}, not a regular file", path.display())]
    #[non_exhaustive]
    NotAFile {
        /// What stands there.
        path: PathBuf,
        /// In words.
        kind: FileKind,
    },
    /// What is to be written has no folder to go to.
    #[error("could not write {}: the folder {} does not exist; make it first", file.display(), folder.display())]
    #[non_exhaustive]
    NoFolder {
        /// What was to be written.
        file: PathBuf,
        /// Where it was to go.
        folder: PathBuf,
    },
    /// A link in a store may lead anywhere, and a store has none of its own.
    #[error("{} is a symbolic link, which the store did not make; remove it", .0.display())]
    LinkInStore(PathBuf),
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

/// What is no regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
    /// A device, a pipe or a socket.
    Device,
}

impl std::fmt::Display for FileKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Device => "a device, pipe or socket",
        })
    }
}

impl UsageError {
    pub(crate) fn explain_in_japanese(&self) -> String {
        match self {
            Self::RequestId => "リクエスト ID は 202012100001000 のような 15 桁の数字です。電子証明書発行通知書に記載されています".into(),
            Self::ReferenceId => "リファレンス ID は FPwNiG5g4r のような 4~32 文字の半角英数字です。電子証明書発行通知書に記載されています".into(),
            Self::Password => "証明書パスワードは任意の 4 桁の半角数字です".into(),
            Self::Holder => "医療機関コード等は 4~32 文字の半角英数字です(医療機関コードは 10 桁、保険者番号は 8 桁)".into(),
            Self::MailAddress => "メールアドレスは name@example.jp の形で指定してください".into(),
            Self::Url => "サイトの URL は https://cert.obn.managedpki.ne.jp のように https:// で始まるものを指定してください".into(),
            Self::Proxy => "プロキシのアドレスは http://ホスト:ポート の形で、ユーザー名とパスワードを含めずに指定してください".into(),
            Self::NoRoot => "信頼するルート証明書が指定されていません".into(),
            Self::NoCertificate => "PEM(-----BEGIN CERTIFICATE-----)または DER の証明書が見つかりません".into(),
            Self::NoIdentity => "更新対象のクライアント証明書が必要です".into(),
            Self::WhichRenewal(list) => {
                format!("取得できる証明書が複数あります。リクエスト ID を指定してください: {list}")
            }
            Self::NotAFile { path, kind } => {
                let kind = match kind {
                    FileKind::Folder => "フォルダー",
                    FileKind::Link => "シンボリックリンク",
                    FileKind::Device => "デバイス、パイプまたはソケット",
                };
                format!("{} は{kind}で、通常のファイルではありません", path.display())
            }
            Self::NoFolder { file, folder } => format!(
                "{} に書き込めません: フォルダー {} がありません。先に作成してください",
                file.display(),
                folder.display()
            ),
            Self::LinkInStore(path) => {
                format!("{} は保管庫が作ったものではないシンボリックリンクです。削除してください", path.display())
            }
            Self::NoEntry(name) => format!("保管庫に証明書「{name}」がありません"),
            Self::NothingValid => "保管庫に有効な証明書がありません".into(),
            Self::OnlyValid => "有効な証明書がほかにありません".into(),
        }
    }
}
