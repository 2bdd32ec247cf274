//! The certificate password that the site demands.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::terms::usage::UsageError;

/// A certificate password (証明書パスワード) as the site takes it: any four half-width digits (manual 1.1). It protects
/// the file that the site delivers. No log shows it, and it is wiped from memory.
///
/// ```
/// use obn_client::{Pin, UsageError};
///
/// let pin: Pin = "1234".parse()?;
/// assert_eq!(format!("{pin:?}"), "Pin(…)");
/// assert_eq!("12345".parse::<Pin>(), Err(UsageError::Password));
/// # Ok::<(), UsageError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pin {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(Zeroizing::new(text.to_owned()))) } else { Err(UsageError::Password) }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}
