//! What the CA refuses at `/p/rcd`: each reason its own clear page, at the exact second.

use obn_tests::{Answer, Environment, Form, Notice};
use serde_json::json;

const BUTTON: &str = "ダウンロード";

/// Types the IDs of the notice as changed, presses the button, and tells what comes.
async fn refused(env: &Environment, notice: &Notice, change: impl Fn(Form) -> Form) -> Answer {
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().notice(notice).password("1234");
    let answer = browser.press(&change(form), BUTTON).await;
    assert!(!answer.is_file(), "a refusal was expected");
    answer
}

fn outline(answer: &Answer) -> String {
    format!("{}\n{}", answer.status, answer.page().outline())
}

macro_rules! assert_page {
    ($answer:expr, $notice:expr) => {
        insta::assert_snapshot!(crate::rcd::form::masked(&outline(&$answer), &$notice));
    };
}

#[tokio::test]
async fn an_unknown_request_id_and_a_wrong_reference_id_give_the_same_page() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let unknown = refused(&env, &notice, |form| form.fill("リクエスト ID", "202611239999999")).await;
    let wrong = refused(&env, &notice, |form| form.fill("リファレンス ID", "FPwNiG5g4r")).await;
    assert_page!(wrong, notice);
    let without_ids = |answer: &Answer| answer.page().lines;
    assert_eq!(without_ids(&unknown), without_ids(&wrong));
    let outcomes = env.control.outcomes().await;
    assert!(outcomes.contains(&"refused.unknown_request_id".to_owned()), "{outcomes:?}");
    assert!(outcomes.contains(&"refused.wrong_reference_id".to_owned()), "{outcomes:?}");
}

#[tokio::test]
async fn wrong_ids_are_corrected_in_the_form_that_comes_back() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().ids(&notice.request_id, "FPwNiG5g4r").password("1234");
    let form = browser.press(&form, BUTTON).await.page().form();
    assert_eq!(form.field("リクエスト ID").value, notice.request_id);
    assert_eq!(form.field("リファレンス ID").value, "FPwNiG5g4r");
    assert_eq!(form.field("証明書パスワード").value, "");
    let form = form.fill("リファレンス ID", &notice.reference_id).password("1234");
    assert!(browser.press(&form, BUTTON).await.is_file());
}

#[tokio::test]
async fn letter_case_of_a_reference_id_counts_unless_the_profile_says_otherwise() {
    let swapped = |notice: &Notice| notice.reference_id.to_ascii_lowercase();
    let env = Environment::start().await;
    let notice = env.issue().await;
    let answer = refused(&env, &notice, |form| form.fill("リファレンス ID", &swapped(&notice))).await;
    assert!(answer.page().says("誤りがあります"));

    let env = Environment::with("ids.reference_id_case_sensitive = false").await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().ids(&notice.request_id, &swapped(&notice));
    assert!(browser.press(&form.password("1234"), BUTTON).await.is_file());
}

#[tokio::test]
async fn the_window_is_open_until_the_last_second_of_its_last_day_in_japan() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    assert_eq!(notice.download_until, "2027-05-22");
    env.control.freeze("2027-05-22T14:59:59.999Z").await;
    assert!(env.browser().download(&notice, "1234").await.is_file());
    env.control.freeze("2027-05-22T15:00:00Z").await;
    let answer = refused(&env, &notice, |form| form).await;
    assert_page!(answer, notice);
}

#[tokio::test]
async fn the_rival_readings_of_the_window_close_a_day_earlier_in_utc_or_never() {
    for (profile, last, first) in [
        ("download.window_inclusive = false", "2027-05-21T14:59:59Z", "2027-05-21T15:00:00Z"),
        ("clock.zone = \"UTC\"", "2027-05-22T23:59:59Z", "2027-05-23T00:00:00Z"),
        ("download.window_days = 0", "2026-11-23T14:59:59Z", "2026-11-23T15:00:00Z"),
    ] {
        let env = Environment::with(profile).await;
        let notice = env.issue().await;
        env.control.freeze(last).await;
        assert!(env.browser().download(&notice, "1234").await.is_file(), "{profile}");
        env.control.freeze(first).await;
        assert!(refused(&env, &notice, |form| form).await.page().says("期間は終了"), "{profile}");
    }
    let env = Environment::with("download.allow_late = true").await;
    let notice = env.issue().await;
    env.control.freeze("2029-01-01T00:00:00Z").await;
    assert!(env.browser().download(&notice, "1234").await.is_file());
}

#[tokio::test]
async fn the_window_opens_with_the_first_second_of_the_day_of_issue_in_japan() {
    let env = Environment::start().await;
    let notice = env.control.issue_to(&json!({"issued_on": "2026-12-01"})).await;
    env.control.freeze("2026-11-30T14:59:59.999Z").await;
    let answer = refused(&env, &notice, |form| form).await;
    assert_page!(answer, notice);
    env.control.freeze("2026-11-30T15:00:00Z").await;
    assert!(env.browser().download(&notice, "1234").await.is_file());
}

