//! The encoding of the pages and of what is typed into them (`html.charset`).

use axum::body::Body;
use axum::http::header::HeaderValue;
use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS};

use crate::profile::Charset;

/// A page as it is sent, and its Content-Type. Templates are written in UTF-8, and say so themselves.
pub(super) fn encode(charset: Charset, html: String) -> (Body, HeaderValue) {
    let (encoding, content_type) = match charset {
        Charset::Utf8 => return (Body::from(html), HeaderValue::from_static("text/html; charset=UTF-8")),
        Charset::ShiftJis => (SHIFT_JIS, "text/html; charset=Shift_JIS"),
        Charset::EucJp => (EUC_JP, "text/html; charset=EUC-JP"),
    };
    // In what the page and its forms say. Text can't look like it, since its quotes are escaped.
    let html = html.replace("charset=\"UTF-8\"", &format!("charset=\"{}\"", encoding.name()));
    // What the encoding lacks becomes `&#NNNN;`, which HTML reads as the same.
    let (bytes, _, _) = encoding.encode(&html);
    (Body::from(bytes.into_owned()), HeaderValue::from_static(content_type))
}

/// The fields of a form, as the page that sent it is encoded. Browsers send `&#NNNN;` for what the encoding lacks, which
/// nobody can tell from the same as typed: so it stays.
pub(super) fn read_form(charset: Charset, body: &[u8]) -> Vec<(String, String)> {
    let encoding = match charset {
        Charset::Utf8 => return form_urlencoded::parse(body).into_owned().collect(),
        Charset::ShiftJis => SHIFT_JIS,
        Charset::EucJp => EUC_JP,
    };
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let mut parts = pair.splitn(2, |byte| *byte == b'=').map(|part| decode(encoding, part));
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        })
        .collect()
}

/// A name or value of `application/x-www-form-urlencoded`.
fn decode(encoding: &'static Encoding, text: &[u8]) -> String {
    let blanks: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let bytes: Vec<u8> = percent_encoding::percent_decode(&blanks).collect();
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_in_the_encoding_of_its_page() {
        let read = |charset, body: &str| read_form(charset, body.as_bytes());
        let fields =
            |value: &str| vec![("a b".to_owned(), value.to_owned()), ("c".to_owned(), String::new())];
        // A byte of the second letter is `\`, as it may be in Shift_JIS; browsers leave it as it is where they may.
        assert_eq!(read(Charset::ShiftJis, "a+b=%83%89%83%5C%82P&&c"), fields("ラソ１"));
        assert_eq!(read(Charset::EucJp, "a+b=%A5%E9%A5%BD%A3%B1&c="), fields("ラソ１"));
        assert_eq!(read(Charset::Utf8, "a+b=%E3%83%A9%E3%82%BD%EF%BC%91&c"), fields("ラソ１"));
        assert_eq!(read(Charset::ShiftJis, "a+b=%26%23128512%3B%2B%3D&c"), fields("&#128512;+="));
        assert_eq!(read(Charset::EucJp, "a+b=1%FF%3&c"), fields("1\u{fffd}%3"));
    }
}
