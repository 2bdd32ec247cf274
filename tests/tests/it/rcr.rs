//! `/p/rcr`: an application for certificates, and what comes of it.

use obn_tests::{Browser, Environment, Form, Notice, Page};
use reqwest::Method;
use serde_json::{Value, json};

const EMAIL: &str = "tanto@clinic.example.jp";
const FORM: &str = "電子証明書発行申請情報の入力画面";
/// A Friday afternoon in Japan.
const FRIDAY: &str = "2026-11-27T06:00:00Z";

async fn begun(profile: &str) -> Environment {
    let env = Environment::with(profile).await;
    env.control.freeze(FRIDAY).await;
    env
}

/// The number of an application that was made just now.
async fn applied(env: &Environment) -> String {
    let accepted = env.browser().apply_for_certificates(EMAIL).await;
    assert_eq!(accepted.heading(), "電子証明書発行申請の受付完了");
    accepted.beside("申請番号").remove(0)
}

async fn application(env: &Environment, number: &str) -> Value {
    env.control.json(&format!("/applications/{number}")).await
}

async fn decide(env: &Environment, number: &str, word: &str) -> Value {
    let answer = env.control.order(&format!("/applications/{number}/{word}")).await;
    assert_eq!(answer.status, 200, "{}", answer.summary());
    answer.json()
}

async fn notice(env: &Environment, request_id: &Value) -> Notice {
    let path = format!("/notices/{}", request_id.as_str().unwrap());
    serde_json::from_value(env.control.json(&path).await).unwrap()
}

#[tokio::test]
async fn an_application_leads_to_a_certificate() {
    let env = begun("").await;
    let browser = env.browser();
    assert_eq!(browser.open("/p/rcr").await.heading(), "電子証明書発行申請");
    let form = browser.application_form(EMAIL).await.fill("発行枚数", "2");
    let confirm = browser.press(&form, "次へ").await.page();
    assert_eq!(confirm.heading(), "電子証明書発行申請情報の入力内容確認画面");
    for (label, typed) in [
        ("医療機関コードまたは受付番号", "0110119153"),
        ("医療機関等の名称", "札幌中央診療所"),
        ("部署名", "医事課"),
        ("電話番号", "011-123-4567"),
        ("申請者のメールアドレス", EMAIL),
        ("端末名称等", "受付1号機"),
        ("発行枚数", "2"),
    ] {
        assert_eq!(confirm.beside(label), [typed]);
    }
    let accepted = browser.submit(&confirm, "申請").await;
    assert_eq!(accepted.beside("申請番号"), ["A20261127-0001"]);
    let mail = &env.control.json("/mails").await[0];
    assert_eq!((&mail["to"], &mail["application"]), (&json!(EMAIL), &json!("A20261127-0001")));
    assert!(mail["message"].as_str().unwrap().starts_with("From: <no-reply@ssk.or.jp>"));

    assert_eq!(application(&env, "A20261127-0001").await["status"], "under_review");
    let posted = decide(&env, "A20261127-0001", "approve").await;
    assert_eq!(posted["status"], "posted");
    assert_eq!(posted["arrives_at"], "2026-11-30T15:00:00Z");
    let request_ids = posted["request_ids"].as_array().unwrap();
    assert_eq!(request_ids.len(), 2);
    env.control.freeze("2026-11-30T15:00:00Z").await;
    assert_eq!(application(&env, "A20261127-0001").await["status"], "delivered");
    for request_id in request_ids {
        let notice = notice(&env, request_id).await;
        assert_eq!(notice.terminal_name, "受付1号機");
        browser.download(&notice, "1234").await.pfx("1234");
    }
    assert_eq!(
        env.control.outcomes_of("application").await,
        [
            "application.received",
            "application.under_review",
            "application.approved",
            "application.posted",
            "application.delivered"
        ]
    );
    let pages = env.control.outcomes_of("rcr").await;
    assert_eq!(pages, ["rcr.menu", "rcr.menu", "rcr.form", "rcr.confirm", "rcr.accepted"]);
}

