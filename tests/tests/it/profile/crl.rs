//! The revocation list and the distribution point.

use obn_tests::Environment;
use x509_parser::prelude::*;

use super::ground::{issued_certificate, notice};
use super::table::{Row, look, turn};

pub(crate) fn rows() -> Vec<Row> {
    let host = "http://crldownload.obn.managedpki.ne.jp";
    let other = format!("\"{host}/OnlineBilling/cdp.crl\"");
    let default = format!("{host}/crl.crl, 200 404");
    vec![
        Row::new(
            "crl.url",
            &other,
            look!(places),
            &default,
            &format!("{host}/OnlineBilling/cdp.crl, 404 200"),
        ),
        Row::new("crl.url", "\"\"", look!(places), &default, "none, 404 404"),
        Row::new("crl.period", "\"1h\"", look!(period), "86400", "3600"),
        Row::new("crl.immediate", "false", look!(after_a_revocation), "1 revoked", "0 revoked"),
        Row::new("crl.format", "\"pem\"", look!(format), "DER", "PEM"),
        Row::new(
            "crl.mime",
            "\"application/x-pkcs7-crl\"",
            look!(mime),
            "application/pkix-crl",
            "application/x-pkcs7-crl",
        ),
        Row::new("crl.reasons", "false", look!(reason), "Some(1)", "None"),
        Row::new("crl.keep_expired", "false", look!(after_the_end), "1 revoked", "0 revoked"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_the_revocation_list_turn() {
    turn(rows()).await;
}

async fn list(env: &Environment) -> Vec<u8> {
    env.browser().get("/crl.crl").await.body
}

async fn revoked(env: &Environment) -> String {
    let der = list(env).await;
    let (_, list) = parse_x509_crl(&der).unwrap();
    format!("{} revoked", list.iter_revoked_certificates().count())
}

/// The distribution point in a new certificate, and what lies at two addresses.
async fn places(env: Environment) -> String {
    let der = issued_certificate(&env, "medical").await;
    let (_, certificate) = parse_x509_certificate(&der).unwrap();
    let point = certificate.extensions().iter().find_map(|it| match it.parsed_extension() {
        ParsedExtension::CRLDistributionPoints(points) => {
            let Some(DistributionPointName::FullName(names)) = &points.points[0].distribution_point else {
                return None;
            };
            match &names[0] {
                GeneralName::URI(uri) => Some((*uri).to_owned()),
                _ => None,
            }
        }
        _ => None,
    });
    let mut statuses = Vec::new();
    for path in ["/crl.crl", "/OnlineBilling/cdp.crl"] {
        statuses.push(env.browser().get(path).await.status.as_u16().to_string());
    }
    format!("{}, {}", point.as_deref().unwrap_or("none"), statuses.join(" "))
}

async fn period(env: Environment) -> String {
    let der = list(&env).await;
    let (_, list) = parse_x509_crl(&der).unwrap();
    (list.next_update().unwrap().timestamp() - list.last_update().timestamp()).to_string()
}

async fn after_a_revocation(env: Environment) -> String {
    assert_eq!(revoked(&env).await, "0 revoked");
    env.control.revoke_for("keyCompromise", &notice(&env, 0).await).await;
    let at_once = revoked(&env).await;
    env.control.advance("1d").await;
    assert_eq!(revoked(&env).await, "1 revoked");
    at_once
}

async fn format(env: Environment) -> String {
    let bytes = list(&env).await;
    if parse_x509_crl(&bytes).is_ok() {
        return "DER".to_owned();
    }
    let pem = ::pem::parse(&bytes).unwrap();
    assert_eq!(pem.tag(), "X509 CRL");
    parse_x509_crl(pem.contents()).unwrap();
    "PEM".to_owned()
}

async fn mime(env: Environment) -> String {
    env.browser().get("/crl.crl").await.header("content-type").to_owned()
}

async fn reason(env: Environment) -> String {
    env.control.revoke_for("keyCompromise", &notice(&env, 0).await).await;
    let der = list(&env).await;
    let (_, list) = parse_x509_crl(&der).unwrap();
    let entry = list.iter_revoked_certificates().next().unwrap();
    format!("{:?}", entry.reason_code().map(|(_, code)| code.0))
}

/// The certificate ends on 2030-02-23; a week later it has been on the last list that it must be on.
async fn after_the_end(env: Environment) -> String {
    env.control.revoke_for("keyCompromise", &notice(&env, 0).await).await;
    assert_eq!(revoked(&env).await, "1 revoked");
    env.control.freeze("2030-03-02T01:00:00Z").await;
    revoked(&env).await
}
