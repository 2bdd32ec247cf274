//! What was asked, and the form that was sent.

use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::header::header;
use super::{Cookie, Header};
use crate::recording::lenient;

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Request {
    /// Such as GET.
    #[serde(deserialize_with = "lenient::text")]
    pub method: String,
    /// Without a fragment.
    #[serde(deserialize_with = "lenient::text")]
    pub url: String,
    /// Such as `HTTP/1.1`, `h2`.
    #[serde(deserialize_with = "lenient::text")]
    pub http_version: String,
    /// What the Cookie header says.
    #[serde(deserialize_with = "lenient::default")]
    pub cookies: Vec<Cookie>,
    /// In the order of the wire where the tool keeps it.
    #[serde(deserialize_with = "lenient::default")]
    pub headers: Vec<Header>,
    /// What the address says behind the question mark.
    #[serde(deserialize_with = "lenient::default")]
    pub query_string: Vec<Header>,
    /// The body.
    #[serde(deserialize_with = "lenient::default", skip_serializing_if = "Option::is_none")]
    pub post_data: Option<PostData>,
    /// In bytes; -1 if unknown.
    #[serde(deserialize_with = "lenient::whole")]
    pub headers_size: i64,
    /// In bytes; -1 if unknown.
    #[serde(deserialize_with = "lenient::whole")]
    pub body_size: i64,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A request's body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PostData {
    /// Its media type, with parameters.
    #[serde(deserialize_with = "lenient::text")]
    pub mime_type: String,
    /// The fields of a form. Chrome writes them as they are on the wire, others decoded.
    #[serde(deserialize_with = "lenient::default", skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    /// As it was sent.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Param {
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// Its value.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Of a file that was uploaded.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Of a file that was uploaded.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Request {
    /// The first header of this name, in any case of letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl PostData {
    /// The fields of a form, decoded from this character set; those of the list where the body itself is missing.
    pub fn fields(&self, encoding: &'static Encoding) -> Vec<(String, String)> {
        let is_form = self.mime_type.trim_start().starts_with("application/x-www-form-urlencoded");
        match &self.text {
            Some(text) if is_form => decoded(text, encoding),
            _ => {
                let value = |param: &Param| param.value.clone().unwrap_or_default();
                self.params.iter().map(|param| (param.name.clone(), value(param))).collect()
            }
        }
    }
}

/// The fields of `application/x-www-form-urlencoded` in this character set.
fn decoded(form: &str, encoding: &'static Encoding) -> Vec<(String, String)> {
    let fields = form.split('&').filter(|field| !field.is_empty());
    fields
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .map(|(name, value)| (decoded_value(name, encoding), decoded_value(value, encoding)))
        .collect()
}

/// A name or a value of such a form.
pub(in crate::recording) fn decoded_value(text: &str, encoding: &'static Encoding) -> String {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&text.replace('+', " ")).collect();
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}
