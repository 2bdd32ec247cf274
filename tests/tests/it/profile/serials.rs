//! One issuer gives a serial number to one certificate alone (RFC 5280, 4.1.2.2), also over several starts from one seed:
//! a browser that has seen an earlier one refuses the later (NSS: SEC_ERROR_REUSED_ISSUER_AND_SERIAL).

use std::collections::HashMap;

use obn_ca::Options;
use obn_ca::profile::Profile;
use obn_tests::Environment;
use serde_json::json;
use x509_parser::prelude::*;

use super::tls::{BOTH, shake_hands};

/// What a start shows with this profile, under this further name, when it is this time: its TLS chain, those of faults, the
/// CA of client certificates, and two of these.
async fn certificates(profile: &str, hostname: &str, now: &str) -> Vec<Vec<u8>> {
    let options = Options {
        profile: Some(Profile::from_toml(profile).unwrap()),
        hostnames: vec![hostname.to_owned()],
        ..Options::for_tests()
    };
    let env = Environment::options(options).await;
    env.control.freeze(now).await;
    let mut shown = vec![env.control.issuer().await];
    shown.push(::pem::parse(env.control.text("/root.pem").await).unwrap().into_contents());
    shown.extend(shake_hands(&env, BOTH).await.unwrap().chain);
    for fault in ["tls_wrong_host", "tls_unknown_root", "tls_client_ca"] {
        env.control.fault(&json!({ "name": fault })).await;
        shown.extend(shake_hands(&env, BOTH).await.unwrap().chain);
    }
    for application in [json!({}), json!({ "valid_until": "2031-01-01" })] {
        let notice = env.control.issue_to(&application).await;
        shown.push(env.control.certificate(&notice.serial).await);
    }
    env.stop().await;
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_all_starts_from_one_seed_a_number_is_that_of_one_certificate() {
    let mut numbers = HashMap::new();
    let mut different = 0;
    for (profile, hostname, now) in [
        ("", "ca.example.jp", "2026-11-23T03:00:00Z"),
        ("", "ca.example.jp", "2026-11-24T03:00:00Z"),
        ("", "other.example.jp", "2026-11-23T03:00:00Z"),
        ("tls.leaf_days = 47", "ca.example.jp", "2026-11-23T03:00:00Z"),
        ("tls.leaf_days = 100", "ca.example.jp", "2026-11-23T03:00:00Z"),
        ("tls.key = 'rsa-2048'", "ca.example.jp", "2026-11-23T03:00:00Z"),
        ("dn.mode = 'faithful'", "ca.example.jp", "2026-11-23T03:00:00Z"),
        ("ca.not_after = '2050-01-01T00:00:00Z'", "ca.example.jp", "2026-11-23T03:00:00Z"),
        ("crl.url = 'http://crl.example.jp/a.crl'", "ca.example.jp", "2026-11-23T03:00:00Z"),
    ] {
        let first = certificates(profile, hostname, now).await;
        // Some are dated by real time.
        if !profile.contains("leaf_days") {
            assert_eq!(certificates(profile, hostname, now).await, first, "{profile} {hostname} {now}");
        }
        for der in first {
            let (_, certificate) = parse_x509_certificate(&der).unwrap();
            let number = (certificate.issuer().as_raw().to_vec(), certificate.raw_serial().to_vec());
            let told = format!("{} {}", certificate.subject(), certificate.raw_serial_as_string());
            match numbers.insert(number, der.clone()) {
                Some(other) => assert!(other == der, "{profile} {hostname} {now}: {told}"),
                None => different += 1,
            }
        }
    }
    assert!(different > 30, "{different} certificates");
}
