//! 発行通知書 as control answers with it.

use serde::Deserialize;

/// What the institution gets by post. The names are those of the control API.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub request_id: String,
    pub reference_id: String,
    pub issuer: String,
    pub institution_code: String,
    pub terminal_name: String,
    pub category: String,
    pub issued_on: String,
    pub valid_from: String,
    pub valid_until: String,
    pub download_until: String,
    pub serial: String,
    pub downloads: u32,
    pub warning: Option<String>,
}
