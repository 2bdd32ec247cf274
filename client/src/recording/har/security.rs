//! What is known of TLS.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::recording::lenient;

/// What is known of TLS. The first five are Playwright's, the others ours.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Security {
    /// Such as `TLS 1.3`.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The common name of the server's certificate.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub subject_name: Option<String>,
    /// The common name of its issuer.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// In seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<f64>,
    /// In seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<f64>,
    /// The name of the cipher suite.
    #[serde(
        rename = "_cipher",
        deserialize_with = "lenient::maybe",
        skip_serializing_if = "Option::is_none"
    )]
    pub cipher: Option<String>,
    /// What the handshake agreed on, such as `h2`.
    #[serde(rename = "_alpn", deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// What the server sent, its own first: DER in Base64.
    #[serde(
        rename = "_certificates",
        deserialize_with = "lenient::default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub certificates: Vec<String>,
    /// Whether the server asked for a client certificate.
    #[serde(
        rename = "_clientCertificateAsked",
        deserialize_with = "lenient::default",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_certificate_asked: Option<bool>,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
