//! Whatever is sent to `/p/rcd`: never a failure of the server, and never a file without the right IDs.

use obn_tests::{Browser, Environment, Form, Notice};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use reqwest::header::HeaderMap;

/// Runs a property against one simulator, since each case is one request.
fn check<S: Strategy>(cases: u32, strategy: S, property: impl AsyncFn(&Environment, &Notice, S::Value)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let env = runtime.block_on(Environment::start());
    let notice = runtime.block_on(env.issue());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&strategy, |value| {
        runtime.block_on(property(&env, &notice, value));
        Ok(())
    });
    let downloads = runtime.block_on(env.control.json("/notices"))[0]["downloads"].clone();
    assert_eq!(downloads, 0, "something was handed out");
    outcome.unwrap();
}

/// Text as people, programs and attackers type it.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<String>(),
        2 => "[0-9]{0,20}",
        2 => "[0-9A-Za-z]{10}",
        1 => "[０-９]{1,16}",
        1 => "[ \t\r\n\u{3000}\u{0}-]{0,8}",
        1 => Just("'; DROP TABLE notices; --".to_owned()),
        1 => Just("\"><script>alert(1)</script>".to_owned()),
        1 => "\\PC{0,40}",
    ]
}

async fn form(browser: &Browser) -> Form {
    browser.open("/p/rcd").await.form()
}

#[test]
fn wrong_ids_and_passwords_of_any_kind_never_give_a_file_nor_a_failure() {
    check(
        300,
        (typed(), typed(), typed(), typed()),
        async |env, notice, (request, reference, password, again)| {
            if (&request, &reference) == (&notice.request_id, &notice.reference_id) {
                return;
            }
            let browser = env.browser();
            let form = form(&browser).await.ids(&request, &reference).fill("証明書パスワード", &password);
            let answer = browser.press(&form.fill("証明書パスワード(確認用)", &again), "ダウンロード").await;
            assert_eq!(answer.status, 200, "{}", answer.summary());
            assert!(!answer.is_file());
            assert!(!answer.text().contains("<script"), "{}", answer.text());
            let page = answer.page();
            assert_eq!(page.form().field("証明書パスワード").value, "");
        },
    );
}

#[test]
fn the_right_ids_with_a_password_that_is_not_four_digits_never_give_a_file() {
    let not_four = typed().prop_filter("not four digits", |text| {
        let text = text.trim();
        text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit())
    });
    check(150, not_four, async |env, notice, password| {
        let browser = env.browser();
        let form = form(&browser).await.notice(notice).password(&password);
        let answer = browser.press(&form, "ダウンロード").await;
        assert!(!answer.is_file() && answer.status == 200, "{}", answer.summary());
        assert!(answer.page().form().field("証明書パスワード").invalid);
    });
}

#[test]
fn a_token_or_a_cookie_of_any_kind_is_worth_nothing() {
    check(150, ("[!-~]{0,80}", "[!-:<-~]{0,80}"), async |env, notice, (token, cookie)| {
        let browser = env.browser();
        let form = form(&browser).await.notice(notice).password("1234");
        assert!(!browser.press(&form.clone().forge("token", &token), "ダウンロード").await.is_file());
        browser.set_cookie("OBNSESSION", &cookie);
        let answer = browser.press(&form, "ダウンロード").await;
        assert_eq!(answer.page().lines[0], "# セッション無効");
    });
}

#[test]
fn any_bytes_as_a_form_never_make_the_server_fail() {
    let body = prop::collection::vec(any::<u8>(), 0..2_000);
    let kind = prop_oneof![
        4 => Just("application/x-www-form-urlencoded".to_owned()),
        1 => Just("application/x-www-form-urlencoded; charset=Shift_JIS".to_owned()),
        1 => "[!-~]{0,40}",
    ];
    check(200, (body, kind), async |env, _, (body, kind)| {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().unwrap());
        let answer = env.browser().send(Method::POST, "/p/rcd", headers, body).await;
        assert!(answer.status.as_u16() < 500 && !answer.is_file(), "{}", answer.summary());
    });
}

#[test]
fn any_path_and_method_never_makes_the_server_fail() {
    let path = "(/[!\"$&-;=@-\\[\\]_a-z|~%]{0,12}){1,4}".prop_filter("a URL", |path: &String| {
        reqwest::Url::parse(&format!("https://localhost{path}")).is_ok()
    });
    let method = prop_oneof![
        Just(Method::GET),
        Just(Method::POST),
        Just(Method::PUT),
        Just(Method::DELETE),
        Just(Method::HEAD),
        Just(Method::OPTIONS),
        Just(Method::PATCH)
    ];
    check(200, (path, method), async |env, _, (path, method)| {
        let answer = env.browser().send(method, &path, HeaderMap::new(), "").await;
        assert!(answer.status.as_u16() < 500, "{}", answer.summary());
    });
}
