//! The readers of what strangers send, for the tests that throw anything at them. Nobody else should count on it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use encoding_rs::UTF_8;
use jiff::Timestamp;
use url::Url;

use crate::network::bypass::Bypass;
use crate::network::connect::Head;
use crate::network::ntlm;
use crate::pki::password::Password;
use crate::recording::har::Har;
use crate::recording::redact::{Key, Knowledge, redact};
use crate::recording::saved;
use crate::site::cookies::Cookies;
use crate::site::html;
use crate::site::words;

const SITE: &str = "https://cert.obn.managedpki.ne.jp/p/rcd";

fn site() -> Url {
    Url::parse(SITE).expect("a URL")
}

/// Reads a page and looks for what a walk through the site looks for. Returns all that it would tell and send; nothing
/// of a page without bounds.
pub fn page(bytes: &[u8]) -> Vec<String> {
    let encoding = html::declared_encoding(bytes).unwrap_or(UTF_8);
    let Ok(page) = html::read(&encoding.decode(bytes).0, &site(), 200, encoding) else { return Vec::new() };
    let entries = [
        (&words::REQUEST_ID, "202012100001000"),
        (&words::REFERENCE_ID, "FPwNiG5g4r"),
        (&words::PASSWORD, "1234"),
        (&words::PASSWORD_AGAIN, "1234"),
    ];
    let mut requests = Vec::from_iter(page.fill(&entries, &words::DOWNLOAD));
    requests.extend(page.fill(&[(&words::MAIL, "a@example.jp")], &words::APPLY));
    requests.extend(page.press_on(&words::SUBMIT));
    requests.extend(page.certificate_link());
    requests.extend(page.every(&words::FETCH_KEY).into_iter().map(|control| control.request()));
    requests.push(page.reload());
    let mut told = vec![page.refusal().to_string(), page.heading().to_owned()];
    told.extend(page.value(&words::STATUS).map(str::to_owned));
    told.extend(requests.iter().map(|request| format!("{request:?}")));
    told.push(format!("{} {} {}", page.is_session_lost(), page.took_application(), page.no_receipt(&page)));
    told
}

/// Takes cookies, each a `Set-Cookie` header, and returns the `Cookie` header that goes back.
pub fn cookies(headers: &[&[u8]]) -> Option<String> {
    let (site, now) = (site(), Timestamp::UNIX_EPOCH);
    let mut cookies = Cookies::default();
    for header in headers {
        cookies.set(&String::from_utf8_lossy(header), &site, now);
    }
    cookies.header(&site, now)
}

/// Reads the head of a proxy's answer, with its challenges, and answers those of NTLM.
pub fn proxy_answer(head: &[u8]) {
    let Some(head) = Head::parse(head) else { return };
    for challenge in &head.challenges {
        if let Ok(message) = BASE64.decode(&challenge.token) {
            proxy_challenge(&message);
        }
    }
}

/// Answers a message of NTLM.
pub fn proxy_challenge(message: &[u8]) -> bool {
    let password = Password::new("Secret");
    ntlm::authenticate(message, r"CLINIC\reception", &password, Timestamp::UNIX_EPOCH).is_some()
}

/// Reads a recording or a saved page, and makes one of it that can be given away. What comes out can be read, and nothing
/// of it is lost.
pub fn recording(bytes: &[u8]) {
    let har = Har::read(bytes).ok().map(|reading| reading.har).or_else(|| saved::read(bytes));
    let Some(har) = har else { return };
    let knowledge = Knowledge { passwords: vec![Password::new("1234")], ..Knowledge::default() };
    let Ok(redacted) = redact(&har, &knowledge, Key::of([1; 32])) else { return };
    let again = Har::read(&redacted.har.to_json()).expect("what was written can be read");
    assert_eq!((again.broken, again.unreadable), (None, 0));
    assert_eq!(again.har.log.entries.len(), redacted.har.log.entries.len());
}

/// Whether a list of hosts to reach without the proxy covers this one; `None` if that is no host.
pub fn bypass(list: &str, host: &str) -> Option<bool> {
    let site = Url::parse(&format!("https://{host}/")).ok()?;
    Some(Bypass::read(list).covers(&site))
}
