//! The rules of the protocol that a site can break.

use crate::terms::language::Language;
use crate::terms::refusal::Refusal;

/// The page of the list 更新後証明書の取得.
pub(crate) const LIST_PAGE: &str = "更新後証明書の取得画面";

/// Which rule the site broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Breach {
    /// The page is not the one that the manual shows here.
    #[error("expected {wanted}, but got the page \"{heading}\"")]
    #[non_exhaustive]
    WrongPage {
        /// What should have come, in the manual's words.
        wanted: &'static str,
        /// The heading of the page that came.
        heading: String,
    },
    /// Submit was answered by a page that neither confirms the application nor refuses it, so the CA may have it. Only
    /// the list 更新後証明書の取得 can tell.
    #[error("expected 送信完了画面, but got \"{0}\"; whether the application was accepted shows in the list")]
    NoReceipt(Box<Refusal>),
    /// The form lacks a field that the manual shows.
    #[error("the page \"{heading}\" has no field {field}")]
    #[non_exhaustive]
    NoField {
        /// The page's heading.
        heading: String,
        /// The field's label in the manual.
        field: &'static str,
    },
    /// The page lacks a button or link that the manual shows.
    #[error("the page \"{heading}\" has no button or link {control}")]
    #[non_exhaustive]
    NoControl {
        /// The page's heading.
        heading: String,
        /// The button's text in the manual.
        control: &'static str,
    },
    /// The page answered something that the manual does not have.
    #[error("HTTP status {0} without a page that explains it")]
    HttpStatus(u16),
    /// More redirections than any browser would follow, or one to what is no address.
    #[error("a redirection that leads nowhere: {0}")]
    Redirection(String),
    /// A form, link or redirection leads to another origin (RFC 6454) than the site's. Nothing was sent there.
    #[error("{own} leads to {other}, which is not the site; nothing was sent there")]
    #[non_exhaustive]
    OtherOrigin {
        /// The site's origin: scheme, host and port.
        own: String,
        /// The other one.
        other: String,
    },
    /// An answer with more in it than any page or file of this service has.
    #[error("an answer that can't be read: {0}")]
    TooMuch(Excess),
    /// An answer in a coding that was not asked for (RFC 9110, 8.4).
    #[error("an answer that is compressed, which nobody asked for")]
    Compressed,
    /// An answer that calls itself a page, and holds what no text has.
    #[error("an answer that calls itself a page and is no text")]
    NotText,
    /// The session was lost again and again.
    #[error("the session was lost {0} times in a row")]
    SessionLost(u32),
    /// What came from `/p/cert` is no certificate.
    #[error("the root certificate file is not an X.509 certificate")]
    NotACertificate,
    /// What came from `/p/s` is no package of the Windows installer.
    #[error("the installer is no package of the Windows installer (MSI)")]
    NotAnInstaller,
    /// The downloaded file is not PKCS #12.
    #[error("the downloaded file is not PKCS #12: {0}")]
    NotPfx(String),
    /// The downloaded file is PKCS #12, protected by an algorithm that this library doesn't know.
    #[error("the downloaded file is protected in a way that is not supported: {0}")]
    UnsupportedPfx(String),
    /// The downloaded file is PKCS #12 but the password that was chosen does not open it.
    #[error("the chosen password does not open the downloaded file")]
    PasswordDoesNotOpen,
    /// The file holds no key, or none whose public half is in a certificate.
    #[error("the downloaded key fits no certificate in the file")]
    KeyDoesNotFit,
    /// Manual 1.2: the file brings the issuer's certificate, which the import asks about.
    #[error("the downloaded file does not hold the issuing root certificate")]
    RootMissing,
    /// Manual 1.3: the issuer reads `Online Billing NW Common Root CA`.
    #[error("the certificate was issued by \"{0}\", not by the common CA")]
    WrongIssuer(String),
    /// A signature in the chain does not verify.
    #[error("the issuer's signature on the certificate is not valid")]
    BadSignature,
    /// A renewed certificate must name the same subject as the old one.
    #[error("the renewed certificate names \"{now}\", the old one \"{before}\"")]
    #[non_exhaustive]
    SubjectChanged {
        /// The subject that was renewed.
        before: String,
        /// The subject that came.
        now: String,
    },
    /// A renewed certificate must end later than the old one.
    #[error("the renewed certificate does not end later than the old one")]
    DatesNotLater,
    /// The status page shows no status that the manual knows.
    #[error("the certificate status \"{0}\" is not one of the manual's")]
    UnknownStatus(String),
    /// The status did not become 発行済み in the time that the polling policy gives it.
    #[error("the certificate was not issued in time, its status is still {0}")]
    NotIssuedInTime(String),
}

