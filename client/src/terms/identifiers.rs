//! The two IDs by which the CA knows a certificate (manual 1.1).

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use crate::terms::usage::UsageError;

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

fn half_width(text: &str) -> String {
    text.trim().nfkc().collect()
}
