//! Chapter 3 of the manual.

use obn_ca::authority::Record;
use obn_ca::clock::Duration;
use obn_ca::profile::Approval;
use obn_ca::terms::RevocationReason;

use crate::site::{Browser, Page, RENEWING, Site};

const EMAIL: &str = "tanto@clinic.example.jp";

async fn identified(browser: &Browser, record: &Record) -> Page {
    let form = browser.open("/p/rx").await;
    assert_eq!(form.heading(), "証明書失効申請情報の入力画面");
    let notice = &record.notice;
    let typed =
        [("リクエスト ID", notice.request_id.as_str()), ("リファレンス ID", notice.reference_id.reveal())];
    browser.press(&form, "次へ", &typed).await
}

async fn stated(browser: &Browser, mail: &Page, email: &str, again: &str) -> Page {
    let typed = [("申請者のメールアドレス", email), ("メールアドレス(確認用)", again)];
    browser.press(mail, "申請", &typed).await
}

async fn applied(browser: &Browser, record: &Record) -> Page {
    let mail = identified(browser, record).await;
    let confirm = stated(browser, &mail, EMAIL, EMAIL).await;
    browser.press(&confirm, "申請", &[]).await
}

#[tokio::test]
async fn a_certificate_is_revoked_as_the_manual_tells() {
    let site = Site::start().await;
    let record = site.issue("受付1号機").await;
    let terminal = site.terminal(&record).await;
    site.at(RENEWING).await;
    let mail = identified(&terminal, &record).await;
    assert_eq!(mail.heading(), "証明書失効申請情報の入力画面");
    let confirm = stated(&terminal, &mail, EMAIL, EMAIL).await;
    assert_eq!(confirm.heading(), "証明書失効申請情報の入力内容確認画面");
    assert_eq!(confirm.beside("申請者のメールアドレス"), [EMAIL]);
    let accepted = terminal.press(&confirm, "申請", &[]).await;
    assert!(accepted.says(&format!("失効申請が承認されると、{EMAIL} 宛てに失効完了をご連絡します。")));

    let request = format!("/revocations/{}", record.notice.request_id);
    assert_eq!(site.control("/revocations").await[0]["status"], "pending");
    assert_eq!(terminal.open("/p/ru").await.status, 200);
    assert_eq!(site.control("/mails").await, serde_json::json!([]));
    site.later(3_600).await;
    assert_eq!(site.post(&format!("{request}/approve")).await.1["status"], "approved");
    assert_eq!(site.post(&format!("{request}/approve")).await.0, 409);

    let certificate = &site.control("/certificates").await[0];
    assert_eq!(certificate["revocation"]["at"], "2029-12-01T04:00:00Z");
    let mails = site.control("/mails").await;
    assert_eq!((&mails[0]["to"], &mails[0]["date"]), (&EMAIL.into(), &"2029-12-01T04:00:00Z".into()));
    assert!(mails[0]["text"].as_str().unwrap().contains(record.notice.request_id.as_str()));
    assert_eq!(mails.as_array().unwrap().len(), 1);
    assert!(terminal.open("/p/ru").await.says("失効しているため"));
    assert!(identified(&terminal, &record).await.says("この証明書はすでに失効しています"));
}

#[tokio::test]
async fn a_rejected_application_changes_nothing_and_can_be_repeated() {
    let site = Site::start().await;
    let record = site.issue("受付1号機").await;
    let browser = site.browser(None);
    applied(&browser, &record).await;
    let request = format!("/revocations/{}", record.notice.request_id);
    assert_eq!(site.post(&format!("{request}/reject")).await.1["status"], "rejected");
    assert_eq!(site.control("/certificates").await[0]["status"], "valid");
    assert_eq!(site.control("/mails").await, serde_json::json!([]));
    applied(&browser, &record).await;
    assert_eq!(site.post(&format!("{request}/approve")).await.1["sequence"], 2);
    assert_eq!(site.post("/revocations/202611230000009/approve").await.0, 404);
}

#[tokio::test]
async fn sent_twice_it_is_one_application_and_a_second_one_waits_for_the_first() {
    let site = Site::start().await;
    let record = site.issue("受付1号機").await;
    let browser = site.browser(None);
    let confirm = stated(&browser, &identified(&browser, &record).await, EMAIL, EMAIL).await;
    let (one, other) =
        tokio::join!(browser.press(&confirm, "申請", &[]), browser.press(&confirm, "申請", &[]));
    assert!(one.says("受け付けました") && other.says("受け付けました"));
    assert_eq!(site.control("/revocations").await.as_array().unwrap().len(), 1);
    assert!(identified(&browser, &record).await.says("承認されるまでお待ちください"));
}

#[tokio::test]
async fn automatic_approval_takes_effect_at_its_time_whoever_looks_when() {
    let site = Site::with(|profile| {
        profile.revocation.approval = Approval::Auto;
        profile.revocation.delay = Duration::seconds(600);
        profile.revocation.reason = RevocationReason::CessationOfOperation;
    })
    .await;
    let record = site.issue("受付1号機").await;
    let terminal = site.terminal(&record).await;
    applied(&terminal, &record).await;
    site.later(599).await;
    assert_eq!(terminal.open("/p/ru").await.status, 200);
    site.later(86_400).await;
    assert_eq!(terminal.open("/p/ru").await.status, 403);
    let certificate = &site.control("/certificates").await[0];
    assert_eq!(
        certificate["revocation"],
        serde_json::json!({ "at": "2026-11-23T03:10:00Z", "reason": "cessationOfOperation" })
    );
    assert_eq!(site.control("/mails").await[0]["date"], "2026-11-23T03:10:00Z");
}