#[tokio::test]
async fn a_certificate_that_has_ended_is_not_handed_out_any_more() {
    let env = Environment::start().await;
    let notice = env.control.issue_to(&json!({"valid_until": "2026-12-31"})).await;
    env.control.freeze("2026-12-31T14:59:59Z").await;
    assert!(env.browser().download(&notice, "1234").await.is_file());
    env.control.freeze("2026-12-31T15:00:00Z").await;
    let answer = refused(&env, &notice, |form| form).await;
    assert_page!(answer, notice);
}

#[tokio::test]
async fn a_revoked_certificate_is_not_handed_out() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    env.control.revoke(&notice).await;
    let answer = refused(&env, &notice, |form| form).await;
    assert_page!(answer, notice);
}

#[tokio::test]
async fn who_has_the_wrong_reference_id_learns_nothing_about_the_certificate() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    env.control.revoke(&notice).await;
    let answer = refused(&env, &notice, |form| form.fill("リファレンス ID", "FPwNiG5g4r")).await;
    assert!(answer.page().says("誤りがあります"), "{}", answer.summary());
}

#[tokio::test]
async fn a_second_download_is_allowed_with_another_password() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let first = env.browser().download(&notice, "1234").await;
    let second = env.browser().download(&notice, "9876").await;
    assert!(first.is_file() && second.is_file());
    assert_ne!(first.body, second.body);
    let notices = env.control.json("/notices").await;
    assert_eq!(notices[0]["downloads"], 2);
}

#[tokio::test]
async fn only_once_means_once() {
    let env = Environment::with("download.redownload = \"once\"").await;
    let notice = env.issue().await;
    assert!(env.browser().download(&notice, "1234").await.is_file());
    let answer = refused(&env, &notice, |form| form).await;
    assert_page!(answer, notice);
}

#[tokio::test]
async fn only_once_means_once_also_for_two_at_the_same_time() {
    let env = Environment::with("download.redownload = \"once\"").await;
    let notice = env.issue().await;
    let browsers = [(); 4].map(|()| env.browser());
    let downloads = browsers.iter().map(|browser| browser.download(&notice, "1234"));
    let answers = futures_util::future::join_all(downloads).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_file()).count(), 1);
}

#[tokio::test]
async fn the_same_password_only_asks_for_the_first_one_again() {
    let env = Environment::with("download.redownload = \"same_password_only\"").await;
    let notice = env.issue().await;
    assert!(env.browser().download(&notice, "1234").await.is_file());
    let answer = refused(&env, &notice, |form| form.password("4321")).await;
    assert_page!(answer, notice);
    assert!(env.browser().download(&notice, "1234").await.is_file());
}

#[tokio::test]
async fn three_wrong_tries_lock_a_request_id_for_half_an_hour() {
    let env = Environment::with("lockout.attempts = 3").await;
    let (notice, other) = (env.issue().await, env.issue().await);
    for _ in 0..3 {
        let answer = refused(&env, &notice, |form| form.fill("リファレンス ID", "FPwNiG5g4r")).await;
        assert!(answer.page().says("誤りがあります"), "{}", answer.summary());
    }
    let answer = refused(&env, &notice, |form| form).await;
    assert_page!(answer, notice);
    assert!(env.browser().download(&other, "1234").await.is_file(), "others are not concerned");
    env.control.advance("1799s").await;
    refused(&env, &notice, |form| form).await;
    env.control.advance("1s").await;
    assert!(env.browser().download(&notice, "1234").await.is_file());
}

#[tokio::test]
async fn a_right_try_forgives_the_wrong_ones_before() {
    let env = Environment::with("lockout.attempts = 3").await;
    let notice = env.issue().await;
    for _ in 0..3 {
        for _ in 0..2 {
            refused(&env, &notice, |form| form.fill("リファレンス ID", "FPwNiG5g4r")).await;
        }
        assert!(env.browser().download(&notice, "1234").await.is_file());
    }
}

#[tokio::test]
async fn the_profile_decides_texts_and_status_of_refusals() {
    let env = Environment::with(
        "[http]\nrefusal_status = 403\n[messages]\nrevoked = \"<失効>\"\nrequired = \"必須\"",
    )
    .await;
    let notice = env.issue().await;
    env.control.revoke(&notice).await;
    let answer = refused(&env, &notice, |form| form).await;
    assert_eq!(answer.status, 403);
    assert!(answer.page().says("<失効>"));
    let answer = refused(&env, &notice, |form| form.fill("リクエスト ID", "")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.page().form().field("リクエスト ID").message.as_str()),
        (403, "必須")
    );
}

#[tokio::test]
async fn maintenance_has_its_page_from_its_first_second_to_its_last() {
    let env = Environment::with("maintenance.windows = [\"2026-12-01T22:00/2026-12-02T08:00\"]").await;
    for (now, status) in [
        ("2026-12-01T12:59:59Z", 200),
        ("2026-12-01T13:00:00Z", 503),
        ("2026-12-01T22:59:59Z", 503),
        ("2026-12-01T23:00:00Z", 200),
    ] {
        env.control.freeze(now).await;
        for path in ["/p/rcd", "/p/cert"] {
            assert_eq!(env.browser().get(path).await.status, status, "{path} at {now}");
        }
    }
    env.control.freeze("2026-12-01T13:00:00Z").await;
    insta::assert_snapshot!(env.browser().open("/p/rcd").await.outline());
}
