//! A body as what it is.

use encoding_rs::{Encoding, UTF_8};
use x509_parser::prelude::FromDer;

use crate::recording::har::{Body, Entry};
use crate::recording::redact::pfx::{self, Opened};

/// A body as what it is.
pub(super) enum Known {
    None,
    Html { text: String, encoding: &'static Encoding, was_text: bool },
    Text { text: String, encoding: &'static Encoding, was_text: bool },
    Script,
    Pfx { bytes: Vec<u8>, opened: Option<Opened> },
    Certificate { bytes: Vec<u8>, der: Vec<u8> },
    Crl { bytes: Vec<u8> },
    Unknown,
    Unreadable,
}

impl Known {
    pub(super) fn of(entry: &Entry) -> Self {
        let response = &entry.response;
        let mime = response.content.mime_type.to_ascii_lowercase();
        let header = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let named = |text: &str| {
            let label = text.split("charset=").nth(1)?.split(';').next()?.trim_matches(['"', '\'', ' ']);
            Encoding::for_label(label.as_bytes())
        };
        let kind = if mime.is_empty() { &header } else { &mime };
        match response.body() {
            Ok(None) => Self::None,
            Err(_) => Self::Unreadable,
            Ok(Some(Body::Text(text))) if text.is_empty() => Self::None,
            Ok(Some(Body::Text(text))) => {
                let is_binary = text
                    .chars()
                    .take(4096)
                    .any(|letter| letter < '\t' || letter == char::REPLACEMENT_CHARACTER);
                if is_binary { Self::Unknown } else { Self::of_text(text, UTF_8, true, kind) }
            }
            Ok(Some(Body::Bytes(bytes))) => {
                if bytes.is_empty() {
                    return Self::None;
                }
                if pfx::is_one(&bytes) {
                    return Self::Pfx { bytes, opened: None };
                }
                if x509_parser::prelude::X509Certificate::from_der(&bytes).is_ok() {
                    return Self::Certificate { der: bytes.clone(), bytes };
                }
                if x509_parser::prelude::CertificateRevocationList::from_der(&bytes).is_ok() {
                    return Self::Crl { bytes };
                }
                if let Ok(block) = pem::parse(&bytes) {
                    return match block.tag() {
                        "CERTIFICATE" => Self::Certificate { der: block.contents().to_vec(), bytes },
                        "X509 CRL" => Self::Crl { bytes },
                        _ => Self::Unknown,
                    };
                }
                let encoding = named(&header).or_else(|| named(&mime));
                let encoding =
                    encoding.or_else(|| crate::site::html::declared_encoding(&bytes)).unwrap_or(UTF_8);
                let is_binary =
                    bytes.iter().take(4096).any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f));
                match encoding.decode(&bytes) {
                    (text, _, false) if !is_binary || encoding.name() == "ISO-2022-JP" => {
                        Self::of_text(text.into_owned(), encoding, false, kind)
                    }
                    _ => Self::Unknown,
                }
            }
        }
    }

    fn of_text(text: String, encoding: &'static Encoding, was_text: bool, kind: &str) -> Self {
        let is = |words: &[&str]| words.iter().any(|word| kind.contains(word));
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if let Ok(block) = pem::parse(start.as_bytes()) {
            let bytes = text.clone().into_bytes();
            return match block.tag() {
                "CERTIFICATE" => Self::Certificate { der: block.contents().to_vec(), bytes },
                "X509 CRL" => Self::Crl { bytes },
                _ => Self::Unknown,
            };
        }
        if is(&["javascript", "ecmascript"]) {
            Self::Script
        } else if is(&["html"]) || (start.starts_with('<') && !is(&["svg", "xml"])) {
            Self::Html { text, encoding, was_text }
        } else if is(&["css", "text/plain"]) {
            Self::Text { text, encoding, was_text }
        } else {
            Self::Unknown
        }
    }
}
