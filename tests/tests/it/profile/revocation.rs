//! Revocation at /p/rx, and the mail that follows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::support::{Notice, Site};
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

async fn applied(site: &Site) -> Notice {
    let notice = site.notice(0).await;
    let page = site.browser().apply_for_revocation(&notice).await;
    assert_eq!(page.what(), "証明書失効申請の受付完了");
    notice
}

async fn approved(site: &Site) -> Notice {
    let notice = applied(site).await;
    let (status, body) = site.post(&format!("/revocations/{}/approve", notice.request_id)).await;
    assert_eq!(status, 200, "{body}");
    notice
}

async fn certificate(site: &Site, notice: &Notice) -> Value {
    site.get(&format!("/certificates/{}", notice.serial)).await
}

async fn status(site: Site) -> String {
    let notice = applied(&site).await;
    certificate(&site, &notice).await["status"].to_string()
}

async fn soon_and_later(site: Site) -> String {
    let notice = applied(&site).await;
    let soon = certificate(&site, &notice).await["status"].clone();
    site.advance("10m").await;
    format!("{soon} {}", certificate(&site, &notice).await["status"])
}

async fn reason(site: Site) -> String {
    let notice = approved(&site).await;
    certificate(&site, &notice).await["revocation"]["reason"].to_string()
}

async fn without_a_certificate(site: Site) -> String {
    assert_eq!(site.terminal(0).open("/p/rx").await.what(), "証明書失効申請情報の入力画面");
    site.browser().open("/p/rx").await.what()
}

async fn mail(site: &Site, part: &str) -> String {
    approved(site).await;
    site.get("/mails").await[0][part].as_str().unwrap().to_owned()
}

async fn from(site: Site) -> String {
    let message = mail(&site, "message").await;
    message.lines().find(|line| line.starts_with("From:")).unwrap().to_owned()
}

async fn subject(site: Site) -> String {
    mail(&site, "subject").await
}

async fn text_of_mail(site: Site) -> String {
    mail(&site, "text").await
}