#[tokio::test]
async fn each_field_says_what_is_wrong_with_it_and_keeps_what_was_typed() {
    let env = begun("").await;
    let browser = env.browser();
    let page = browser.open("/p/rcr").await;
    let page = browser.follow(&page, "医療機関等").await;
    let empty = browser.press(&page.form(), "次へ").await.page();
    assert_eq!(empty.heading(), FORM);
    assert_eq!(
        empty.texts("p.error").len(),
        7,
        "the second address is asked for when the first one is there"
    );
    let wrong = [
        ("医療機関コードまたは受付番号", "33120015"),
        ("医療機関コードまたは受付番号", "0110119154"),
        ("医療機関コードまたは受付番号", "9010119157"),
        (
            "医療機関等の名称",
            "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんあいうえおかきくけこさしすせそたちつて",
        ),
        ("電話番号", "119"),
        ("申請者のメールアドレス", "tanto"),
        ("メールアドレス(確認用)", "b@example.jp"),
        ("端末名称等", ""),
        ("発行枚数", "11"),
        ("発行枚数", "１"),
        ("発行枚数", "+1"),
    ];
    for (label, typed) in wrong {
        let form = browser.application_form(EMAIL).await.fill(label, typed);
        let page = browser.press(&form, "次へ").await.page();
        assert_eq!(page.texts("p.error").len(), 1, "{label}: {typed}");
        let beside = page.attribute("input[aria-invalid]", "id").unwrap();
        assert_eq!(page.attribute("input[autofocus]", "id").as_ref(), Some(&beside), "{label}");
        assert_eq!(page.attribute("input[aria-invalid]", "value").as_deref(), Some(typed), "{label}");
        assert_eq!(page.attribute("#department", "value").as_deref(), Some("医事課"));
    }
    assert_eq!(env.control.json("/applications").await, json!([]));
}

#[tokio::test]
async fn sent_twice_it_is_one_application_and_another_one_is_another() {
    let env = begun("").await;
    let browser = env.browser();
    let form = browser.application_form(EMAIL).await;
    let confirm = browser.press(&form, "次へ").await.page();
    let (one, other) = tokio::join!(browser.submit(&confirm, "申請"), browser.submit(&confirm, "申請"));
    assert_eq!(one.beside("申請番号"), other.beside("申請番号"));
    assert_eq!(env.control.json("/mails").await.as_array().unwrap().len(), 1);
    assert_eq!(applied(&env).await, "A20261127-0002");
}

#[tokio::test]
async fn without_the_form_before_it_or_its_session_nothing_is_applied_for() {
    let env = begun("").await;
    let browser = env.browser();
    assert_eq!(browser.open("/p/rcr/institution").await.heading(), "セッション無効");
    let form = browser.application_form(EMAIL).await;
    let confirm = browser.press(&form, "次へ").await.page();
    assert_eq!(env.browser().submit(&confirm, "申請").await.heading(), "セッション無効");
    env.control.advance("16m").await;
    assert_eq!(browser.submit(&confirm, "申請").await.heading(), "セッション無効");
    assert_eq!(env.control.json("/applications").await, json!([]));
}

#[tokio::test]
async fn what_is_decided_stays_so_and_a_refusal_says_why() {
    let env = begun("").await;
    let (refused, cancelled) = (applied(&env).await, applied(&env).await);
    let path = format!("/applications/{refused}/refuse");
    let long = json!({ "reason": "あ".repeat(65) });
    assert_eq!(env.control.post(&path, &long).await.status, 422);
    let answer = env.control.post(&path, &json!({ "reason": "登録のないコードです" })).await;
    assert_eq!(answer.json::<Value>()["reason"], "登録のないコードです");
    assert_eq!(decide(&env, &cancelled, "cancel").await["status"], "cancelled");
    for number in [&refused, &cancelled] {
        for word in ["approve", "refuse", "cancel"] {
            let answer = env.control.order(&format!("/applications/{number}/{word}")).await;
            assert_eq!(answer.status, 409);
            assert!(answer.text().contains("application_decided"), "{}", answer.text());
        }
    }
    assert_eq!(env.control.order("/applications/A20261127-0003/approve").await.status, 404);
    assert_eq!(env.control.json("/notices").await, json!([]));
}

#[tokio::test]
async fn what_is_due_happens_at_its_time_whoever_looks_when() {
    let env = begun("application.review = \"auto\"").await;
    let number = applied(&env).await;
    env.control.freeze("2027-01-04T00:00:00Z").await;
    let delivered = application(&env, &number).await;
    assert_eq!(delivered["decided_at"], "2026-11-30T15:00:00Z");
    assert_eq!(delivered["arrives_at"], "2026-12-02T15:00:00Z");
    let notice = env.control.json("/notices").await[0].clone();
    assert_eq!(notice["issued_on"], "2026-12-01");
    assert_eq!(notice["download_until"], "2027-05-30");
}

