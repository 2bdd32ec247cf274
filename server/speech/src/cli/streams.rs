//! Standard output and standard error. A console takes any letter. A pipe is read by whoever is at its other end: on
//! Windows PowerShell, `cmd` and what they start take its bytes for text in the console's code page, which is 932 in Japan.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

/// Prints a text. A reader that went away or a full disk stops nothing.
pub fn print(text: &str) {
    let out = io::stdout();
    let bytes = for_reader(text, out.is_terminal());
    let mut out = out.lock();
    let _ = out.write_all(&bytes).and_then(|()| out.flush());
}

/// The same on standard error.
pub fn print_error(text: &str) {
    let err = io::stderr();
    let bytes = for_reader(text, err.is_terminal());
    let _ = err.lock().write_all(&bytes);
}

/// JSON for a program that may read in any encoding: in ASCII where there is a choice of them.
pub fn json(document: &serde_json::Value) -> String {
    let text = format!("{document:#}");
    if cfg!(windows) && !io::stdout().is_terminal() { ascii(&text) } else { text }
}

/// JSON in ASCII: what isn't ASCII stands in strings only, and is escaped there.
pub fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    text
}

fn for_reader(text: &str, is_terminal: bool) -> Cow<'_, [u8]> {
    match code_page() {
        Some(page) if !is_terminal => in_code_page(text, page),
        _ => Cow::Borrowed(text.as_bytes()),
    }
}

#[cfg(windows)]
fn code_page() -> Option<u32> {
    obn_windows::output_code_page()
}

#[cfg(not(windows))]
fn code_page() -> Option<u32> {
    None
}

/// Japanese in Japan's own page; everything else is UTF-8.
fn in_code_page(text: &str, page: u32) -> Cow<'_, [u8]> {
    if page != 932 || text.is_ascii() {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut letter = [0; 4];
    for sign in text.chars() {
        let (encoded, _, is_missing) = encoding_rs::SHIFT_JIS.encode(sign.encode_utf8(&mut letter));
        bytes.extend_from_slice(if is_missing { b"?" } else { &encoded });
    }
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_in_the_code_page_of_its_reader() {
        assert_eq!(&*in_code_page("受付", 932), b"\x8e\xf3\x95\x74");
        assert_eq!(&*in_code_page("受付1号機—é", 932), b"\x8e\xf3\x95\x741\x8d\x86\x8b\x40??");
        assert_eq!(&*in_code_page("受付", 65001), "受付".as_bytes());
        assert_eq!(&*in_code_page("受付", 437), "受付".as_bytes());
    }

    #[test]
    fn json_in_ascii_says_the_same() {
        let document = serde_json::json!({ "端末": "受付1号機 😀", "n": [1, "\"\\"] });
        let text = ascii(&format!("{document:#}"));
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), document);
    }
}
