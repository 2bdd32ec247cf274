//! Recordings as they come in the field: cut, in another order, twice, broken off, packed. They may show less, and never
//! something that isn't so.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_ca::profile::Profile;
use obn_client::recording::har::{Content, Har, Header};
use obn_conformance::{Sources, learn};

use super::walk::{Length, walk};
use super::{false_values, learnt, profile};

const PROFILES: &[&str] = &[
    "",
    "html.charset = 'shift_jis'\nlockout.attempts = 5\nsession.ttl = '5m'\npfx.profile = 'legacy-rc2'\nwire.token = '_csrf'",
    "ids.request_numbers = 'random'\nrenewal.max = 2\nrenewal.list_scope = 'same_common_name'\ndownload.redownload = 'once'\nlockout.attempts = 3",
    "input.normalise = 'fold'\ncrl.immediate = false\nrenewal.revoke_old = true\nsession.same_browser = 'begins_anew'\ncrl.keep_expired = false",
];

/// A small generator: the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn assert_true(har: &Har, truth: &Profile, how: &str) {
    let wrong = false_values(&learnt(har), truth);
    assert!(wrong.is_empty(), "{how}:\n{}", wrong.join("\n"));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A stream of one block that is stored as it is (RFC 7932, 9.2), and the empty last one.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    assert!((1..=1 << 16).contains(&bytes.len()), "a page");
    let head = ((bytes.len() as u32 - 1) << 4) | (1 << 20);
    [&head.to_le_bytes()[..3], bytes, &[3]].concat()
}

/// With bodies as they were sent.
fn packed(har: &Har, coding: &str) -> Har {
    let mut har = har.clone();
    for entry in &mut har.log.entries {
        let Some(text) = entry.response.content.text.clone() else { continue };
        if entry.response.content.encoding.is_some() {
            continue;
        }
        let kind = entry.response.content.mime_type.clone();
        let label = kind.split("charset=").nth(1).unwrap_or("utf-8");
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        let bytes = encoding.encode(&text).0.into_owned();
        let bytes = match coding {
            "gzip" => gzip(&bytes),
            _ => brotli(&bytes),
        };
        entry.response.content = Content { text: Some(BASE64.encode(bytes)), ..Content::of_bytes(kind, b"") };
        entry.response.headers.push(Header::new("content-encoding", coding));
    }
    har
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disturbed_recording_teaches_nothing_that_is_not_so() {
    let mut chance = Chance(1);
    for text in PROFILES {
        let truth = profile(text);
        let whole = walk(&truth, Length::Whole).await;
        let count = whole.log.entries.len();
        let with = |entries| {
            let mut har = whole.clone();
            har.log.entries = entries;
            har
        };
        let all = &whole.log.entries;
        assert_true(&whole, &truth, "whole");
        assert_true(&with([all.clone(), all.clone()].concat()), &truth, "twice");
        assert_true(&with(all.iter().rev().cloned().collect()), &truth, "backwards");
        for round in 0..8 {
            let share = 1 + chance.below(9);
            let part = all.iter().filter(|_| chance.below(10) < share).cloned().collect();
            assert_true(&with(part), &truth, &format!("{share} tenths, round {round}"));
            let (one, other) = (chance.below(count), chance.below(count));
            let part = all[one.min(other)..one.max(other)].to_vec();
            assert_true(&with(part), &truth, &format!("from {one} to {other}"));
            let mut mixed = all.clone();
            for index in (1..mixed.len()).rev() {
                mixed.swap(index, chance.below(index + 1));
            }
            mixed.truncate(1 + chance.below(count));
            assert_true(&with(mixed), &truth, &format!("mixed, round {round}"));
        }
        for coding in ["gzip", "br"] {
            let packed = learnt(&packed(&whole, coding));
            assert_eq!(false_values(&packed, &truth), [""; 0], "{coding}");
            assert_eq!(packed.known.len(), learnt(&whole).known.len(), "{coding}");
        }
        let json = whole.to_json();
        for part in [10, 3, 2] {
            let cut = learn(&Sources::of("cut.har", &json[..json.len() - json.len() / part]));
            assert_eq!(false_values(&cut, &truth), [""; 0], "cut by 1/{part}");
            assert!(cut.notes.iter().any(|note| note.en.contains("breaks off")), "cut by 1/{part}");
        }
        let mut bare = whole.clone();
        bare.log.entries.iter_mut().for_each(|entry| entry.response.content.text = None);
        assert_true(&bare, &truth, "without contents");
    }
}
