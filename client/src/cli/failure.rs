//! How a command that did not do its work ends.

use std::path::{Path, PathBuf};

use obn_speech::Words;

use crate::{Breach, Error, IdentityError, Language, ProxyFailure, TlsFailure, TransportError, UsageError};

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
            Self::Client(error) => explained(error, language),
            Self::Rejected { error, file } => {
                let (error, file) = (explained(error, language), file.display());
                match language {
                    Language::Japanese => format!("{error}\n届いたファイルはそのまま {file} に保存しました"),
                    Language::English => format!("{error}\nthe file as it came is kept in {file}"),
                }
            }
            Self::Item { item, error } => format!("{item}: {}", explained(error, language)),
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

/// What went wrong, and what to do next.
fn explained(error: &Error, language: Language) -> String {
    let told = error.explain(language);
    match next_step(error) {
        Some(step) => format!("{told}\n{}", step.speak(language)),
        None => told,
    }
}

/// What the person can do, as far as the command line has to do with it.
fn next_step(error: &Error) -> Option<Words> {
    match error {
        // The CA says it in its own words; the system's reason and the file are all that is known.
        Error::Refused(_) | Error::File { .. } => None,
        Error::Protocol(breach) => Some(after_breach(breach)),
        Error::Transport(error) => after_transport(error),
        Error::Identity(error) | Error::InFile { source: error, .. } => after_identity(error),
        Error::Usage(error) => after_usage(error),
    }
}

fn after_breach(breach: &Breach) -> Words {
    match breach {
        Breach::NotIssuedInTime(_) => Words::new(
            "しばらくしてから obn renew をもう一度実行すると、続きから行います(--wait で待つ秒数を指定できます)",
            "run obn renew again later, and it goes on from there (--wait says how many seconds it waits)",
        ),
        Breach::OtherOrigin { .. } => Words::new(
            "更新の画面のために案内されている URL であれば、--renewal-url(OBN_RENEWAL_URL)で指定してください",
            "if it is known to be the site's own address for renewals, name it with --renewal-url or OBN_RENEWAL_URL",
        ),
        Breach::NoReceipt(_) => Words::new(
            "obn renew をもう一度実行すると、一覧を確認して続きから行います",
            "run obn renew again: it looks at the list, and goes on from there",
        ),
        Breach::HttpStatus(_) | Breach::SessionLost(_) => Words::new(
            "サイトが混み合っているか、停止している可能性があります。しばらくしてからもう一度実行してください",
            "the site may be busy or out of service: run this again later",
        ),
        Breach::UnsupportedPfx(_) => Words::new(
            "届いたファイルは、OpenSSL やブラウザーなど別のプログラムで開けることがあります",
            "another program, such as OpenSSL or a browser, may open the file",
        ),
        Breach::NotAnInstaller => Words::new(
            "ブラウザーで /p/s を開き、案内が表示されていないか確認してください",
            "open /p/s in a browser, and look what it says",
        ),
        Breach::WrongIssuer(_) => Words::new(
            "--url と --root が正しいサイトのものか確認してください",
            "look whether --url and --root are those of the right site",
        ),
        Breach::WrongPage { .. }
        | Breach::NoField { .. }
        | Breach::NoControl { .. }
        | Breach::Redirection(_)
        | Breach::TooMuch(_)
        | Breach::Compressed
        | Breach::NotText
        | Breach::NotACertificate
        | Breach::NotPfx(_)
        | Breach::PasswordDoesNotOpen
        | Breach::KeyDoesNotFit
        | Breach::RootMissing
        | Breach::BadSignature
        | Breach::SubjectChanged { .. }
        | Breach::DatesNotLater
        | Breach::UnknownStatus(_) => Words::new(
            "サイトが変わった可能性があります。--url が正しいか、ブラウザーで同じ操作ができるかを確認し、新しい obn がないか確認してください",
            "the site may have changed: look whether --url is right and the same works in a browser, and for a newer obn",
        ),
    }
}

