//! Pages that a browser saved: as HTML, or with all that belongs to them as MHTML.

use obn_client::recording::har::Body as Saved;
use obn_client::recording::saved;
use url::Url;

use super::Sources;
use crate::learn::exchange::{Body, Content, Exchange};
use crate::learn::page::Kind;

/// Where the page was, if the file doesn't say.
const SOMEWHERE: &str = "https://cert.obn.managedpki.ne.jp/p/";

/// The first page in it, which is the one that was saved.
pub(super) fn add(sources: &mut Sources, name: &str, bytes: &[u8]) {
    let entries = saved::read(bytes).map(|har| har.log.entries).unwrap_or_default();
    let page = entries.into_iter().find_map(|entry| {
        let is_page = entry.response.content.mime_type.starts_with("text/html");
        let body = entry.response.body().ok().flatten().filter(|_| is_page)?;
        Some((entry.request.url, Saved::into_bytes(body)))
    });
    match page {
        Some((location, bytes)) => push(sources, name, &location, bytes),
        None => sources.note(
            &format!("{name}: 保存されたページが見つからないため、使っていません。"),
            &format!("{name}: no page in it; it was left out."),
        ),
    }
}

fn push(sources: &mut Sources, name: &str, location: &str, body: Vec<u8>) {
    let told = Some(location).filter(|location| *location != saved::UNKNOWN);
    let url = told.and_then(|location| Url::parse(location).ok());
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.unwrap_or_else(|| Url::parse(SOMEWHERE).expect("an address"));
    let exchange = Exchange {
        place: name.to_owned(),
        at: None,
        method: String::new(),
        content: Content::of(&url, &[], "text/html", Body::Bytes(body)),
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
