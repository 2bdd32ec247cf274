//! The sites that the certificate is for.

use obn_tests::Environment;
use serde_json::json;
use x509_parser::prelude::*;

use super::ground::{identity, notice};
use super::table::{Row, look, turn};
use super::tls::{BOTH, shake_hands};

pub(crate) fn rows() -> Vec<Row> {
    let hosts = "hweb.oqs.onshikaku.org hweb-api.oqs.onshikaku.org hweb-mnc.oqs.onshikaku.org";
    vec![
        Row::new("relying_party.hosts", "[\"hweb.example.test\"]", look!(names), hosts, "hweb.example.test")
            .fresh(),
        Row::new("relying_party.list", "\"kept\"", look!(after_a_revocation), "200 403 403", "200 200 403"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_the_relying_party_turn() {
    turn(rows()).await;
}

/// Those of the server's certificate.
async fn names(env: Environment) -> String {
    let chain = shake_hands(&env, BOTH).await.unwrap().chain;
    let (_, leaf) = parse_x509_certificate(&chain[0]).unwrap();
    let names = leaf.subject_alternative_name().unwrap().unwrap().value.general_names.iter();
    let names = names.filter_map(|name| match name {
        GeneralName::DNSName(name) if name.starts_with("hweb") => Some(*name),
        _ => None,
    });
    names.collect::<Vec<_>>().join(" ")
}

/// The statuses before a revocation, after it, and a day later.
async fn after_a_revocation(env: Environment) -> String {
    let site = env.at_relying_party(&env.tls().showing(&identity(&env, 0).await));
    let before = site.get("/").await.status.as_u16();
    let serial = notice(&env, 0).await.serial;
    let revoked = env.control.post(&format!("/certificates/{serial}/revoke"), &json!({})).await;
    assert_eq!(revoked.status, 200, "{}", revoked.summary());
    let after = site.get("/").await.status.as_u16();
    env.control.advance("1d").await;
    format!("{before} {after} {}", site.get("/").await.status.as_u16())
}
