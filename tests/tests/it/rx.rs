//! `/p/rx` (manual 3): a certificate is revoked on application.

use obn_tests::{Browser, Environment, Notice, Page, RENEWING};
use serde_json::{Value, json};

const EMAIL: &str = "tanto@clinic.example.jp";

/// From the first page to the one that shows the address.
async fn stated(browser: &Browser, notice: &Notice) -> Page {
    browser.state(&browser.identify(notice).await, EMAIL, EMAIL).await
}

#[tokio::test]
async fn a_certificate_is_revoked_as_the_manual_tells() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let terminal = env.terminal(&notice).await;
    env.control.freeze(RENEWING).await;
    assert_eq!(terminal.open("/p/rx").await.heading(), "証明書失効申請情報の入力画面");
    let mail = terminal.identify(&notice).await;
    assert_eq!(mail.heading(), "証明書失効申請情報の入力画面");
    let confirm = terminal.state(&mail, EMAIL, EMAIL).await;
    assert_eq!(confirm.heading(), "証明書失効申請情報の入力内容確認画面");
    assert_eq!(confirm.beside("申請者のメールアドレス"), [EMAIL]);
    let accepted = terminal.submit(&confirm, "申請").await;
    assert!(accepted.says(&format!("失効申請が承認されると、{EMAIL} 宛てに失効完了をご連絡します。")));

    let approve = format!("/revocations/{}/approve", notice.request_id);
    assert_eq!(env.control.json("/revocations").await[0]["status"], "pending");
    assert_eq!(terminal.visit("/p/ru").await.status, 200);
    assert_eq!(env.control.json("/mails").await, json!([]));
    env.control.advance("1h").await;
    assert_eq!(env.control.order(&approve).await.json::<Value>()["status"], "approved");
    assert_eq!(env.control.order(&approve).await.status, 409);

    let certificate = &env.control.json("/certificates").await[0];
    assert_eq!(certificate["revocation"]["at"], "2029-12-01T04:00:00Z");
    let mails = env.control.json("/mails").await;
    assert_eq!((&mails[0]["to"], &mails[0]["date"]), (&EMAIL.into(), &"2029-12-01T04:00:00Z".into()));
    assert!(mails[0]["text"].as_str().unwrap().contains(&notice.request_id));
    assert_eq!(mails.as_array().unwrap().len(), 1);
    assert!(terminal.open("/p/ru").await.says("失効しているため"));
    assert!(terminal.identify(&notice).await.says("この証明書はすでに失効しています"));
}

#[tokio::test]
async fn a_rejected_application_changes_nothing_and_can_be_repeated() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    browser.apply_for_revocation(&notice, EMAIL).await;
    let order = async |word: &str| {
        let path = format!("/revocations/{}/{word}", notice.request_id);
        env.control.order(&path).await.json::<Value>()
    };
    assert_eq!(order("reject").await["status"], "rejected");
    assert_eq!(env.control.json("/certificates").await[0]["status"], "valid");
    assert_eq!(env.control.json("/mails").await, json!([]));
    browser.apply_for_revocation(&notice, EMAIL).await;
    assert_eq!(order("approve").await["sequence"], 2);
    assert_eq!(env.control.order("/revocations/202611230000009/approve").await.status, 404);
}

#[tokio::test]
async fn sent_twice_it_is_one_application_and_a_second_one_waits_for_the_first() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let confirm = stated(&browser, &notice).await;
    let (one, other) = tokio::join!(browser.submit(&confirm, "申請"), browser.submit(&confirm, "申請"));
    assert!(one.says("受け付けました") && other.says("受け付けました"));
    assert_eq!(env.control.json("/revocations").await.as_array().unwrap().len(), 1);
    assert!(browser.identify(&notice).await.says("承認されるまでお待ちください"));
}

