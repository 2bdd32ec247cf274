//! Renewal at /p/ru, how it is issued, and the certificates at its door.

use obn_tests::{Browser, Environment, Notice, Page, Pfx};
use serde_json::Value;
use x509_parser::prelude::*;

use super::ground::{RENEWABLE, TEN, issued_certificate, notice, terminal, told_paragraph, what};
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
        Row::new(
            "renewal.download_key",
            "\"at_once\"",
            look!(download_key),
            "鍵の取得, 鍵の取得",
            "鍵の取得, file",
        ),
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
        Row::new("issue.moves_on", "false", look!(moved_on), "鍵の取得", "stays"),
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
async fn renewed(env: &Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    let page = terminal(env, 0).await.renew().await;
    env.control.advance("10s").await;
    request_id(&page)
}

/// The request ID on a status page.
pub(crate) fn request_id(page: &Page) -> String {
    page.beside("リクエストID").join("")
}

/// The status on a status page.
fn shown_status(page: &Page) -> String {
    page.texts("td[aria-live]").join("|")
}

/// A new certificate and the first terminal's renewed one, as their bytes say.
async fn validities(env: &Environment) -> [Validity; 2] {
    let read = |der: Vec<u8>| X509Certificate::from_der(&der).unwrap().1.validity().clone();
    let new = read(issued_certificate(env, "medical").await);
    renewed(env).await;
    let renewal = env.control.json("/renewals").await[0].clone();
    [new, read(env.control.certificate(renewal["serial"].as_str().unwrap()).await)]
}

fn told(times: [ASN1Time; 2]) -> String {
    let [new, renewed] = times.map(|time| jiff::Timestamp::from_second(time.timestamp()).unwrap());
    format!("{new}, renewed {renewed}")
}

async fn begins(env: Environment) -> String {
    told(validities(&env).await.map(|validity| validity.not_before))
}

async fn ends(env: Environment) -> String {
    told(validities(&env).await.map(|validity| validity.not_after))
}

async fn status_page(env: &Environment, request_id: &str) -> Page {
    let browser = terminal(env, 0).await;
    browser.open("/p/ru").await;
    browser.open(&format!("/p/ru/status/{request_id}")).await
}

async fn eighty_four_days_before(env: Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    terminal(&env, 0).await.renew().await.heading()
}

async fn once_more(env: Environment) -> String {
    renewed(&env).await;
    terminal(&env, 0).await.renew().await.heading()
}

async fn old_one(env: Environment) -> String {
    let request_id = renewed(&env).await;
    let collect = async || what(&terminal(&env, 0).await.collect(&request_id, "1234").await);
    assert_eq!(collect().await, "file");
    let old = env.control.json(&format!("/certificates/{}", notice(&env, 0).await.serial)).await;
    format!("{}, {} again", old["status"], collect().await)
}

async fn a_month_later(env: Environment) -> String {
    let request_id = renewed(&env).await;
    env.control.advance("31d").await;
    let browser = terminal(&env, 0).await;
    browser.open("/p/ru").await;
    browser.open(&format!("/p/ru/key/{request_id}")).await.heading()
}

async fn other_terminal(env: Environment) -> String {
    renewed(&env).await;
    let browser = terminal(&env, 1).await;
    browser.open("/p/ru").await;
    format!("{} keys", browser.open("/p/ru/list").await.forms.len())
}

/// What Download Key brings before a password was chosen, and after.
async fn download_key(env: Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    let browser = terminal(&env, 0).await;
    browser.renew().await;
    env.control.advance("2s").await;
    let mut brings = Vec::new();
    for _ in 0..2 {
        browser.open("/p/ru").await;
        let list = browser.open("/p/ru/list").await;
        let answer = browser.press(&list.form(), "Download Key").await;
        if answer.header("content-type") == "application/x-pkcs12" {
            answer.pfx("2580");
            brings.push("file".to_owned());
            continue;
        }
        let key = answer.page();
        brings.push(key.heading());
        browser.choose(&key, "2580").await;
    }
    brings.join(", ")
}