fn after_transport(error: &TransportError) -> Option<Words> {
    Some(match error {
        TransportError::Tls { failure, .. } => return after_tls(failure),
        TransportError::Connect { .. } | TransportError::Timeout { .. } => Words::new(
            "--url(OBN_URL)のアドレスと、オンライン請求ネットワークへの接続を確認してください。シミュレーターの場合は、起動しているか確認してください",
            "look at the address in --url (OBN_URL) and at the connection to the billing network; a simulator has to be running",
        ),
        TransportError::Interrupted { .. } => Words::new(
            "もう一度実行してください。更新は続きから行います。発行申請と失効申請は、受付のメールが届いていないことを確認してからにしてください",
            "run this again; a renewal goes on from there. Before you apply for an issue or a revocation again, look whether its mail has come",
        ),
        TransportError::OutOfService { .. } => {
            Words::new("しばらくしてからもう一度実行してください", "run this again later")
        }
        TransportError::Proxy { failure, .. } => match failure {
            ProxyFailure::UserWanted | ProxyFailure::UserRefused => Words::new(
                "--proxy-user(OBN_PROXY_USER)と、OBN_PROXY_PASSWORD または --proxy-password-file で指定してください",
                "give them with --proxy-user (OBN_PROXY_USER) and OBN_PROXY_PASSWORD or --proxy-password-file",
            ),
            // It says whom to ask.
            ProxyFailure::UnknownSchemes(_) => return None,
            ProxyFailure::Status(_) => Words::new(
                "このホストを許可するようプロキシの管理者に依頼するか、--proxy-bypass で迂回してください",
                "ask the proxy's administrator to let this host through, or go around it with --proxy-bypass",
            ),
            ProxyFailure::Connection(_)
            | ProxyFailure::Closed
            | ProxyFailure::Silent
            | ProxyFailure::Malformed
            | ProxyFailure::NoScheme
            | ProxyFailure::Challenge
            | ProxyFailure::NtlmBrokenOff => Words::new(
                "--proxy(OBN_PROXY)のアドレスを確認してください。直接接続できる場合は --proxy を付けずに実行します",
                "look at the address in --proxy (OBN_PROXY); where the site is reached directly, leave it out",
            ),
        },
    })
}

fn after_tls(failure: &TlsFailure) -> Option<Words> {
    Some(match failure {
        TlsFailure::UnknownRoot => Words::new(
            "--root(OBN_ROOT)のルート証明書がこのサイトのものではありません。サイトのルート証明書が変わった可能性があります。\n\
             マニュアル 5.3 の手順をもう一度行ってください。新しいルート証明書を取得し、フィンガープリントを別の経路で確かめたうえで、--root に指定します(新旧の両方を 1 つの PEM ファイルに入れることもできます)。\n\
             シミュレーターの場合は、制御 API の /api/v1/root.pem から取得し直してください",
            "the root given by --root or OBN_ROOT is not this site's: the site may have moved to another root\n\
             do chapter 5.3 of the manual again: get the new root certificate, compare its fingerprint with what came another way, and name it with --root (one PEM file may hold both the old and the new one)\n\
             of a simulator that was started anew, fetch the root again from /api/v1/root.pem of its control API",
        ),
        TlsFailure::MissingIntermediate(_) => Words::new(
            "その中間証明書の PEM ファイルを --intermediates(OBN_INTERMEDIATES)で指定してください",
            "name a PEM file of it with --intermediates (OBN_INTERMEDIATES)",
        ),
        TlsFailure::WrongHost => Words::new(
            "--url(OBN_URL)のホスト名を確認してください",
            "look at the host name in --url (OBN_URL)",
        ),
        TlsFailure::Expired | TlsFailure::NotYetValid => Words::new(
            "このコンピューターの時計を確認してください。合っていれば、サイトの運用者にお問い合わせください",
            "look at this computer's clock; if it is right, it is for the site's operator to mend",
        ),
        TlsFailure::ClientCertificate(_) => Words::new(
            "obn list で証明書の有効期限を確認してください。失効していないかも確認してください",
            "look with obn list whether the certificate has expired, and whether it was revoked",
        ),
        TlsFailure::Other(_) => return None,
    })
}

fn after_identity(error: &IdentityError) -> Option<Words> {
    Some(match error {
        IdentityError::NotPfx(_) => Words::new(
            "拡張子が .p12 または .pfx の、サイトから取得したファイルを指定してください",
            "name a file that ends in .p12 or .pfx, as it came from the site",
        ),
        IdentityError::WrongPassword => Words::new(
            "ダウンロードしたときに決めた 4 桁のパスワードを指定してください(--password-file など。obn help で一覧を表示します)",
            "give the four digits that were chosen at the download (--password-file and others: obn help)",
        ),
        IdentityError::Unsupported(_) => Words::new(
            "作成したプログラムで、3DES または AES で保護された PFX ファイルとして書き出し直してください",
            "have the program that wrote it export it again, protected with 3DES or AES",
        ),
        IdentityError::NotPem
        | IdentityError::NoKey
        | IdentityError::KeyDoesNotFit
        | IdentityError::UnusableKey => Words::new(
            "秘密鍵と証明書が入ったバックアップの PFX ファイルを obn restore で戻してください",
            "put a PFX file that has both key and certificate back with obn restore",
        ),
        IdentityError::NotWritten(_) => return None,
    })
}

