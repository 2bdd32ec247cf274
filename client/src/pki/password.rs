//! A password that no log shows and that is wiped from memory.

use std::fmt;

use zeroize::Zeroizing;

use crate::terms::pin::Pin;

/// A password of a PFX file or of a proxy's user. What the site itself delivers is protected by a [`Pin`].
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Any text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&Pin> for Password {
    fn from(pin: &Pin) -> Self {
        Self::new(pin.expose())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
