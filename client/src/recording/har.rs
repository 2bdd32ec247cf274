//! HAR 1.2 (HTTP Archive) as Edge, Chrome, Firefox, Playwright and proxies write it, and as we do.
//!
//! The reader takes what those tools do beyond the specification: numbers as texts, `null`, fields of their own (each
//! type keeps them in `other`), bodies in Base64 and bodies that are still packed. It has bounds, and of a file that
//! breaks off it keeps the whole entries before the break.

mod reader;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::{Encoding, UTF_8};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::reader::{Gathered, gather};
use crate::recording::{lenient, packed};

/// The longest file that is read, in bytes.
pub const LONGEST_FILE: usize = 256 << 20;
/// The most entries that a file may have.
pub const MOST_ENTRIES: usize = 20_000;
/// The longest body that is decoded, in bytes.
pub const LONGEST_BODY: usize = 16 << 20;

/// A recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Har {
    /// All of it.
    pub log: Log,
}

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Log {
    /// Of the format: 1.2.
    #[serde(deserialize_with = "lenient::text")]
    pub version: String,
    /// Who wrote the file.
    #[serde(deserialize_with = "lenient::default")]
    pub creator: Tool,
    /// The browser that was watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<Tool>,
    /// The pages that were opened.
    #[serde(deserialize_with = "lenient::default", skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<Page>,
    /// The exchanges, in the order of the file.
    #[serde(deserialize_with = "lenient::default")]
    pub entries: Vec<Entry>,
    /// A person's words.
    #[serde(deserialize_with = "lenient::maybe", skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A program by name and version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Tool {
    /// Such as `WebInspector`.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// Its version.
    #[serde(deserialize_with = "lenient::text")]
    pub version: String,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A page that was opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Page {
    /// RFC 3339.
    #[serde(deserialize_with = "lenient::text")]
    pub started_date_time: String,
    /// By which entries name it.
    #[serde(deserialize_with = "lenient::text")]
    pub id: String,
    /// Its title or its address.
    #[serde(deserialize_with = "lenient::text")]
    pub title: String,
    /// How long it took to load.
    #[serde(deserialize_with = "lenient::default")]
    pub page_timings: Map<String, Value>,
    /// What else the tool wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

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

/// Why a file is no recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HarError {
    /// It is longer than [`LONGEST_FILE`].
    #[error("the file is longer than {} MiB", LONGEST_FILE >> 20)]
    TooLong,
    /// It has more than [`MOST_ENTRIES`].
    #[error("the file has more than {MOST_ENTRIES} exchanges")]
    TooMany,
    /// It is no HAR.
    #[error("this is no HAR file: {0}")]
    NotHar(String),
}

/// A recording as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What could be read.
    pub har: Har,
    /// Why the file ends before its end, if it does: the entries before that are whole.
    pub broken: Option<String>,
    /// How many entries were no entries, and were left out.
    pub unreadable: usize,
}

impl Har {
    /// Reads a file.
    ///
    /// # Errors
    /// If it is too long, or no HAR from its beginning.
    pub fn read(file: &[u8]) -> Result<Reading, HarError> {
        if file.len() > LONGEST_FILE {
            return Err(HarError::TooLong);
        }
        // Also UTF-16, into which PowerShell's `>` turns a file.
        let (text, _, _) = UTF_8.decode(file);
        let (Gathered { mut log, unreadable, found, too_many }, broken) = gather(&text);
        if too_many {
            return Err(HarError::TooMany);
        }
        if !found {
            return Err(HarError::NotHar(broken.unwrap_or_else(|| "there is no \"log\" in it".into())));
        }
        log.version = if log.version.is_empty() { "1.2".into() } else { log.version };
        Ok(Reading { har: Self { log }, broken, unreadable })
    }

    /// The file, in UTF-8.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("texts, numbers and maps by texts are JSON");
        json.push(b'\n');
        json
    }
}

impl Request {
    /// The first header of this name, in any case of letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
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

impl Header {
    /// One of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), other: Map::new() }
    }
}

fn header<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
}

/// The fields of `application/x-www-form-urlencoded` in this character set.
pub(super) fn decoded(form: &str, encoding: &'static Encoding) -> Vec<(String, String)> {
    let fields = form.split('&').filter(|field| !field.is_empty());
    fields
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .map(|(name, value)| (decoded_value(name, encoding), decoded_value(value, encoding)))
        .collect()
}

/// A name or a value of such a form.
pub(super) fn decoded_value(text: &str, encoding: &'static Encoding) -> String {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&text.replace('+', " ")).collect();
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

/// Base64, with line ends in it, and with or without the padding.
pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let letters: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(letters).ok()
}