#[tokio::test]
async fn automatic_approval_takes_effect_at_its_time_whoever_looks_when() {
    let env = Environment::with(
        "[revocation]\napproval = \"auto\"\ndelay = \"600s\"\nreason = \"cessationOfOperation\"",
    )
    .await;
    let notice = env.issue().await;
    let terminal = env.terminal(&notice).await;
    terminal.apply_for_revocation(&notice, EMAIL).await;
    env.control.advance("599s").await;
    assert_eq!(terminal.visit("/p/ru").await.status, 200);
    env.control.advance("1d").await;
    assert_eq!(terminal.visit("/p/ru").await.status, 403);
    let certificate = &env.control.json("/certificates").await[0];
    assert_eq!(
        certificate["revocation"],
        json!({ "at": "2026-11-23T03:10:00Z", "reason": "cessationOfOperation" })
    );
    assert_eq!(env.control.json("/mails").await[0]["date"], "2026-11-23T03:10:00Z");
}

#[tokio::test]
async fn mistyped_addresses_come_back_with_a_message() {
    let env = Environment::start().await;
    let browser = env.browser();
    let mail = browser.identify(&env.issue().await).await;
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
        let page = browser.state(&mail, email, again).await;
        assert_eq!(page.heading(), "証明書失効申請情報の入力画面");
        assert!(page.texts(".error").join("").contains(text), "{email:?}: {}", page.outline());
    }
    assert_eq!(env.control.json("/revocations").await, json!([]));
}

#[tokio::test]
async fn wrong_ids_and_certificates_with_nothing_to_revoke_are_told() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rx").await.form();
    for (request_id, reference_id, text) in [
        ("", "", "入力してください"),
        ("2026112300000", "FPwNiG5g4r", "15桁の半角数字"),
        (&notice.request_id, "FPwNiG5g4", "10文字の半角英数字"),
        (&notice.request_id, "FPwNiG5g4r", "誤りがあります"),
        ("202611230000009", &notice.reference_id, "誤りがあります"),
    ] {
        let page = browser.press(&form.clone().ids(request_id, reference_id), "次へ").await.page();
        assert!(page.texts(".error").join("").contains(text), "{}", page.outline());
    }
    env.control.freeze("2030-02-23T15:00:00Z").await;
    assert!(browser.identify(&notice).await.says("有効期限が切れているため、失効の申請は必要ありません"));
}

#[tokio::test]
async fn wrong_tries_lock_the_request_id_as_at_rcd() {
    let env = Environment::with("lockout.attempts = 2").await;
    let notice = env.issue().await;
    let browser = env.browser();
    let wrong = Notice { reference_id: "FPwNiG5g4r".to_owned(), ..notice.clone() };
    for _ in 0..2 {
        browser.identify(&wrong).await;
    }
    assert!(browser.identify(&notice).await.says("受付を一時的に停止しています"));
}

#[tokio::test]
async fn steps_out_of_order_end_the_session() {
    let env = Environment::start().await;
    let one = env.issue().await;
    let other = env.control.issue_to(&json!({"terminal_name": "受付2号機"})).await;
    let browser = env.browser();
    let mail = browser.identify(&one).await.form().email(EMAIL, EMAIL);
    let confirm = stated(&browser, &other).await.form();
    // A state of one page in the form of another.
    let (of_mail, of_confirm) = (mail.field_named("state"), confirm.field_named("state"));
    for form in [mail.forge("state", &of_confirm), confirm.forge("state", &of_mail)] {
        assert_eq!(browser.press(&form, "申請").await.page().heading(), "セッション無効");
    }
    // A form of another session.
    let elsewhere = env.browser().identify(&one).await;
    assert_eq!(browser.state(&elsewhere, EMAIL, EMAIL).await.heading(), "セッション無効");
    assert_eq!(env.control.json("/revocations").await, json!([]));
}

#[tokio::test]
async fn by_the_profile_the_certificate_itself_has_to_be_shown() {
    let env = Environment::with("client_auth.rx = true").await;
    let one = env.issue().await;
    let other = env.control.issue_to(&json!({"terminal_name": "受付2号機"})).await;
    assert_eq!(env.browser().visit("/p/rx").await.status, 403);
    let terminal = env.terminal(&one).await;
    let form = terminal.open("/p/rx").await.form().notice(&other);
    let refused = terminal.press(&form, "次へ").await;
    let page = refused.page();
    assert_eq!(refused.status, 403);
    assert!(page.says("入力されたリクエスト ID の証明書ではありません"), "{}", page.outline());
    assert!(terminal.apply_for_revocation(&one, EMAIL).await.says("受け付けました"));
}
