//! Why a certificate is revoked.

use serde::{Deserialize, Serialize};

/// Reason codes of RFC 5280, 5.3.1, as far as an institution's certificate can have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RevocationReason {
    /// No reason given.
    #[default]
    Unspecified,
    /// The key may be in other hands (manual 1.4).
    KeyCompromise,
    /// The institution has changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The terminal or the institution is no more.
    CessationOfOperation,
}