#[tokio::test]
async fn mistyped_addresses_come_back_with_a_message() {
    let site = Site::start().await;
    let record = site.issue("受付1号機").await;
    let browser = site.browser(None);
    let mail = identified(&browser, &record).await;
    let long = format!("{}@b.jp", "a".repeat(65));
    for (email, again, text) in [
        ("", "", "入力してください"),
        ("tanto", "tanto", "形式が正しくありません"),
        ("a@b.jp\r\nBcc: c@d.jp", "a@b.jp\r\nBcc: c@d.jp", "形式が正しくありません"),
        ("ｔanto@b.jp", "ｔanto@b.jp", "形式が正しくありません"),
        (&long, &long, "長すぎます"),
        (EMAIL, "", "入力してください"),
        (EMAIL, "tanto@clinic.example.com", "一致していません"),
    ] {
        let page = stated(&browser, &mail, email, again).await;
        assert_eq!(page.heading(), "証明書失効申請情報の入力画面");
        assert!(page.texts(".error").join("").contains(text), "{email:?}: {}", page.html);
    }
    assert_eq!(site.control("/revocations").await, serde_json::json!([]));
}

#[tokio::test]
async fn wrong_ids_and_certificates_with_nothing_to_revoke_are_told() {
    let site = Site::start().await;
    let record = site.issue("受付1号機").await;
    let browser = site.browser(None);
    let form = browser.open("/p/rx").await;
    for (request_id, reference_id, text) in [
        ("", "", "入力してください"),
        ("2026112300000", "FPwNiG5g4r", "15桁の半角数字"),
        (record.notice.request_id.as_str(), "FPwNiG5g4", "10文字の半角英数字"),
        (record.notice.request_id.as_str(), "FPwNiG5g4r", "誤りがあります"),
        ("202611230000009", record.notice.reference_id.reveal(), "誤りがあります"),
    ] {
        let typed = [("リクエスト ID", request_id), ("リファレンス ID", reference_id)];
        let page = browser.press(&form, "次へ", &typed).await;
        assert!(page.texts(".error").join("").contains(text), "{}", page.html);
    }
    site.at("2030-02-23T15:00:00Z").await;
    assert!(identified(&browser, &record).await.says("有効期限が切れているため、失効の申請は必要ありません"));
}

#[tokio::test]
async fn wrong_tries_lock_the_request_id_as_at_rcd() {
    let site = Site::with(|profile| profile.lockout.attempts = 2).await;
    let record = site.issue("受付1号機").await;
    let browser = site.browser(None);
    let form = browser.open("/p/rx").await;
    for _ in 0..2 {
        let typed = [("リクエスト ID", record.notice.request_id.as_str()), ("リファレンス ID", "FPwNiG5g4r")];
        browser.press(&form, "次へ", &typed).await;
    }
    assert!(identified(&browser, &record).await.says("受付を一時的に停止しています"));
}

#[tokio::test]
async fn steps_out_of_order_end_the_session() {
    let site = Site::start().await;
    let (one, other) = (site.issue("受付1号機").await, site.issue("受付2号機").await);
    let browser = site.browser(None);
    let mut mail = identified(&browser, &one).await;
    let mut confirm = stated(&browser, &identified(&browser, &other).await, EMAIL, EMAIL).await;
    // A state of one page in the form of another.
    let state = |page: &Page| {
        page.html.split("name=\"state\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let (of_mail, of_confirm) = (state(&mail), state(&confirm));
    mail.html = mail.html.replace(&of_mail, &of_confirm);
    confirm.html = confirm.html.replace(&of_confirm, &of_mail);
    assert_eq!(stated(&browser, &mail, EMAIL, EMAIL).await.heading(), "セッション無効");
    assert_eq!(browser.press(&confirm, "申請", &[]).await.heading(), "セッション無効");
    // A form of another session.
    let elsewhere = identified(&site.browser(None), &one).await;
    assert_eq!(stated(&browser, &elsewhere, EMAIL, EMAIL).await.heading(), "セッション無効");
    assert_eq!(site.control("/revocations").await, serde_json::json!([]));
}

#[tokio::test]
async fn by_the_profile_the_certificate_itself_has_to_be_shown() {
    let site = Site::with(|profile| profile.client_auth.rx = true).await;
    let (one, other) = (site.issue("受付1号機").await, site.issue("受付2号機").await);
    assert_eq!(site.browser(None).open("/p/rx").await.status, 403);
    let terminal = site.terminal(&one).await;
    let page = identified(&terminal, &other).await;
    assert!(
        page.status == 403 && page.says("入力されたリクエスト ID の証明書ではありません"),
        "{}",
        page.html
    );
    assert!(applied(&terminal, &one).await.says("受け付けました"));
}