fn after_usage(error: &UsageError) -> Option<Words> {
    Some(match error {
        // They say what is right.
        UsageError::RequestId
        | UsageError::ReferenceId
        | UsageError::Password
        | UsageError::Holder
        | UsageError::MailAddress
        | UsageError::NoFolder { .. }
        | UsageError::LinkInStore(_) => return None,
        UsageError::Url => Words::new(
            "--url(OBN_URL)、--renewal-url、--login-url を確認してください",
            "look at --url (OBN_URL), --renewal-url and --login-url",
        ),
        UsageError::Proxy => Words::new(
            "--proxy(OBN_PROXY)を確認してください。ユーザー名は --proxy-user、パスワードは OBN_PROXY_PASSWORD で指定します",
            "look at --proxy (OBN_PROXY); the user goes into --proxy-user, the password into OBN_PROXY_PASSWORD",
        ),
        UsageError::NoRoot => Words::new(
            "--root または OBN_ROOT で PEM ファイルを指定してください。サイトのルート証明書の取得は、マニュアル 5.3 をご覧ください。\n\
             シミュレーターの場合は: curl -o root.pem http://127.0.0.1:8444/api/v1/root.pem",
            "name its file with --root or OBN_ROOT; chapter 5.3 of the manual says where the site's is to be had\n\
             of a simulator: curl -o root.pem http://127.0.0.1:8444/api/v1/root.pem",
        ),
        UsageError::NoCertificate => Words::new(
            "--root と --intermediates には証明書のファイルを指定してください",
            "what --root and --intermediates name are files of certificates",
        ),
        UsageError::NoIdentity => Words::new(
            "obn list に表示される名前、または --identity で PFX ファイルを指定してください",
            "name it as obn list does, or a PFX file with --identity",
        ),
        UsageError::WhichRenewal(_) => {
            Words::new("--request-id(OBN_REQUEST_ID)で指定できます", "that is --request-id or OBN_REQUEST_ID")
        }
        UsageError::NotAFile { .. } => Words::new("通常のファイルを指定してください", "name a regular file"),
        UsageError::NoEntry(_) => Words::new("名前は obn list で表示します", "obn list shows the names"),
        UsageError::NothingValid => Words::new(
            "obn list で確認してください。obn download で取得するか、obn restore で PFX ファイルから戻せます",
            "obn list shows what is there; obn download gets one, obn restore takes one from a PFX file",
        ),
        UsageError::OnlyValid => {
            Words::new("それでも削除する場合は --force を付けてください", "--force removes it all the same")
        }
    })
}

impl From<Words> for Failure {
    fn from(words: Words) -> Self {
        Self::usage(words.japanese, words.english)
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Client(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileAction;

    /// The next kind of error; a new one has to be put into the chain.
    fn after(error: &Error) -> Option<Error> {
        Some(match error {
            Error::Protocol(_) => TransportError::Timeout { host: "localhost".to_owned() }.into(),
            Error::Transport(_) => IdentityError::WrongPassword.into(),
            Error::Identity(_) => Error::in_file("a.p12", IdentityError::NotPfx("damaged".to_owned())),
            Error::InFile { .. } => UsageError::NoRoot.into(),
            Error::Usage(_) => {
                let source = std::io::Error::from(std::io::ErrorKind::NotFound);
                Error::file(FileAction::Read, "nope.pem", source)
            }
            Error::File { .. } | Error::Refused(_) => return None,
        })
    }

    #[test]
    fn each_kind_of_error_is_told_in_both_languages_with_the_next_step() {
        let is_japanese = |text: &str| text.contains(|letter: char| ('ぁ'..='ん').contains(&letter));
        let mut next = Some(Error::Protocol(Breach::NotText));
        let mut kinds = 0;
        while let Some(error) = next {
            let step = next_step(&error);
            let [japanese, english] =
                [Language::Japanese, Language::English].map(|language| explained(&error, language));
            assert!(is_japanese(&japanese) && !is_japanese(&english), "{japanese}\n{english}");
            assert!(step.is_some() || english.contains("nope.pem"), "{english}");
            kinds += 1;
            next = after(&error);
        }
        assert_eq!(kinds, 6);
        let missing = Error::file(FileAction::Read, "nope.pem", std::io::ErrorKind::NotFound.into());
        assert_eq!(
            explained(&missing, Language::Japanese),
            "nope.pem を読み込めません: ファイルがありません"
        );
    }
}
