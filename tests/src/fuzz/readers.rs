//! Readers that need nothing around them.

use obn_ca::profile::{Profile, to_toml};
use obn_client::{Certificate, Clock, Identity, Password};
use obn_conformance::{ClientScenario, Scenario};
use reqwest::header::HeaderValue;

/// Enough for a certificate of any institution: a name of a file, or a password.
const PASSWORDS: [&str; 2] = ["1234", ""];

pub(super) fn profile(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let profile = if text.starts_with('{') {
        serde_json::from_str(text).ok().and_then(|json| Profile::from_json(json).ok())
    } else {
        Profile::from_toml(text).ok()
    };
    if let Some(profile) = profile {
        let again = Profile::from_toml(&to_toml(&profile)).expect("a printed profile can be read");
        assert!(again == profile, "a printed profile says what it said before:\n{text}");
    }
}

pub(super) fn client_pfx(bytes: &[u8]) {
    for password in PASSWORDS.map(Password::new) {
        if let Ok(identity) = Identity::from_pfx(bytes, &password) {
            look_at(identity.certificate());
            drop((identity.verify(), identity.certificates_pem(), identity.key_pem()));
        }
        drop(Identity::friendly_name(bytes, &password));
    }
    if let Ok(certificate) = Certificate::from_der_or_pem(bytes) {
        look_at(&certificate);
    }
}

fn look_at(certificate: &Certificate) {
    let clock = Clock::fixed("2026-11-23T03:00:00Z".parse().expect("a time"));
    drop((certificate.subject().to_string(), certificate.issuer().to_string(), certificate.to_pem()));
    let _ = (
        certificate.valid_from(),
        certificate.valid_until(),
        certificate.days_left(&clock),
        certificate.validity(&clock),
    );
    let _ = (certificate.subject().institution_code(), certificate.subject().prefecture());
}

pub(super) fn client_page(bytes: &[u8]) {
    obn_client::fuzzing::page(bytes);
}

pub(super) fn client_cookie(bytes: &[u8]) {
    goes_back(obn_client::fuzzing::cookies(&lines(bytes)));
}

pub(super) fn harness_cookie(bytes: &[u8]) {
    goes_back(obn_conformance::fuzzing::cookies(&lines(bytes)));
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let lines = bytes.split(|byte| *byte == b'\n');
    // Nothing else comes out of a header.
    lines.filter(|line| HeaderValue::from_bytes(line).is_ok()).collect()
}

/// What cookies are sent back as must fit into a header.
fn goes_back(cookies: Option<String>) {
    if let Some(cookies) = cookies {
        assert!(HeaderValue::from_bytes(cookies.as_bytes()).is_ok(), "{cookies:?}");
    }
}

pub(super) fn proxy(bytes: &[u8]) {
    obn_client::fuzzing::proxy_answer(bytes);
}

pub(super) fn ntlm(bytes: &[u8]) {
    obn_client::fuzzing::proxy_challenge(bytes);
}

pub(super) fn bypass(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (list, host) = text.split_once('\n').unwrap_or((&text, "cert.obn.managedpki.ne.jp"));
    obn_client::fuzzing::bypass(list, host);
}

pub(super) fn recording(bytes: &[u8]) {
    obn_client::fuzzing::recording(bytes);
}

pub(super) fn harness_pfx(bytes: &[u8]) {
    for password in PASSWORDS {
        obn_conformance::fuzzing::pfx(bytes, password);
    }
}

pub(super) fn der(bytes: &[u8]) {
    obn_conformance::fuzzing::der(bytes);
}

pub(super) fn harness_page(bytes: &[u8]) {
    obn_conformance::fuzzing::page(bytes);
}

pub(super) fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for told in
        [Scenario::parse("portal/x.toml", text).err(), ClientScenario::parse("client/x.toml", text).err()]
    {
        drop(told.map(|mistake| mistake.to_string()));
    }
}
