//! The revocation list.

use obn_tests::{Answer, Environment, Kept, NOON, on_each_store, require, run};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use x509_parser::prelude::*;

const HOST: &str = "crldownload.obn.managedpki.ne.jp";

/// Number, this update, next update and (serial, reason) of a list.
#[derive(Debug, PartialEq)]
struct Read {
    number: u64,
    from: i64,
    until: i64,
    entries: Vec<(String, Option<u8>)>,
}

fn read(der: &[u8]) -> Read {
    let (rest, crl) = parse_x509_crl(der).unwrap();
    assert!(rest.is_empty());
    Read {
        number: crl.crl_number().unwrap().to_string().parse().unwrap(),
        from: crl.last_update().timestamp(),
        until: crl.next_update().unwrap().timestamp(),
        entries: crl
            .iter_revoked_certificates()
            .map(|entry| {
                (format!("{:032X}", entry.user_certificate), entry.reason_code().map(|(_, code)| code.0))
            })
            .collect(),
    }
}

async fn fetch(env: &Environment) -> Vec<u8> {
    env.browser().get("/crl.crl").await.body
}

/// Asks the plain listener.
async fn plain(env: &Environment, method: Method, host: &str, path: &str) -> Answer {
    let headers = HeaderMap::from_iter([(reqwest::header::HOST, host.parse().unwrap())]);
    env.plain_browser().send(method, path, headers, "").await
}

#[tokio::test]
async fn the_list_is_on_the_portal_and_under_its_own_name_over_plain_http() {
    let env = Environment::start().await;
    let over_tls = env.browser().get("/crl.crl").await;
    assert_eq!(over_tls.header("content-type"), "application/pkix-crl");
    for host in [HOST, "CRLdownload.obn.managedpki.ne.jp:80", "127.0.0.1", "anything.example"] {
        assert_eq!(plain(&env, Method::GET, host, "/crl.crl").await.body, over_tls.body, "{host}");
    }
    for path in ["/", "/p/rcd", "/p/s", "/crl.crl/", "/api/v1/clock"] {
        assert_eq!(plain(&env, Method::GET, HOST, path).await.status, 404, "{path}");
    }
    assert_eq!(plain(&env, Method::POST, "127.0.0.1", "/crl.crl").await.status, 405);
    let head = plain(&env, Method::HEAD, "127.0.0.1", "/crl.crl").await;
    assert_eq!(head.header("content-length"), over_tls.body.len().to_string());
}

#[tokio::test]
async fn each_world_has_its_own_list_under_its_own_name() {
    let env = Environment::start().await;
    let t1 = env.create("t1", json!({})).await;
    let of_t1 = plain(&env, Method::GET, &format!("t1.{HOST}"), "/crl.crl").await.body;
    let issuer = t1.control.issuer().await;
    let (_, issuer) = parse_x509_certificate(&issuer).unwrap();
    let (_, crl) = parse_x509_crl(&of_t1).unwrap();
    crl.verify_signature(issuer.public_key()).unwrap();
    let default = fetch(&env).await;
    let (_, default) = parse_x509_crl(&default).unwrap();
    assert!(default.verify_signature(issuer.public_key()).is_err());
    assert_eq!(plain(&env, Method::GET, &format!("nowhere.{HOST}"), "/crl.crl").await.status, 404);
}

#[tokio::test]
async fn a_list_stays_the_same_until_a_revocation_or_until_its_period_is_over() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let first = fetch(&env).await;
    env.control.advance("23h").await;
    assert_eq!(fetch(&env).await, first);

    env.control.revoke_for("keyCompromise", &notice).await;
    let (first, second) = (read(&first), read(&fetch(&env).await));
    assert_eq!((first.until - first.from, first.entries.len()), (86_400, 0));
    assert_eq!(second.entries, [(notice.serial, Some(1))]);
    assert_eq!(second.from, first.from + 23 * 3_600);
    assert!(second.number > first.number);

    env.control.advance("1d").await;
    let third = read(&fetch(&env).await);
    assert_eq!((third.from, third.number), (second.until, second.number + 1));

    // A clock that goes back makes no list from the future.
    env.control.advance("-2d").await;
    let fourth = read(&fetch(&env).await);
    assert_eq!((fourth.from, fourth.number), (third.from - 2 * 86_400, third.number + 1));
    let issued = env.control.last("authority").await;
    assert_eq!(
        (&issued["outcome"], &issued["detail"]),
        (&json!("crl.issued"), &json!("CRL number 4, 1 revoked"))
    );
}

