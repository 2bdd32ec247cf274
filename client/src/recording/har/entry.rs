//! One exchange: what was asked, what was answered, and how long it took.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Request, Response, Security};
use crate::recording::lenient;

/// One exchange.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Entry {
    /// The page that it belongs to.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub pageref: Option<String>,
    /// RFC 3339.
    #[serde(deserialize_with = "lenient::text")]
    pub started_date_time: String,
    /// How long it took, in milliseconds.
    #[serde(deserialize_with = "lenient::number")]
    pub time: f64,
    /// What was asked.
    #[serde(deserialize_with = "lenient::default")]
    pub request: Request,
    /// What was answered.
    #[serde(deserialize_with = "lenient::default")]
    pub response: Response,
    /// What the browser had kept.
    #[serde(deserialize_with = "lenient::default")]
    pub cache: Map<String, Value>,
    /// The parts of the time.
    #[serde(deserialize_with = "lenient::default")]
    pub timings: Timings,
    /// The server's address.
    #[serde(
        rename = "serverIPAddress",
        deserialize_with = "lenient::maybe",
        skip_serializing_if = "Option::is_none"
    )]
    pub server_ip_address: Option<String>,
    /// Names the connection.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// A person's words.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What is known of TLS (Playwright, `obn --record`).
    #[serde(
        rename = "_securityDetails",
        deserialize_with = "lenient::default",
        skip_serializing_if = "Option::is_none"
    )]
    pub security: Option<Security>,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The parts of the time, in milliseconds; -1 for what does not apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Timings {
    /// Until the request was sent off.
    #[serde(deserialize_with = "lenient::number")]
    pub send: f64,
    /// Until the answer began.
    #[serde(deserialize_with = "lenient::number")]
    pub wait: f64,
    /// Until it was complete.
    #[serde(deserialize_with = "lenient::number")]
    pub receive: f64,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
