//! Why the CA says no. Each has a page text of its own in the profile (`messages.*`).

use crate::profile::Messages;

/// A refusal of the CA: a page, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// There is no notice with this request ID.
    UnknownRequestId,
    /// The notice has another reference ID.
    WrongReferenceId,
    /// Too many wrong tries; only where the profile has a lock-out.
    LockedOut,
    /// The notice's day of issue has not come yet.
    NotYetOpen,
    /// The 180 days are over (manual 1.1).
    WindowClosed,
    /// The certificate's validity is over.
    CertificateExpired,
    /// The certificate was revoked.
    Revoked,
    /// It was downloaded before, and the profile allows one download.
    AlreadyDownloaded,
    /// It was downloaded before with another password, and the profile wants the same.
    PasswordDiffers,
    /// What was to be revoked is revoked.
    AlreadyRevoked,
}

impl Refusal {
    /// All of them, for tests and documentation.
    pub const ALL: [Self; 10] = [
        Self::UnknownRequestId,
        Self::WrongReferenceId,
        Self::LockedOut,
        Self::NotYetOpen,
        Self::WindowClosed,
        Self::CertificateExpired,
        Self::Revoked,
        Self::AlreadyDownloaded,
        Self::PasswordDiffers,
        Self::AlreadyRevoked,
    ];

    /// Its name in the journal and in the profile's `messages`.
    pub fn key(self) -> &'static str {
        match self {
            Self::UnknownRequestId => "unknown_request_id",
            Self::WrongReferenceId => "wrong_reference_id",
            Self::LockedOut => "locked_out",
            Self::NotYetOpen => "not_yet_open",
            Self::WindowClosed => "window_closed",
            Self::CertificateExpired => "certificate_expired",
            Self::Revoked => "revoked",
            Self::AlreadyDownloaded => "already_downloaded",
            Self::PasswordDiffers => "password_differs",
            Self::AlreadyRevoked => "already_revoked",
        }
    }

    /// What the page says.
    pub fn text(self, messages: &Messages) -> &str {
        match self {
            Self::UnknownRequestId => &messages.unknown_request_id,
            Self::WrongReferenceId => &messages.wrong_reference_id,
            Self::LockedOut => &messages.locked_out,
            Self::NotYetOpen => &messages.not_yet_open,
            Self::WindowClosed => &messages.window_closed,
            Self::CertificateExpired => &messages.certificate_expired,
            Self::Revoked => &messages.revoked,
            Self::AlreadyDownloaded => &messages.already_downloaded,
            Self::PasswordDiffers => &messages.password_differs,
            Self::AlreadyRevoked => &messages.already_revoked,
        }
    }

    /// Whether typing again can help: then the form comes back with what was typed, else a page
    /// that ends the matter.
    pub fn can_be_corrected(self) -> bool {
        matches!(self, Self::UnknownRequestId | Self::WrongReferenceId | Self::PasswordDiffers)
    }
}
