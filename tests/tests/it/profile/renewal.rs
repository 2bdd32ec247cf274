//! Renewal at /p/ru, how it is issued, and the certificates at its door.

use serde_json::Value;
use x509_parser::prelude::*;

use super::support::{CODE, NOON, Notice, Page, RENEWABLE, Site};
use super::table::{Row, look, turn};

const DONE: &str = "送信完了";
const NOT_NOW: &str = "更新を申請できません";
const DOOR: &str = "証明書を確認できません";

pub(crate) fn rows() -> Vec<Row> {
    let told = "この証明書は更新申請で発行されたものです。証明書更新申請サイトの「更新後証明書の取得」から取得してください。";
    vec![
        Row::new("renewal.window_days", "60", look!(eighty_four_days_before), DONE, NOT_NOW),
        Row::new(
            "certificate.not_before",
            "\"moment\"",
            look!(begins),
            "2026-11-22T15:00:00Z, renewed 2029-11-30T15:00:00Z",
            "2026-11-23T01:00:00Z, renewed 2029-12-01T01:00:00Z",
        ),
        Row::new(
            "certificate.not_after",
            "\"last_minute\"",
            look!(ends),
            "2030-02-23T14:59:59Z, renewed 2033-03-01T14:59:59Z",
            "2030-02-23T14:59:00Z, renewed 2033-03-01T14:59:00Z",
        ),
        Row::new(
            "certificate.not_after",
            "\"same_moment\"",
            look!(ends),
            "2030-02-23T14:59:59Z, renewed 2033-03-01T14:59:59Z",
            "2030-02-23T01:00:00Z, renewed 2033-03-01T01:00:00Z",
        )
        .with("certificate.not_before = \"moment\""),
        Row::new("renewal.max", "2", look!(once_more), NOT_NOW, DONE),
        Row::new(
            "renewal.revoke_old",
            "true",
            look!(old_one),
            "\"valid\", file again",
            "\"revoked\", file again",
        ),
        Row::new("renewal.pickup_days", "30", look!(a_month_later), "鍵の取得", "鍵を取得できません"),
        Row::new("renewal.list_scope", "\"same_common_name\"", look!(other_terminal), "0 keys", "1 keys"),
        Row::new("renewal.download_at_rcd", "true", look!(at_rcd), told, "file"),
        Row::new(
            "issue.delays",
            "[\"30s\", \"1m\"]",
            look!(statuses),
            "鍵生成中 発行要求中 発行済み 発行済み 発行済み",
            "鍵生成中 鍵生成中 鍵生成中 発行要求中 発行済み",
        ),
        Row::new("issue.refresh", "\"5s\"", look!(refresh), "1", "5"),
        Row::new("issue.refresh", "\"0s\"", look!(refresh), "1", "none"),
        Row::new("issue.moves_on", "true", look!(moved_on), "stays", "鍵の取得"),
        Row::new("issue.failed_status", "\"エラー\"", look!(failed), "発行エラー", "エラー"),
        Row::new(
            "client_auth.mode",
            "\"split\"",
            look!(listener),
            "更新申請画面 on the same port",
            "更新申請画面 on another port",
        ),
        Row::new("client_auth.refusal", "\"handshake\"", look!(refused), DOOR, "no connection"),
        Row::new("client_auth.missing_status", "401", look!(missing), "403", "401"),
        Row::new("client_auth.foreign_status", "400", look!(foreign), "403", "400"),
        Row::new("client_auth.expired_status", "400", look!(expired), "403 403", "400 400"),
        Row::new("client_auth.revoked_status", "400", look!(revoked), "403", "400"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_renewal_turn() {
    turn(rows()).await;
}

/// The first terminal's renewal, issued. Answers with its request ID.
async fn renewed(site: &Site) -> String {
    site.at(RENEWABLE).await;
    let page = site.terminal(0).renew().await;
    site.advance("10s").await;
    page.request_id()
}

/// A new certificate and the first terminal's renewed one, as their bytes say.
async fn validities(site: &Site) -> [Validity; 2] {
    let read = |der: Vec<u8>| X509Certificate::from_der(&der).unwrap().1.validity().clone();
    let new = read(site.issued_certificate(CODE, "medical").await);
    renewed(site).await;
    let renewal = site.get("/renewals").await[0].clone();
    [new, read(site.certificate(renewal["serial"].as_str().unwrap()).await)]
}

fn told(times: [ASN1Time; 2]) -> String {
    let [new, renewed] = times.map(|time| jiff::Timestamp::from_second(time.timestamp()).unwrap());
    format!("{new}, renewed {renewed}")
}

async fn begins(site: Site) -> String {
    told(validities(&site).await.map(|validity| validity.not_before))
}

async fn ends(site: Site) -> String {
    told(validities(&site).await.map(|validity| validity.not_after))
}

async fn status_page(site: &Site, request_id: &str) -> Page {
    let browser = site.terminal(0);
    browser.open("/p/ru").await;
    browser.open(&format!("/p/ru/status/{request_id}")).await
}

async fn eighty_four_days_before(site: Site) -> String {
    site.at(RENEWABLE).await;
    site.terminal(0).renew().await.what()
}

async fn once_more(site: Site) -> String {
    renewed(&site).await;
    site.terminal(0).renew().await.what()
}

async fn old_one(site: Site) -> String {
    let request_id = renewed(&site).await;
    assert_eq!(site.terminal(0).collect(&request_id).await.what(), "file");
    let old = site.get(&format!("/certificates/{}", site.notice(0).await.serial)).await;
    let again = site.terminal(0).collect(&request_id).await.what();
    format!("{}, {again} again", old["status"])
}

async fn a_month_later(site: Site) -> String {
    let request_id = renewed(&site).await;
    site.advance("31d").await;
    let browser = site.terminal(0);
    browser.open("/p/ru").await;
    browser.open(&format!("/p/ru/key/{request_id}")).await.what()
}

async fn other_terminal(site: Site) -> String {
    renewed(&site).await;
    let browser = site.terminal(1);
    browser.open("/p/ru").await;
    format!("{} keys", browser.open("/p/ru/list").await.count("table.list form"))
}

async fn at_rcd(site: Site) -> String {
    renewed(&site).await;
    let renewal = site.get("/renewals").await[0].clone();
    let notice = Notice {
        request_id: renewal["request_id"].as_str().unwrap().to_owned(),
        reference_id: renewal["reference_id"].as_str().unwrap().to_owned(),
        serial: String::new(),
    };
    site.browser().fetch(&notice, "1234").await.told_paragraph()
}

/// After 0, 1, 2, 30 and 90 seconds.
async fn statuses(site: Site) -> String {
    site.at(RENEWABLE).await;
    let request_id = site.terminal(0).renew().await.request_id();
    let mut seen = Vec::new();
    for wait in ["0s", "1s", "1s", "28s", "60s"] {
        site.advance(wait).await;
        seen.push(status_page(&site, &request_id).await.text("td[aria-live]"));
    }
    seen.join(" ")
}

async fn refresh(site: Site) -> String {
    site.at(RENEWABLE).await;
    let page = site.terminal(0).renew().await;
    page.attribute("meta[http-equiv=refresh]", "content").unwrap_or_else(|| "none".to_owned())
}

/// Where the page at 発行済み goes by itself.
async fn moved_on(site: Site) -> String {
    let request_id = renewed(&site).await;
    let page = status_page(&site, &request_id).await;
    let Some(content) = page.attribute("meta[http-equiv=refresh]", "content") else {
        return "stays".to_owned();
    };
    let browser = site.terminal(0);
    browser.open("/p/ru").await;
    browser.open(content.strip_prefix("0; url=").unwrap()).await.what()
}

async fn failed(site: Site) -> String {
    site.at(RENEWABLE).await;
    let request_id = site.terminal(0).renew().await.request_id();
    site.post(&format!("/renewals/{request_id}/fail")).await;
    status_page(&site, &request_id).await.text("td[aria-live]")
}

async fn listener(site: Site) -> String {
    let page = site.terminal(0).open("/p/ru").await;
    let port = page.url.port().unwrap().to_string();
    let same = site.portal.ends_with(&port);
    format!("{} on {} port", page.what(), if same { "the same" } else { "another" })
}

/// What a revoked certificate gets.
async fn refused(site: Site) -> String {
    site.revoke(&site.notice(0).await.serial, "unspecified").await;
    assert_eq!(site.terminal(1).open("/p/ru").await.what(), "更新申請画面");
    site.terminal(0).try_open("/p/ru").await.map_or("no connection".to_owned(), |page| page.what())
}

async fn missing(site: Site) -> String {
    site.browser().open("/p/ru").await.status.as_u16().to_string()
}

/// Somebody else's certificate.
pub(crate) fn stranger(site: &Site) -> super::support::Browser {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["stranger.example".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    site.showing("PRIVATE KEY", &key.serialize_der(), certificate.der())
}

async fn foreign(site: Site) -> String {
    stranger(&site).open("/p/ru").await.status.as_u16().to_string()
}

/// Too late and too early.
async fn expired(site: Site) -> String {
    site.at("2031-01-01T00:00:00Z").await;
    let late = site.terminal(0).open("/p/ru").await.status;
    site.at("2026-11-01T00:00:00Z").await;
    let early = site.terminal(0).open("/p/ru").await.status;
    site.at(NOON).await;
    format!("{} {}", late.as_u16(), early.as_u16())
}

async fn revoked(site: Site) -> String {
    let (_, body) = site.call("GET", "/notices", Value::Null).await;
    site.revoke(body[0]["serial"].as_str().unwrap(), "unspecified").await;
    site.terminal(0).open("/p/ru").await.status.as_u16().to_string()
}