#[tokio::test]
async fn by_profile_a_revocation_waits_for_the_next_list_that_is_due() {
    let profile = "[crl]\nurl = \"http://crl.example/a/b.crl\"\nperiod = \"1h\"\nimmediate = false\n\
                   format = \"pem\"\nmime = \"text/plain\"\nreasons = false\n";
    let env = Environment::with(profile).await;
    let notice = env.issue().await;
    let get = async || {
        let answer = env.browser().get("/a/b.crl").await;
        assert_eq!(answer.header("content-type"), "text/plain");
        let pem = ::pem::parse(answer.text()).unwrap();
        assert_eq!(pem.tag(), "X509 CRL");
        read(pem.contents())
    };
    let first = get().await;
    env.control.revoke_for("keyCompromise", &notice).await;
    assert_eq!(get().await, first);
    env.control.advance("1h").await;
    assert_eq!(get().await.entries, [(notice.serial, None)]);
    assert_eq!(env.browser().get("/crl.crl").await.status, 404);
}

#[tokio::test]
async fn without_a_distribution_point_there_is_no_list() {
    let env = Environment::with("[crl]\nurl = \"\"\n").await;
    assert_eq!(env.browser().get("/crl.crl").await.status, 404);
}

on_each_store! {
    async fn the_number_goes_on_after_a_restart(kept: Kept) {
        let env = kept.open().await;
        let notice = env.issue().await;
        let before = read(&fetch(&env).await);
        env.stop().await;
        let env = kept.open().await;
        // The list in force stays, and the next one has the next number.
        assert_eq!(read(&fetch(&env).await), before);
        env.control.revoke(&notice).await;
        assert_eq!(read(&fetch(&env).await).number, before.number + 1);
    }
}

#[tokio::test]
async fn openssl_agrees_about_the_list_and_about_who_is_on_it() {
    if !require("openssl") {
        return;
    }
    let env = Environment::start().await;
    let bad = env.issue().await;
    let good = env.control.issue_to(&json!({ "terminal_name": "other" })).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let issuer = file("issuer.pem", env.control.text("/issuer.pem").await.as_bytes());
    let pem = async |serial: &str| {
        let shown: Value = env.control.json(&format!("/certificates/{serial}")).await;
        file(serial, shown["pem"].as_str().unwrap().as_bytes())
    };
    let (revoked, good) = (pem(&bad.serial).await, pem(&good.serial).await);
    env.control.revoke_for("cessationOfOperation", &bad).await;
    let (der, crl) = (file("list.crl", &fetch(&env).await), file("list.pem", b""));

    let read = ["crl", "-inform", "DER", "-in", &der, "-CAfile", &issuer, "-text", "-out", &crl];
    let told = run("openssl", &read).await.ok();
    assert!(told.contains("verify OK"), "{told}");
    let text = std::fs::read_to_string(&crl).unwrap();
    for expected in ["Version 2", "X509v3 CRL Number", "Authority Key Identifier", "Cessation Of Operation"] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }
    let now = NOON.parse::<jiff::Timestamp>().unwrap().as_second().to_string();
    let verify = async |file: &str| {
        let check = ["verify", "-attime", &now, "-crl_check", "-CAfile", &issuer, "-CRLfile", &crl, file];
        run("openssl", &check).await
    };
    verify(&good).await.ok();
    let told = verify(&revoked).await.refused();
    assert!(told.contains("certificate revoked"), "{told}");
}
