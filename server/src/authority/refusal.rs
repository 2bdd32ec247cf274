//! Why the CA says no. Each has a page text of its own in the profile (`messages.*`).

use crate::profile::Messages;

/// Declares the refusals, each with its name in the journal and in the profile's `messages`.
macro_rules! refusals {
    ($($(#[doc = $doc:literal])* $variant:ident = $key:ident,)*) => {
        /// A refusal of the CA: a page, not an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Refusal {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Refusal {
            /// All of them, for tests and documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in the profile's `messages`.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($key),)*
                }
            }

            /// What the journal says of the page that tells it.
            pub fn outcome(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("refused.", stringify!($key)),)*
                }
            }

            /// What the page says.
            pub fn text(self, messages: &Messages) -> &str {
                match self {
                    $(Self::$variant => &messages.$key,)*
                }
            }
        }
    };
}

refusals! {
    /// There is no notice with this request ID.
    UnknownRequestId = unknown_request_id,
    /// The notice has another reference ID.
    WrongReferenceId = wrong_reference_id,
    /// Too many wrong tries; only where the profile has a lock-out.
    LockedOut = locked_out,
    /// The notice's day of issue has not come yet.
    NotYetOpen = not_yet_open,
    /// The 180 days are over (manual 1.1).
    WindowClosed = window_closed,
    /// The certificate's validity is over.
    CertificateExpired = certificate_expired,
    /// The certificate was revoked.
    Revoked = revoked,
    /// It was downloaded before, and the profile allows one download.
    AlreadyDownloaded = already_downloaded,
    /// It was downloaded before with another password, and the profile wants the same.
    PasswordDiffers = password_differs,
    /// What was to be revoked is revoked.
    AlreadyRevoked = already_revoked,
    /// The certificate came about by renewal, and its key is handed out at `/p/ru` alone.
    HandedOutAtRenewal = handed_out_at_renewal,
    /// No client certificate was shown.
    NoClientCertificate = no_client_certificate,
    /// It is not the client CA's.
    ForeignClientCertificate = foreign_client_certificate,
    /// The client CA signed it, and this world doesn't know it: it was reset since.
    UnknownClientCertificate = unknown_client_certificate,
    /// Its validity has not begun.
    ClientCertificateNotYetValid = client_certificate_not_yet_valid,
    /// Its validity is over.
    ClientCertificateExpired = client_certificate_expired,
    /// It was revoked.
    ClientCertificateRevoked = client_certificate_revoked,
    /// It is not the certificate that the IDs mean.
    OtherClientCertificate = other_client_certificate,
    /// More than 90 days are left.
    RenewalNotOpen = renewal_not_open,
    /// It was renewed as often as may be.
    AlreadyRenewed = already_renewed,
    /// There is no such renewal, or it is none of this certificate's.
    UnknownRenewal = unknown_renewal,
    /// The renewal has not been issued yet.
    NotYetIssued = not_yet_issued,
    /// The renewal could not be issued.
    RenewalFailed = renewal_failed,
    /// The time to fetch a renewed certificate is over.
    PickupClosed = pickup_closed,
    /// There is nothing left to hold, to advance or to fail.
    RenewalFinished = renewal_finished,
    /// An expired certificate has nothing left to revoke.
    NothingToRevoke = nothing_to_revoke,
    /// A revocation was applied for and is not decided yet.
    RevocationPending = revocation_pending,
    /// The application was approved or rejected before.
    RevocationDecided = revocation_decided,
    /// The application for certificates was approved, refused or cancelled before.
    ApplicationDecided = application_decided,
    /// So many applications are there that no more are taken.
    ApplicationsFull = applications_full,
}

impl Refusal {
    /// Whether typing again can help: then the form comes back with what was typed, else a page
    /// that ends the matter.
    pub fn can_be_corrected(self) -> bool {
        matches!(self, Self::UnknownRequestId | Self::WrongReferenceId | Self::PasswordDiffers)
    }

    /// Whether it is about the client certificate itself, whatever was asked for with it.
    pub fn concerns_client_certificate(self) -> bool {
        matches!(
            self,
            Self::NoClientCertificate
                | Self::ForeignClientCertificate
                | Self::UnknownClientCertificate
                | Self::ClientCertificateNotYetValid
                | Self::ClientCertificateExpired
                | Self::ClientCertificateRevoked
        )
    }
}
