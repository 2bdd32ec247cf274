//! The revocation list.

use obn_ca::store::StoreUrl;
use obn_ca::{Options, Simulator};
use serde_json::{Value, json};
use x509_parser::prelude::*;

use crate::support::{Environment, run};

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

async fn fetch(environment: &Environment) -> Vec<u8> {
    environment.get("/crl.crl").await.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn the_list_is_on_the_portal_and_under_its_own_name_over_plain_http() {
    let environment = Environment::new().await;
    let over_tls = environment.get("/crl.crl").await;
    assert_eq!(over_tls.headers()["content-type"], "application/pkix-crl");
    let over_tls = over_tls.bytes().await.unwrap();
    let get = |host: &str, path: &str| environment.client.get(environment.http(path)).header("host", host);
    for host in [HOST, "CRLdownload.obn.managedpki.ne.jp:80", "127.0.0.1", "anything.example"] {
        let plain = get(host, "/crl.crl").send().await.unwrap();
        assert_eq!(plain.bytes().await.unwrap(), over_tls, "{host}");
    }
    for path in ["/", "/p/rcd", "/p/s", "/crl.crl/", "/api/v1/clock"] {
        assert_eq!(get(HOST, path).send().await.unwrap().status(), 404, "{path}");
    }
    let posted = environment.client.post(environment.http("/crl.crl")).send().await.unwrap();
    assert_eq!(posted.status(), 405);
    let head = environment.client.head(environment.http("/crl.crl")).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], over_tls.len().to_string().as_str());
}

#[tokio::test]
async fn each_world_has_its_own_list_under_its_own_name() {
    let environment = Environment::new().await;
    environment.control("POST", "/worlds", json!({ "name": "t1" })).await;
    let get = |host: String| environment.client.get(environment.http("/crl.crl")).header("host", host).send();
    let of_t1 = get(format!("t1.{HOST}")).await.unwrap().bytes().await.unwrap();
    let (_, pem) = environment.control("GET", "/worlds/t1/issuer.pem", Value::Null).await;
    let issuer = ::pem::parse(pem.as_str().unwrap()).unwrap();
    let (_, issuer) = parse_x509_certificate(issuer.contents()).unwrap();
    let (_, crl) = parse_x509_crl(&of_t1).unwrap();
    crl.verify_signature(issuer.public_key()).unwrap();
    let default = fetch(&environment).await;
    let (_, default) = parse_x509_crl(&default).unwrap();
    assert!(default.verify_signature(issuer.public_key()).is_err());
    assert_eq!(get(format!("nowhere.{HOST}")).await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_list_stays_the_same_until_a_revocation_or_until_its_period_is_over() {
    let environment = Environment::new().await;
    environment.control("PUT", "/clock", json!({ "now": "2026-11-23T01:00:00Z", "mode": "frozen" })).await;
    let first = fetch(&environment).await;
    environment.advance("23h").await;
    assert_eq!(fetch(&environment).await, first);

    let serial = environment.serial().await;
    environment.revoke(&serial, "keyCompromise").await;
    let (first, second) = (read(&first), read(&fetch(&environment).await));
    assert_eq!((first.until - first.from, first.entries.len()), (86_400, 0));
    assert_eq!(second.entries, [(serial, Some(1))]);
    assert_eq!(second.from, first.from + 23 * 3_600);
    assert!(second.number > first.number);

    environment.advance("1d").await;
    let third = read(&fetch(&environment).await);
    assert_eq!((third.from, third.number), (second.until, second.number + 1));

    // A clock that goes back makes no list from the future.
    environment.advance("-2d").await;
    let fourth = read(&fetch(&environment).await);
    assert_eq!((fourth.from, fourth.number), (third.from - 2 * 86_400, third.number + 1));
    let issued = environment.last("authority").await;
    assert_eq!(
        (&issued["outcome"], &issued["detail"]),
        (&json!("crl.issued"), &json!("CRL number 4, 1 revoked"))
    );
}

#[tokio::test]
async fn by_profile_a_revocation_waits_for_the_next_list_that_is_due() {
    let profile = "[crl]\nurl = \"http://crl.example/a/b.crl\"\nperiod = \"1h\"\nimmediate = false\n\
                   format = \"pem\"\nmime = \"text/plain\"\nreasons = false\n";
    let environment = Environment::with_profile(profile).await;
    let get = async || {
        let response = environment.get("/a/b.crl").await;
        assert_eq!(response.headers()["content-type"], "text/plain");
        let pem = ::pem::parse(response.text().await.unwrap()).unwrap();
        assert_eq!(pem.tag(), "X509 CRL");
        read(pem.contents())
    };
    let first = get().await;
    environment.revoke(&environment.serial().await, "keyCompromise").await;
    assert_eq!(get().await, first);
    environment.advance("1h").await;
    let entries = get().await.entries;
    assert_eq!(entries, [(environment.serial().await, None)]);
    assert_eq!(environment.get("/crl.crl").await.status(), 404);
}

#[tokio::test]
async fn without_a_distribution_point_there_is_no_list() {
    let environment = Environment::with_profile("[crl]\nurl = \"\"\n").await;
    assert_eq!(environment.get("/crl.crl").await.status(), 404);
}

#[tokio::test]
async fn the_number_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = StoreUrl::Sqlite(folder.path().join("store.db"));
    let start = || Simulator::start(Options { store: store.clone(), ..Options::for_tests() });
    let simulator = start().await.unwrap();
    let before = simulator.worlds().default_world().world.crl().await.unwrap().number;
    simulator.stop().await;
    let simulator = start().await.unwrap();
    let after = simulator.worlds().default_world().world.crl().await.unwrap();
    assert!(after.number > before);
    simulator.stop().await;
}

#[tokio::test]
async fn openssl_agrees_about_the_list_and_about_who_is_on_it() {
    let environment = Environment::new().await;
    let body = json!({ "institution_code": "1310199992", "terminal_name": "other" });
    let (_, other) = environment.control("POST", "/notices", body).await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (issuer, revoked, good) = (path("issuer.pem"), path("revoked.pem"), path("good.pem"));
    let (_, pem) = environment.control("GET", "/issuer.pem", Value::Null).await;
    std::fs::write(&issuer, pem.as_str().unwrap()).unwrap();
    let serial = environment.serial().await;
    for (serial, file) in [(serial.as_str(), &revoked), (other["serial"].as_str().unwrap(), &good)] {
        let (_, body) = environment.control("GET", &format!("/certificates/{serial}"), Value::Null).await;
        std::fs::write(file, body["pem"].as_str().unwrap()).unwrap();
    }
    environment.revoke(&serial, "cessationOfOperation").await;
    let (der, crl) = (path("list.crl"), path("list.pem"));
    std::fs::write(&der, fetch(&environment).await).unwrap();

    let read = ["crl", "-inform", "DER", "-in", &der, "-CAfile", &issuer, "-text", "-out", &crl];
    let Some((ok, told)) = run("openssl", &read) else { return };
    assert!(ok && told.contains("verify OK"), "{told}");
    let text = std::fs::read_to_string(&crl).unwrap();
    for expected in ["Version 2", "X509v3 CRL Number", "Authority Key Identifier", "Cessation Of Operation"] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }
    let verify = |file: &str| {
        run("openssl", &["verify", "-crl_check", "-CAfile", &issuer, "-CRLfile", &crl, file]).unwrap()
    };
    assert!(verify(&good).0, "{}", verify(&good).1);
    let (ok, told) = verify(&revoked);
    assert!(!ok && told.contains("certificate revoked"), "{told}");
}
