//! Recordings that were made to be given away: they teach the same, but for what only the originals tell, and nothing of
//! what was typed or given out is left in them.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_ca::profile::Profile;
use obn_client::recording::har::{Body, Har};
use obn_client::recording::redact::{Key, Knowledge, redact};
use obn_conformance::Learned;

use super::walk::{Length, walk};
use super::{false_values, learnt, profile};

/// What is not learnt of a redacted recording, and why.
const ONLY_IN_ORIGINALS: &[(&str, &str)] = &[
    ("ids.request_numbers", "the numbers are stand-ins"),
    ("ids.reference_id_case_sensitive", "letters of the reference ID are stand-ins"),
    ("pfx.file_name", "what stands in it are stand-ins"),
    ("download.redownload", "two passwords may have become one"),
    ("messages.email_format", "stand-ins of addresses are right ones"),
    ("messages.email_too_long", "stand-ins of addresses are not too long"),
    ("application.check_digits", "stand-ins of codes have right check digits"),
];

/// The recording as it can be given away.
pub(super) fn given_away(har: &Har) -> Har {
    let redacted = redact(har, &Knowledge::default(), Key::of([5; 32])).unwrap().har;
    let leaks = leaks(har, &redacted);
    assert!(leaks.is_empty(), "left in it: {leaks:?}");
    redacted
}

/// What was typed and given out that is still there, as it was, in Base64 or in a body.
fn leaks(har: &Har, redacted: &Har) -> Vec<String> {
    let mut secrets = BTreeSet::new();
    for entry in &har.log.entries {
        let fields = entry.request.post_data.iter().flat_map(|data| data.fields(encoding_rs::UTF_8));
        secrets.extend(fields.map(|(_, value)| value.trim().to_owned()));
        secrets.extend(entry.response.cookies.iter().map(|cookie| cookie.value.clone()));
        let cookies = entry.response.headers.iter().filter(|it| it.name.eq_ignore_ascii_case("set-cookie"));
        let values = cookies.filter_map(|it| it.value.split(';').next()?.split_once('='));
        secrets.extend(values.map(|(_, value)| value.to_owned()));
    }
    // IDs, tokens, addresses; words of buttons have no digit.
    let is_telling = |text: &String| {
        text.len() >= 8
            && text.is_ascii()
            && (text.bytes().any(|byte| byte.is_ascii_digit()) || text.contains('@'))
    };
    let json = String::from_utf8(redacted.to_json()).unwrap();
    let bodies = redacted.log.entries.iter().filter_map(|entry| entry.response.body().ok().flatten());
    let bodies: Vec<Vec<u8>> = bodies.map(Body::into_bytes).collect();
    let is_left = |secret: &String| {
        let packed = BASE64.encode(secret);
        let is_in = |body: &Vec<u8>| body.windows(secret.len()).any(|window| window == secret.as_bytes());
        json.contains(secret.as_str())
            || json.contains(packed.trim_end_matches('='))
            || bodies.iter().any(is_in)
    };
    secrets.into_iter().filter(is_telling).filter(is_left).collect()
}

/// What the original teaches and the redacted recording doesn't, without reason.
pub(super) fn lost_by_redaction(before: &Learned, after: &Learned) -> Vec<String> {
    let lost = before.known.iter().filter(|it| after.known.iter().all(|other| other.key != it.key));
    let unexplained = lost.filter(|it| ONLY_IN_ORIGINALS.iter().all(|(key, _)| *key != it.key));
    unexplained.map(|it| it.key.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redacted_recording_teaches_what_the_original_does() {
    for text in ["", "html.charset = 'shift_jis'\nwire.paths = 'struts'\npfx.profile = 'aes256-sha256'"] {
        let truth: Profile = profile(text);
        let har = walk(&truth, Length::Whole).await;
        let (before, after) = (learnt(&har), learnt(&given_away(&har)));
        println!("{} keys known of the original, {} of the redacted", before.known.len(), after.known.len());
        assert_eq!(false_values(&after, &truth), [""; 0], "{text}");
        assert_eq!(lost_by_redaction(&before, &after), [""; 0], "{text}");
    }
}
