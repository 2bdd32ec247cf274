//! Applications for certificates at /p/rcr: form, review, post and mail.

use obn_tests::{Environment, Page};
use serde_json::{Value, json};

use super::ground::EMAIL;
use super::table::{Row, look, turn};

const FORM: &str = "電子証明書発行申請情報の入力画面";
/// Ten o'clock on a Wednesday in Japan: the ground's day is a holiday.
const BUSINESS_DAY: &str = "2026-11-25T01:00:00Z";
const CONFIRM: &str = "電子証明書発行申請情報の入力内容確認画面";

pub(crate) fn rows() -> Vec<Row> {
    let auto = "application.review = \"auto\"";
    vec![
        Row::new("application.review", "\"auto\"", look!(status), "\"under_review\"", "\"posted\"")
            .with("application.review_days = 0"),
        Row::new("application.review_days", "0", look!(status), "\"under_review\"", "\"posted\"").with(auto),
        Row::new(
            "application.delivery_days",
            "0",
            look!(approved_status),
            "\"posted\" 2026-11-26T15:00:00Z",
            "\"delivered\" 2026-11-25T01:00:00Z",
        ),
        Row::new("application.check_digits", "false", look!(mistyped), FORM, CONFIRM),
        Row::new("application.max_certificates", "99", look!(eleven), FORM, CONFIRM),
        Row::new(
            "application.mail_from",
            "\"no-reply@obn-ca.invalid\"",
            look!(sender),
            "no-reply@ssk.or.jp",
            "no-reply@obn-ca.invalid",
        ),
        Row::new(
            "application.mail_subject",
            "\"{application_number}\"",
            look!(subject),
            "電子証明書 申請情報受付通知",
            "A20261125-0001",
        ),
        Row::new(
            "application.mail_text",
            "\"{institution_code} {name} {terminal_name} {certificates} {accepted_at}\"",
            look!(text),
            "電子証明書の発行申請を受け付けましたのでお知らせします。",
            "0110119153 札幌中央診療所 受付1号機 1 2026/11/25 10:00:00",
        )
        .within(),
        Row::new(
            "dn.reception_prefix",
            "\"R\"",
            look!(reception),
            "CN=202611230001,OU=medical",
            "CN=R202611230001,OU=medical",
        )
        .within(),
        Row::new(
            "wire.application_fields",
            "\"snake\"",
            look!(field_names),
            "terminalName, 電子証明書発行申請の受付完了",
            "terminal_name, 電子証明書発行申請の受付完了",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_applications_turn() {
    turn(rows()).await;
}

async fn application(env: &Environment) -> Value {
    env.control.freeze(BUSINESS_DAY).await;
    env.browser().apply_for_certificates(EMAIL).await;
    env.control.json("/applications").await[0].clone()
}

async fn status(env: Environment) -> String {
    application(&env).await["status"].to_string()
}

async fn approved_status(env: Environment) -> String {
    let number = application(&env).await["number"].as_str().unwrap().to_owned();
    let approved = env.control.order(&format!("/applications/{number}/approve")).await.json::<Value>();
    format!("{} {}", approved["status"], approved["arrives_at"].as_str().unwrap())
}

/// What 次へ leads to with this code and this number of certificates.
async fn checked(env: &Environment, code: &str, certificates: &str) -> Page {
    let browser = env.browser();
    let form = browser.application_form(EMAIL).await;
    let form = form.fill("医療機関コードまたは受付番号", code).fill("発行枚数", certificates);
    browser.press(&form, "次へ").await.page()
}

async fn mistyped(env: Environment) -> String {
    checked(&env, "0110119154", "1").await.heading()
}

async fn eleven(env: Environment) -> String {
    checked(&env, "0110119153", "11").await.heading()
}

async fn mail(env: &Environment, part: &str) -> String {
    application(env).await;
    env.control.json("/mails").await[0][part].as_str().unwrap().to_owned()
}

async fn sender(env: Environment) -> String {
    mail(&env, "from").await
}

async fn subject(env: Environment) -> String {
    mail(&env, "subject").await
}

async fn text(env: Environment) -> String {
    mail(&env, "text").await
}

async fn reception(env: Environment) -> String {
    let body = json!({ "institution_code": "202611230001", "terminal_name": "受付" });
    let notice = env.control.issue_to(&body).await;
    let certificate = env.control.json(&format!("/certificates/{}", notice.serial)).await;
    certificate["subject"].as_str().unwrap().to_owned()
}

async fn field_names(env: Environment) -> String {
    let browser = env.browser();
    let page = browser.open("/p/rcr").await;
    let page = browser.follow(&page, "医療機関等").await;
    let name = page.attribute("#terminal_name", "name").unwrap_or_default();
    format!("{name}, {}", browser.apply_for_certificates(EMAIL).await.heading())
}