#[tokio::test]
async fn what_the_review_would_approve_and_nobody_can_issue_is_refused() {
    let env =
        begun("application.review = \"auto\"\napplication.check_digits = false\ndn.validate_cn = \"strict\"")
            .await;
    let browser = env.browser();
    let form = browser.application_form(EMAIL).await.fill("医療機関コードまたは受付番号", "0110119154");
    let confirm = browser.press(&form, "次へ").await.page();
    browser.submit(&confirm, "申請").await;
    env.control.advance("10d").await;
    let refused = &env.control.json("/applications").await[0];
    assert_eq!(refused["status"], "refused");
    assert_eq!(refused["reason"], "the institution code's check digit is wrong");
    assert_eq!(env.control.json("/notices").await, json!([]));
}

#[tokio::test]
async fn a_revocation_by_the_inquiry_is_one_as_at_rx() {
    let env = begun("application.delivery_days = 0").await;
    let (number, other) = (applied(&env).await, applied(&env).await);
    let request_id = decide(&env, &number, "approve").await["request_ids"][0].clone();
    let ask = async |number: &str| {
        env.control
            .post(&format!("/applications/{number}/revocation"), &json!({ "request_id": request_id }))
            .await
    };
    assert_eq!(ask(&other).await.status, 404);
    let asked = ask(&number).await;
    assert_eq!(asked.status, 201);
    assert_eq!(asked.json::<Value>()["email"], EMAIL);
    assert_eq!(ask(&number).await.status, 409);
    let approve = format!("/revocations/{}/approve", request_id.as_str().unwrap());
    assert_eq!(env.control.order(&approve).await.status, 200);
    assert_eq!(env.control.json("/certificates").await[0]["status"], "revoked");
}

#[tokio::test]
async fn insurers_and_reception_numbers_have_certificates_of_their_own() {
    let env = begun("application.delivery_days = 0").await;
    let cases = [
        ("医療保険者等", "33120015", "CN=33120015,OU=insurer,OU=chiba,O=ReceiptOnline,C=JP"),
        ("医療保険者等", "202611230001", "CN=202611230001,OU=insurer,O=ReceiptOnline,C=JP"),
        ("医療機関等", "202611230001", "CN=202611230001,OU=medical,O=ReceiptOnline,C=JP"),
    ];
    for (applicant, holder, subject) in cases {
        let browser = env.browser();
        let page = browser.open("/p/rcr").await;
        let form = filled(&browser, &page, applicant, holder).await;
        let confirm = browser.press(&form, "次へ").await.page();
        let number = browser.submit(&confirm, "申請").await.beside("申請番号").remove(0);
        let notice = notice(&env, &decide(&env, &number, "approve").await["request_ids"][0]).await;
        assert_eq!(notice.institution_code, holder);
        let certificate = env.control.json(&format!("/certificates/{}", notice.serial)).await;
        assert_eq!(certificate["subject"], subject);
        browser.download(&notice, "1234").await.pfx("1234");
    }
}

/// The form of this kind of applicant, filled in.
async fn filled(browser: &Browser, page: &Page, applicant: &str, holder: &str) -> Form {
    let (code, name) = match applicant {
        "医療機関等" => ("医療機関コードまたは受付番号", "医療機関等の名称"),
        _ => ("保険者番号または受付番号", "医療保険者等の名称"),
    };
    let form = browser.follow(page, applicant).await.form().email(EMAIL, EMAIL);
    let form = form.fill(code, holder).fill(name, "健康保険組合").fill("部署名", "総務課");
    form.fill("電話番号", "0431234567").fill("端末名称等", "端末").fill("発行枚数", "1")
}

#[tokio::test]
async fn a_saved_world_goes_on_with_its_applications() {
    let env = begun("").await;
    let (open, posted) = (applied(&env).await, applied(&env).await);
    decide(&env, &posted, "approve").await;
    let before = env.control.json("/applications").await;
    let file = env.control.json("/world").await;
    assert_eq!(env.control.call(Method::PUT, "/world", Some(&file)).await.status, 204);
    assert_eq!(env.control.json("/applications").await, before);
    env.control.advance("5d").await;
    assert_eq!(application(&env, &posted).await["status"], "delivered");
    assert_eq!(decide(&env, &open, "approve").await["status"], "posted");
    assert_eq!(applied(&env).await, "A20261202-0003");
}

#[tokio::test]
async fn the_journal_and_the_outcomes_have_nothing_of_the_applicant() {
    let env = begun("").await;
    applied(&env).await;
    let journal = env.control.text("/journal").await;
    for secret in [EMAIL, "札幌中央診療所", "医事課", "011-123-4567"] {
        assert!(!journal.contains(secret), "{secret}");
    }
}
