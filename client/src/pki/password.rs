//! A password that no log shows and that is wiped from memory.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::UsageError;

/// A password of a PFX file. On the site's pages it is 4 half-width digits (manual 1.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Any password, as a PFX file made elsewhere may have.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// A certificate password as the site demands it: 4 half-width digits.
    pub fn four_digits(text: impl Into<String>) -> Result<Self, UsageError> {
        let password = Self::new(text);
        password.check_four_digits()?;
        Ok(password)
    }

    pub(crate) fn check_four_digits(&self) -> Result<(), UsageError> {
        if self.0.len() == 4 && self.0.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(())
        } else {
            Err(UsageError::Password)
        }
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
