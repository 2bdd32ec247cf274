//! A "no" of the CA, in the words of its page.

use std::fmt;

/// What the page said on which the CA refused something.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Refusal {
    /// The page's heading, such as 証明書の取得画面.
    pub heading: String,
    /// The page's messages: those beside the fields, or else its paragraphs.
    pub messages: Vec<String>,
    /// The HTTP status. The site may well refuse with 200.
    pub http_status: u16,
}

impl Refusal {
    /// The manual's words about a list that shows nothing (manual 2.2.1).
    pub(crate) fn nothing_listed() -> Box<Self> {
        let message = "一覧に情報が表示されていません。更新申請が完了していません。".to_owned();
        Box::new(Self {
            heading: "更新後証明書の取得".to_owned(), messages: vec![message], http_status: 200
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<&str> = Vec::new();
        if !self.heading.is_empty() {
            parts.push(&self.heading);
        }
        // A web server's own pages say everything twice.
        parts.extend(self.messages.iter().map(String::as_str).filter(|message| *message != self.heading));
        if parts.is_empty() {
            return write!(f, "HTTP {}", self.http_status);
        }
        f.write_str(&parts.join(" / "))
    }
}
