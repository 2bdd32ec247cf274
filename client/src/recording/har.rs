//! HAR 1.2 (HTTP Archive) as Edge, Chrome, Firefox, Playwright and proxies write it, and as we do.
//!
//! The reader takes what those tools do beyond the specification: numbers as texts, `null`, fields of their own (each
//! type keeps them in `other`), bodies in Base64 and bodies that are still packed. It has bounds, and of a file that
//! breaks off it keeps the whole entries before the break.

mod entry;
mod header;
mod reader;
mod request;
mod response;
mod security;

use encoding_rs::UTF_8;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::entry::{Entry, Timings};
pub use self::header::{Cookie, Header};
use self::reader::{Gathered, gather};
pub(super) use self::request::decoded_value;
pub use self::request::{Param, PostData, Request};
pub(super) use self::response::unbase64;
pub use self::response::{Body, BodyError, Content, Response};
pub use self::security::Security;
use crate::recording::lenient;

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
