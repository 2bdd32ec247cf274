//! The scene before the first step.

use schemars::JsonSchema;
use serde::Deserialize;

/// The scene before the first step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// The simulated time (RFC 3339), frozen; otherwise a fixed one of ours.
    pub clock: Option<String>,
    /// Keys of the profile that differ from the default.
    #[schemars(with = "crate::play::Sections")]
    pub profile: toml::Table,
    /// Whether the terminal has IPv6 only.
    pub ipv6: bool,
}
