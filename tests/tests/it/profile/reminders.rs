//! The mails before a certificate ends.

use obn_tests::Environment;
use serde_json::json;

use super::ground::{EMAIL, notice};
use super::table::{Row, look, turn};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new("mail.expiry_days", "[60]", look!(days), "2029-11-25 2030-01-24", "2029-12-25"),
        Row::new("mail.expiry_days", "[]", look!(days), "2029-11-25 2030-01-24", ""),
        Row::new(
            "mail.expiry_subject",
            "\"期限\"",
            look!(subject),
            "【共通認証局】電子証明書の有効期限のお知らせ",
            "期限",
        ),
        Row::new(
            "mail.expiry_text",
            "\"{days_left}日、{valid_until}まで\"",
            look!(text),
            "電子証明書の有効期限まであと90日です。",
            "90日、2030/02/23まで",
        )
        .within(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_the_mails_before_the_end_turn() {
    turn(rows()).await;
}

/// The mails until a certificate of the ground has ended.
async fn mails(env: &Environment) -> Vec<serde_json::Value> {
    let path = format!("/notices/{}/contact", notice(env, 0).await.request_id);
    assert_eq!(env.control.put(&path, &json!({ "email": EMAIL })).await.status, 204);
    env.control.freeze("2030-03-01T00:00:00Z").await;
    env.control.json("/mails").await.as_array().unwrap().clone()
}

async fn days(env: Environment) -> String {
    let dates = mails(&env).await.into_iter().map(|mail| mail["date"].as_str().unwrap()[..10].to_owned());
    dates.collect::<Vec<_>>().join(" ")
}

async fn subject(env: Environment) -> String {
    mails(&env).await[0]["subject"].as_str().unwrap().to_owned()
}

async fn text(env: Environment) -> String {
    mails(&env).await[0]["text"].as_str().unwrap().to_owned()
}
