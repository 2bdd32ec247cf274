//! Pages that a browser saved: as HTML, or with all that belongs to them as MHTML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use url::Url;

use super::Sources;
use crate::learn::exchange::{Body, Content, Exchange, value};
use crate::learn::page::Kind;

/// Parts of a saved page that are looked at.
const MOST_PARTS: usize = 256;
/// Where the page was, if the file doesn't say.
const SOMEWHERE: &str = "https://cert.obn.managedpki.ne.jp/p/";

pub(super) fn add_html(sources: &mut Sources, name: &str, bytes: &[u8]) {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]);
    let saved_from = head
        .split_once("saved from url=(")
        .and_then(|(_, rest)| Some(rest.split_once(')')?.1.split([' ', '-', '>']).next()?.to_owned()));
    push(sources, name, saved_from.as_deref(), Body::Bytes(bytes.to_vec()));
}

/// The first page in it, which is the one that was saved.
pub(super) fn add_mhtml(sources: &mut Sources, name: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let page = text.split_once("\n\n").and_then(|(head, body)| {
        let head = headers(head);
        let boundary = value(&head, "content-type")?.split_once("boundary=")?.1;
        let boundary = format!("--{}", boundary.split(';').next()?.trim().trim_matches('"'));
        body.split(boundary.as_str()).take(MOST_PARTS).find_map(|part| {
            let (head, body) = part.trim_start_matches('\n').split_once("\n\n")?;
            let head = headers(head);
            value(&head, "content-type").filter(|kind| kind.starts_with("text/html"))?;
            let bytes = match value(&head, "content-transfer-encoding")?.to_ascii_lowercase().as_str() {
                "base64" => BASE64.decode(body.split_whitespace().collect::<String>()).ok()?,
                "quoted-printable" => quoted_printable(body),
                _ => body.as_bytes().to_vec(),
            };
            Some((value(&head, "content-location").map(str::to_owned), bytes))
        })
    });
    match page {
        Some((location, bytes)) => push(sources, name, location.as_deref(), Body::Bytes(bytes)),
        None => sources.note(
            &format!("{name}: 保存されたページが見つからないため、使っていません。"),
            &format!("{name}: no page in it; it was left out."),
        ),
    }
}

fn push(sources: &mut Sources, name: &str, location: Option<&str>, body: Body) {
    let url = location.and_then(|location| Url::parse(location).ok());
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.unwrap_or_else(|| Url::parse(SOMEWHERE).expect("an address"));
    let exchange = Exchange {
        place: name.to_owned(),
        at: None,
        method: String::new(),
        content: Content::of(&url, &[], "text/html", body),
        url,
        asked: Vec::new(),
        form: Vec::new(),
        status: 0,
        failure: None,
        headers: Vec::new(),
        security: None,
        kind: Kind::Unknown,
    };
    sources.exchanges.push(exchange.recognised());
}

/// Headers, with lines that go on put together.
fn headers(text: &str) -> Vec<(String, String)> {
    let joined = text.replace("\n ", " ").replace("\n\t", " ");
    let pairs = joined.lines().filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = match (first, byte) {
            (b'=', _) if after.starts_with(b"\n") => &after[1..],
            (b'=', Some(byte)) => {
                bytes.push(byte);
                &after[2..]
            }
            (byte, _) => {
                bytes.push(*byte);
                after
            }
        };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_page_is_found_in_mhtml_with_its_address() {
        let mhtml = "From: <Saved by Blink>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"--B--\"\r\n\r\n\
                     ----B--\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: https://cert.obn.managedpki.ne.jp/p/ru\r\n\r\n\
                     <meta charset=3Dutf-8><h1>=E3=82=BB=E3=83=83=E3=82=B7=\r\n=E3=83=A7=E3=83=B3=E7=84=A1=E5=8A=B9</h1>\r\n----B----\r\n";
        let sources = Sources::of("saved.mhtml", mhtml.as_bytes());
        assert_eq!(sources.exchanges[0].path(), "/p/ru");
        assert_eq!(sources.exchanges[0].kind, Kind::SessionInvalid);
    }
}
