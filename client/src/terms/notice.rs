//! What the 電子証明書発行通知書 says, which comes by registered post.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use crate::error::UsageError;

/// A request ID (リクエストID): eight digits of a date and seven more.
///
/// People copy it from paper and from Japanese input methods, so full-width digits and surrounding blanks are taken.
///
/// ```
/// use obn_client::RequestId;
///
/// let id: RequestId = " 202012100001000".parse()?;
/// assert_eq!(id.to_string(), "202012100001000");
/// assert!("2020-1210".parse::<RequestId>().is_err());
/// # Ok::<(), obn_client::UsageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct RequestId(String);

/// A reference ID (リファレンスID): letters and digits, in which case matters. It is as good as a password: it is not
/// shown by `Debug`.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct ReferenceId(String);

/// An issue notice (電子証明書発行通知書, manual 1.1). Only the two IDs are needed to download.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// 電子証明書ダウンロードサイトリクエストID.
    pub request_id: RequestId,
    /// 電子証明書ダウンロードサイトリファレンスID.
    pub reference_id: ReferenceId,
    /// 発行元: the institution code.
    pub institution_code: Option<String>,
    /// 端末名称等: what the applicant called the terminal.
    pub terminal_name: Option<String>,
    /// 電子証明書有効期限, first day.
    pub valid_from: Option<Date>,
    /// 電子証明書有効期限, last day.
    pub valid_until: Option<Date>,
    /// 電子証明書ダウンロードサイト有効期限: the last day to download, 180 days after issue.
    pub download_until: Option<Date>,
}

impl Notice {
    /// A notice of which only the two IDs are known.
    pub fn new(request_id: RequestId, reference_id: ReferenceId) -> Self {
        Self {
            request_id,
            reference_id,
            institution_code: None,
            terminal_name: None,
            valid_from: None,
            valid_until: None,
            download_until: None,
        }
    }
}

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl ReferenceId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = half_width(text);
        let fits = text.len() == 15 && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(text)) } else { Err(UsageError::RequestId) }
    }
}

impl TryFrom<String> for RequestId {
    type Error = UsageError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for ReferenceId {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = half_width(text);
        // The samples have 10 characters, the notice's placeholder 14 or 15: the CA decides, this only stops nonsense.
        let fits = (4..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(text)) } else { Err(UsageError::ReferenceId) }
    }
}

impl TryFrom<String> for ReferenceId {
    type Error = UsageError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ReferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ReferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReferenceId(…)")
    }
}

/// A mail address, to which the CA writes when a certificate has been revoked (manual chapter 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress(String);

impl MailAddress {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MailAddress {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let fits = text.bytes().all(|byte| byte.is_ascii_graphic())
            && text
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
        if fits { Ok(Self(text.to_owned())) } else { Err(UsageError::MailAddress) }
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn half_width(text: &str) -> String {
    text.trim().nfkc().collect()
}
