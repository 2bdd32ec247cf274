//! Revocation at /p/rx, and the mail that follows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_tests::{Environment, Notice};
use serde_json::Value;

use super::ground::{applied_for_revocation, notice, terminal};
use super::table::{Row, look, turn};

pub(crate) fn rows() -> Vec<Row> {
    let auto = "revocation.approval = \"auto\"";
    let name = BASE64.encode("共通認証局");
    let text = "電子証明書の失効手続きが完了しましたのでお知らせします。";
    vec![
        Row::new("revocation.approval", "\"auto\"", look!(status), "\"valid\"", "\"revoked\""),
        Row::new(
            "revocation.delay",
            "\"10m\"",
            look!(soon_and_later),
            "\"revoked\" \"revoked\"",
            "\"valid\" \"revoked\"",
        )
        .with(auto),
        Row::new(
            "revocation.reason",
            "\"keyCompromise\"",
            look!(reason),
            "\"unspecified\"",
            "\"keyCompromise\"",
        ),
        Row::new(
            "client_auth.rx",
            "true",
            look!(without_a_certificate),
            "証明書失効申請情報の入力画面",
            "証明書を確認できません",
        ),
        Row::new("mail.from_name", "\"Tester\"", look!(from), &name, "Tester").within(),
        Row::new(
            "mail.from_address",
            "\"noreply@ssk.or.jp\"",
            look!(from),
            "<no-reply@obn-ca.invalid>",
            "<noreply@ssk.or.jp>",
        )
        .within(),
        Row::new(
            "mail.subject",
            "\"{request_id}\"",
            look!(subject),
            "【共通認証局】電子証明書の失効完了のお知らせ",
            "202611230000001",
        ),
        Row::new(
            "mail.text",
            "\"{institution_code}: {revoked_at}\"",
            look!(text_of_mail),
            text,
            "0110119153: 2026/11/23 10:00:00",
        )
        .within(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_revocation_and_mail_turn() {
    turn(rows()).await;
}

async fn applied(env: &Environment) -> Notice {
    assert_eq!(applied_for_revocation(env).await, "証明書失効申請の受付完了");
    notice(env, 0).await
}

async fn approved(env: &Environment) -> Notice {
    let notice = applied(env).await;
    let answer = env.control.order(&format!("/revocations/{}/approve", notice.request_id)).await;
    assert_eq!(answer.status, 200, "{}", answer.summary());
    notice
}

async fn certificate(env: &Environment, notice: &Notice) -> Value {
    env.control.json(&format!("/certificates/{}", notice.serial)).await
}

async fn status(env: Environment) -> String {
    let notice = applied(&env).await;
    certificate(&env, &notice).await["status"].to_string()
}

async fn soon_and_later(env: Environment) -> String {
    let notice = applied(&env).await;
    let soon = certificate(&env, &notice).await["status"].clone();
    env.control.advance("10m").await;
    format!("{soon} {}", certificate(&env, &notice).await["status"])
}

async fn reason(env: Environment) -> String {
    let notice = approved(&env).await;
    certificate(&env, &notice).await["revocation"]["reason"].to_string()
}

async fn without_a_certificate(env: Environment) -> String {
    assert_eq!(terminal(&env, 0).await.open("/p/rx").await.heading(), "証明書失効申請情報の入力画面");
    env.browser().open("/p/rx").await.heading()
}

async fn mail(env: &Environment, part: &str) -> String {
    approved(env).await;
    env.control.json("/mails").await[0][part].as_str().unwrap().to_owned()
}

async fn from(env: Environment) -> String {
    let message = mail(&env, "message").await;
    message.lines().find(|line| line.starts_with("From:")).unwrap().to_owned()
}

async fn subject(env: Environment) -> String {
    mail(&env, "subject").await
}

async fn text_of_mail(env: Environment) -> String {
    mail(&env, "text").await
}
