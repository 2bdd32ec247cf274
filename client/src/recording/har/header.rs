//! Headers and cookies.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::recording::lenient;

/// A header, or a field of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Header {
    /// In the letters of the file.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// Its value.
    #[serde(deserialize_with = "lenient::text")]
    pub value: String,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A cookie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Cookie {
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// Its value.
    #[serde(deserialize_with = "lenient::text")]
    pub value: String,
    /// The path that it is for.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The hosts that it is for.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// RFC 3339.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Whether scripts may not see it.
    #[serde(deserialize_with = "lenient::default", skip_serializing_if = "Option::is_none")]
    pub http_only: Option<bool>,
    /// Whether it is sent over TLS alone.
    #[serde(deserialize_with = "lenient::default", skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    /// Strict, Lax or None.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub same_site: Option<String>,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Header {
    /// One of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), other: Map::new() }
    }
}

pub(super) fn header<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
}