/// What an answer has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Excess {
    /// Bytes of a page.
    #[error("a page of more than 4 MiB")]
    Page,
    /// Bytes of a file.
    #[error("a file of more than 16 MiB")]
    File,
    /// Elements inside of each other.
    #[error("a page with too many elements inside of each other")]
    Depth,
    /// Elements, attributes, or mistakes in how they are written.
    #[error("a page with too many elements")]
    Elements,
    /// Fields, buttons and links.
    #[error("a page with too many fields, buttons and links")]
    Controls,
}

impl Excess {
    fn explain_in_japanese(self) -> &'static str {
        match self {
            Self::Page => "画面が4 MiBを超えています",
            Self::File => "ファイルが16 MiBを超えています",
            Self::Depth => "画面の要素の入れ子が深すぎます",
            Self::Elements => "画面の要素が多すぎます",
            Self::Controls => "画面の入力欄、ボタン、リンクが多すぎます",
        }
    }
}

impl Breach {
    /// Whether asking for the same file once more may help.
    pub(crate) fn is_damaged_file(&self) -> bool {
        matches!(
            self,
            Self::NotPfx(_)
                | Self::PasswordDoesNotOpen
                | Self::KeyDoesNotFit
                | Self::RootMissing
                | Self::BadSignature
                | Self::NotACertificate
                | Self::NotAnInstaller
        )
    }

    /// Whether a server said that it can't for now.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self, Self::HttpStatus(408 | 425 | 500..=599))
    }

    /// Whether the site showed something else than the manual has in this place.
    pub(crate) fn is_wrong_page(&self) -> bool {
        matches!(
            self,
            Self::WrongPage { .. } | Self::NoReceipt(_) | Self::NoField { .. } | Self::NoControl { .. }
        )
    }

    /// Whether another page stood where the list of renewed certificates should be.
    pub(crate) fn is_no_list(&self) -> bool {
        matches!(self, Self::WrongPage { wanted, .. } if *wanted == LIST_PAGE)
    }

    /// The message for a person.
    pub fn explain(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::WrongPage { wanted, heading } => {
                format!("{wanted}ではなく「{heading}」画面が表示されました")
            }
            Self::NoReceipt(page) => format!(
                "送信完了画面ではなく「{page}」と表示されました。申請が受け付けられたかは「更新後証明書の取得」で分かります"
            ),
            Self::NoField { heading, field } => format!("「{heading}」画面に入力欄「{field}」がありません"),
            Self::NoControl { heading, control } => {
                format!("「{heading}」画面にボタンまたはリンク「{control}」がありません")
            }
            Self::HttpStatus(status) => format!("HTTPステータス{status}が返され、説明の画面がありません"),
            Self::Redirection(target) => format!("転送先が正しくありません: {target}"),
            Self::OtherOrigin { own, other } => {
                format!("{own} から別のサイト {other} へ誘導されました。そこへは何も送信していません")
            }
            Self::Compressed => "求めていない圧縮された応答が返されました".into(),
            Self::NotText => "画面として返された応答がテキストではありません".into(),
            Self::TooMuch(excess) => format!("応答を読み取れません: {}", excess.explain_in_japanese()),
            Self::SessionLost(times) => format!("セッションが続けて{times}回無効になりました"),
            Self::NotACertificate => "取得したルート証明書のファイルはX.509証明書ではありません".into(),
            Self::NotAnInstaller => {
                "取得したファイルはWindowsインストーラーのパッケージ(MSI)ではありません".into()
            }
            Self::NotPfx(_) => "取得したファイルはPKCS #12ではありません".into(),
            Self::UnsupportedPfx(what) => format!("取得したファイルの保護方式に対応していません: {what}"),
            Self::PasswordDoesNotOpen => "入力した証明書パスワードで取得したファイルを開けません".into(),
            Self::KeyDoesNotFit => "取得した鍵に対応する証明書がファイルにありません".into(),
            Self::RootMissing => "取得したファイルに発行者のルート証明書がありません".into(),
            Self::WrongIssuer(issuer) => format!("証明書の発行者「{issuer}」は共通認証局ではありません"),
            Self::BadSignature => "証明書にある発行者の署名が正しくありません".into(),
            Self::SubjectChanged { before, now } => {
                format!("更新後の証明書の主体者「{now}」が更新前の「{before}」と異なります")
            }
            Self::DatesNotLater => "更新後の証明書の有効期限が更新前より後になっていません".into(),
            Self::UnknownStatus(status) => format!("証明書ステータス「{status}」はマニュアルにありません"),
            Self::NotIssuedInTime(status) => {
                format!("時間内に証明書が発行されませんでした(証明書ステータス: {status})")
            }
        }
    }
}
