//! What was answered, and its body as the tool saved it.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::header::header;
use super::{Cookie, Header, LONGEST_BODY};
use crate::recording::{lenient, packed};

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Response {
    /// 0 or -1 if there was no answer.
    #[serde(deserialize_with = "lenient::whole")]
    pub status: i64,
    /// The words behind the status.
    #[serde(deserialize_with = "lenient::text")]
    pub status_text: String,
    /// Such as `HTTP/1.1`, `h2`.
    #[serde(deserialize_with = "lenient::text")]
    pub http_version: String,
    /// What the Set-Cookie headers say.
    #[serde(deserialize_with = "lenient::default")]
    pub cookies: Vec<Cookie>,
    /// In the order of the wire where the tool keeps it.
    #[serde(deserialize_with = "lenient::default")]
    pub headers: Vec<Header>,
    /// The body.
    #[serde(deserialize_with = "lenient::default")]
    pub content: Content,
    /// Where the answer leads.
    #[serde(rename = "redirectURL", deserialize_with = "lenient::text")]
    pub redirect_url: String,
    /// In bytes; -1 if unknown.
    #[serde(deserialize_with = "lenient::whole")]
    pub headers_size: i64,
    /// In bytes as sent; -1 if unknown.
    #[serde(deserialize_with = "lenient::whole")]
    pub body_size: i64,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A response's body as the tool saved it. [`Response::body`] decodes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Content {
    /// In bytes, unpacked.
    #[serde(deserialize_with = "lenient::whole")]
    pub size: i64,
    /// Its media type, with parameters.
    #[serde(deserialize_with = "lenient::text")]
    pub mime_type: String,
    /// The body; `None` in a recording without contents.
    #[serde(deserialize_with = "lenient::default", skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `base64`, or nothing for a text.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A body, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The tool had made letters of it already; which bytes they were it did not keep.
    Text(String),
    /// As the server sent it, unpacked.
    Bytes(Vec<u8>),
}

/// Why a body can't be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is not the Base64 that it claims to be.
    #[error("the body is not Base64")]
    NotBase64,
    /// It is packed, and breaks off or is damaged.
    #[error("the packed body is damaged")]
    Packed,
    /// It is longer than [`LONGEST_BODY`].
    #[error("the body is too long")]
    TooLong,
}

impl Response {
    /// The first header of this name, in any case of letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body; `None` in a recording without contents.
    ///
    /// # Errors
    /// If it can't be decoded.
    pub fn body(&self) -> Result<Option<Body>, BodyError> {
        let Some(text) = &self.content.text else { return Ok(None) };
        match &self.content.encoding {
            Some(encoding) if encoding.eq_ignore_ascii_case("base64") => {
                let body = unbase64(text).ok_or(BodyError::NotBase64)?;
                let codings = self.header("content-encoding").unwrap_or_default();
                let body = packed::unpack(body, codings, LONGEST_BODY)?;
                if body.len() > LONGEST_BODY { Err(BodyError::TooLong) } else { Ok(Some(Body::Bytes(body))) }
            }
            _ if text.len() > LONGEST_BODY => Err(BodyError::TooLong),
            _ => Ok(Some(Body::Text(text.clone()))),
        }
    }
}

impl Body {
    /// The bytes; of a text those in UTF-8.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Content {
    /// A body as bytes.
    pub fn of_bytes(mime_type: impl Into<String>, body: &[u8]) -> Self {
        Self {
            size: body.len() as i64,
            mime_type: mime_type.into(),
            text: Some(BASE64.encode(body)),
            encoding: Some("base64".into()),
            other: Map::new(),
        }
    }

    /// A body as a text.
    pub fn of_text(mime_type: impl Into<String>, body: impl Into<String>) -> Self {
        let body = body.into();
        Self {
            size: body.len() as i64,
            mime_type: mime_type.into(),
            text: Some(body),
            encoding: None,
            other: Map::new(),
        }
    }
}

/// Base64, with line ends in it, and with or without the padding.
pub(in crate::recording) fn unbase64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let letters: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(letters).ok()
}
