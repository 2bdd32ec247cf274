//! One exchange of a recording: what was asked, and what came of it.

use encoding_rs::{Encoding, UTF_8};
use jiff::Timestamp;
use obn_client::recording::har::Security;
use url::Url;

use super::page::Kind;
use crate::eyes::{Page, declared_encoding};

/// What is longer is no page of a site of this kind.
const LONGEST_PAGE: usize = 4 << 20;

/// One exchange.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Where it stands: the file, and the number of the entry.
    pub(crate) place: String,
    /// When the site answered, by its own clock if it told.
    pub(crate) at: Option<Timestamp>,
    pub(crate) method: String,
    pub(crate) url: Url,
    pub(crate) asked: Vec<(String, String)>,
    /// What was typed and carried along.
    pub(crate) form: Vec<(String, String)>,
    /// 0: there was no answer, or it isn't known.
    pub(crate) status: u16,
    /// Why there was no answer, in the browser's words.
    pub(crate) failure: Option<String>,
    /// Empty if the recording has none.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content: Content,
    pub(crate) security: Option<Security>,
    pub(crate) kind: Kind,
}

/// What came.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Nothing, or a recording without contents.
    Missing,
    /// A page, and how it was encoded.
    Page(Box<Page>, Option<&'static Encoding>),
    /// Anything else.
    File { mime: String, bytes: Vec<u8> },
}

/// A body as a recording has it.
pub(crate) enum Body {
    Missing,
    /// Letters already.
    Text(String),
    Bytes(Vec<u8>),
}

impl Content {
    /// What the headers and the first letters make of a body.
    pub(crate) fn of(url: &Url, headers: &[(String, String)], mime_type: &str, body: Body) -> Self {
        let told = value(headers, "content-type").unwrap_or(mime_type);
        let mime = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let disposition = value(headers, "content-disposition").unwrap_or_default();
        let is_attached = disposition.trim().to_ascii_lowercase().starts_with("attachment");
        let is_page = !is_attached && matches!(mime.as_str(), "text/html" | "application/xhtml+xml");
        let label = told.split(';').skip(1).find_map(|part| part.trim().strip_prefix("charset="));
        let of_header = label.and_then(|it| Encoding::for_label(it.trim_matches('"').as_bytes()));
        let (text, encoding) = match body {
            Body::Missing => return Self::Missing,
            Body::Text(text) if is_page => {
                let declared = of_header.or_else(|| declared_encoding(text.as_bytes()));
                (text, declared)
            }
            Body::Bytes(bytes) if is_page && bytes.len() <= LONGEST_PAGE => {
                let declared = of_header.or_else(|| declared_encoding(&bytes));
                (declared.unwrap_or(UTF_8).decode(&bytes).0.into_owned(), declared)
            }
            Body::Text(text) => return Self::File { mime, bytes: text.into_bytes() },
            Body::Bytes(bytes) => return Self::File { mime, bytes },
        };
        if text.trim().is_empty() || text.len() > LONGEST_PAGE {
            return Self::Missing;
        }
        match Page::parse(&text, url, encoding.unwrap_or(UTF_8)) {
            Ok(page) => Self::Page(Box::new(page), encoding),
            Err(_) => Self::Missing,
        }
    }
}

/// The first header of this name.
pub(crate) fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl Exchange {
    pub(crate) fn page(&self) -> Option<&Page> {
        match &self.content {
            Content::Page(page, _) => Some(page),
            _ => None,
        }
    }

    pub(crate) fn encoding(&self) -> Option<&'static Encoding> {
        match &self.content {
            Content::Page(_, encoding) => *encoding,
            _ => None,
        }
    }

    /// A file that came, with its bytes.
    pub(crate) fn file(&self) -> Option<&[u8]> {
        match &self.content {
            Content::File { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// Whether a file came to be saved, also if the recording didn't keep it.
    pub(crate) fn is_download(&self) -> bool {
        let is_attached = |text: &str| text.trim().to_ascii_lowercase().starts_with("attachment");
        self.status == 200
            && (self.file().is_some() || self.header("content-disposition").is_some_and(is_attached))
    }

    /// What a file that came is to be called: by the header, or by the address.
    pub(crate) fn file_name(&self) -> Option<String> {
        let of_header = self.header("content-disposition").and_then(crate::eyes::file_name);
        let of_path = || self.path().rsplit('/').next().filter(|name| name.contains('.')).map(str::to_owned);
        of_header.or_else(of_path)
    }

    /// The media type, without parameters.
    pub(crate) fn mime(&self) -> Option<String> {
        let told = self.header("content-type")?;
        Some(told.split(';').next()?.trim().to_ascii_lowercase())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }

    /// Whether all headers are there: browsers leave them out of what they had kept, and saved pages have none.
    pub(crate) fn has_headers(&self) -> bool {
        self.header("content-type").is_some() && self.header("date").is_some()
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        self.url.authority()
    }

    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method == "GET"
    }

    /// Whether it opens one of the first pages, which begin a session.
    pub(crate) fn is_first_page(&self) -> bool {
        self.is_get() && matches!(self.path(), "/p/rcd" | "/p/rcr" | "/p/ru" | "/p/rx")
    }

    /// The field of this name that was sent.
    pub(crate) fn sent(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The cookies that were sent.
    pub(crate) fn cookies(&self) -> Vec<(&str, &str)> {
        let headers = self.asked.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        headers.flat_map(|(_, text)| text.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect()
    }

    /// The cookies that were set.
    pub(crate) fn set_cookies(&self) -> Vec<(&str, &str)> {
        let headers = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        // Some tools put all of them into one header, a line each.
        let lines = headers.flat_map(|(_, text)| text.lines());
        lines.filter_map(|line| line.split(';').next()?.trim().split_once('=')).collect()
    }
}