/// A notice with the IDs of a renewal, which nobody posts.
pub(crate) async fn of_renewal(env: &Environment, renewal: &Value) -> Notice {
    let id = |name: &str| renewal[name].as_str().unwrap().to_owned();
    Notice { request_id: id("request_id"), reference_id: id("reference_id"), ..notice(env, 0).await }
}

async fn at_rcd(env: Environment) -> String {
    renewed(&env).await;
    let renewal = env.control.json("/renewals").await[0].clone();
    told_paragraph(&env.browser().download(&of_renewal(&env, &renewal).await, "1234").await)
}

/// After 0, 1, 2, 30 and 90 seconds.
async fn statuses(env: Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    let request_id = request_id(&terminal(&env, 0).await.renew().await);
    let mut seen = Vec::new();
    for wait in ["0s", "1s", "1s", "28s", "60s"] {
        env.control.advance(wait).await;
        seen.push(shown_status(&status_page(&env, &request_id).await));
    }
    seen.join(" ")
}

async fn refresh(env: Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    let page = terminal(&env, 0).await.renew().await;
    page.attribute("meta[http-equiv=refresh]", "content").unwrap_or_else(|| "none".to_owned())
}

/// Where the page at 発行済み goes by itself.
async fn moved_on(env: Environment) -> String {
    let request_id = renewed(&env).await;
    let page = status_page(&env, &request_id).await;
    let Some(content) = page.attribute("meta[http-equiv=refresh]", "content") else {
        return "stays".to_owned();
    };
    let browser = terminal(&env, 0).await;
    browser.open("/p/ru").await;
    browser.open(content.strip_prefix("3; url=").unwrap()).await.heading()
}

async fn failed(env: Environment) -> String {
    env.control.freeze(RENEWABLE).await;
    let request_id = request_id(&terminal(&env, 0).await.renew().await);
    env.control.order(&format!("/renewals/{request_id}/fail")).await;
    shown_status(&status_page(&env, &request_id).await)
}

async fn listener(env: Environment) -> String {
    let page = terminal(&env, 0).await.open("/p/ru").await;
    let same = page.url.starts_with(env.portal());
    format!("{} on {} port", page.heading(), if same { "the same" } else { "another" })
}

/// What a revoked certificate gets.
async fn refused(env: Environment) -> String {
    env.control.revoke_for("unspecified", &notice(&env, 0).await).await;
    assert_eq!(terminal(&env, 1).await.open("/p/ru").await.heading(), "更新申請画面");
    let came = terminal(&env, 0).await.try_visit("/p/ru").await;
    came.map_or("no connection".to_owned(), |answer| what(&answer))
}

async fn missing(env: Environment) -> String {
    env.browser().get("/p/ru").await.status.as_u16().to_string()
}

/// A browser with somebody else's certificate.
pub(crate) fn stranger(env: &Environment) -> Browser {
    env.browser_showing(&Pfx::foreign("Another CA"))
}

async fn foreign(env: Environment) -> String {
    stranger(&env).get("/p/ru").await.status.as_u16().to_string()
}

/// Too late and too early.
async fn expired(env: Environment) -> String {
    env.control.freeze("2031-01-01T00:00:00Z").await;
    let late = terminal(&env, 0).await.get("/p/ru").await.status;
    env.control.freeze("2026-11-01T00:00:00Z").await;
    let early = terminal(&env, 0).await.get("/p/ru").await.status;
    env.control.freeze(TEN).await;
    format!("{} {}", late.as_u16(), early.as_u16())
}

async fn revoked(env: Environment) -> String {
    env.control.revoke(&notice(&env, 0).await).await;
    terminal(&env, 0).await.get("/p/ru").await.status.as_u16().to_string()
}
