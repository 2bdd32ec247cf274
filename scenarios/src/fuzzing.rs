//! The harness's eyes, for the tests that throw anything at them. Nobody else should count on it.

use encoding_rs::UTF_8;
use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use url::Url;

use crate::eyes::{Algorithms, Certificate, Identity, Jar, Page, RevocationList};

fn site() -> Url {
    Url::parse("https://cert.obn.managedpki.ne.jp/p/rcd").expect("a URL")
}

/// Reads a page, fills in its fields and presses its buttons. Returns all that a report might show of it; nothing of a
/// page without bounds.
pub fn page(bytes: &[u8]) -> String {
    let Ok(mut page) = Page::parse(&UTF_8.decode(bytes).0, &site(), UTF_8) else { return String::new() };
    for label in ["リクエストID", "リファレンスID", "証明書パスワード"] {
        // It may be there or not.
        let _ = page.fill(label, "1234");
    }
    let pressed = ["ダウンロード", "申請", "Submit"].map(|words| page.press(words));
    format!("{} {} {:?} {:?} {pressed:?}", page.title, page.text, page.headings(), page.rows())
}

/// Opens a PFX file and looks at all that is inside. Returns whether it opens.
pub fn pfx(bytes: &[u8], password: &str) -> bool {
    let algorithms = Algorithms::read(bytes).map(|it| (it.check_windows_8_1(), it.check_openssl_3()));
    let Ok(identity) = Identity::open(bytes, password) else { return false };
    let checked = [identity.check_key(), identity.check_root(), identity.key().map(drop)];
    drop((algorithms, checked, identity.for_tls(), identity.root()));
    if let Ok(certificate) = identity.certificate() {
        drop((certificate.subject(), certificate.serial(), certificate.crl_places()));
    }
    true
}

/// Reads a certificate or a revocation list.
pub fn der(bytes: &[u8]) {
    if let Ok(certificate) = Certificate::parse(bytes) {
        drop((
            certificate.subject(),
            certificate.serial(),
            certificate.not_before(),
            certificate.crl_places(),
        ));
    }
    if let Ok(list) = RevocationList::parse(bytes) {
        drop((list.entries(), list.number(), list.this_update()));
    }
}

/// Takes cookies, each a `Set-Cookie` header, and returns the `Cookie` header that goes back.
pub fn cookies(headers: &[&[u8]]) -> Option<String> {
    let mut map = HeaderMap::new();
    for value in headers.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()) {
        map.append(SET_COOKIE, value);
    }
    let mut jar = Jar::default();
    jar.take(&site(), &map);
    jar.header(&site())
}
