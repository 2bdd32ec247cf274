//! セッション無効 (manual 5.2.2), and that a fresh start works at once after it.

use obn_tests::{Answer, Environment, Notice};
use reqwest::header::HeaderMap;

const BUTTON: &str = "ダウンロード";

fn assert_invalid(answer: &Answer) {
    assert_eq!(
        answer.page().lines.first().map(String::as_str),
        Some("# セッション無効"),
        "{}",
        answer.summary()
    );
}

/// Whatever happened before: from the first page on, everything works.
async fn assert_fresh_start_works(browser: &obn_tests::Browser, notice: &Notice) {
    assert!(browser.download(notice, "1234").await.is_file());
}

#[tokio::test]
async fn the_page_has_the_manual_s_words_and_the_way_back() {
    let env = Environment::start().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form();
    env.control.delete("/sessions").await;
    let answer = browser.press(&form, BUTTON).await;
    insta::assert_snapshot!(format!("{}\n{}", answer.status, answer.page().outline()));
}

#[tokio::test]
async fn a_session_ends_after_exactly_its_idle_time() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    for (idle, lives) in [("14m 59s", true), ("15m", false)] {
        let browser = env.browser();
        let form = browser.open("/p/rcd").await.form().notice(&notice).password("1234");
        env.control.advance(idle).await;
        let answer = browser.press(&form, BUTTON).await;
        assert_eq!(answer.is_file(), lives, "{idle}: {}", answer.summary());
        if !lives {
            assert_invalid(&answer);
        }
        assert_fresh_start_works(&browser, &notice).await;
    }
}

#[tokio::test]
async fn every_page_that_is_shown_prolongs_the_session() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let mut form = browser.open("/p/rcd").await.form().ids(&notice.request_id, "FPwNiG5g4r").password("1234");
    for _ in 0..3 {
        env.control.advance("14m").await;
        form = browser.press(&form, BUTTON).await.page().form().password("1234");
    }
    let right = form.fill("リファレンス ID", &notice.reference_id);
    assert!(browser.press(&right, BUTTON).await.is_file());
}

#[tokio::test]
async fn the_profile_decides_how_long_and_with_which_status() {
    let env = Environment::with("[session]\nttl = \"5m\"\n[http]\nsession_status = 440").await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form();
    env.control.advance("5m").await;
    let answer = browser.press(&form, BUTTON).await;
    assert_invalid(&answer);
    assert_eq!(answer.status, 440);
}

#[tokio::test]
async fn a_step_without_a_session_of_this_site_is_invalid() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().notice(&notice).password("1234");

    assert_invalid(&browser.fresh().press(&form, BUTTON).await);
    for cookie in ["", "nonsense", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let stranger = browser.fresh();
        stranger.set_cookie("OBNSESSION", cookie);
        assert_invalid(&stranger.press(&form, BUTTON).await);
        assert_fresh_start_works(&stranger, &notice).await;
    }
    for token in ["", "nonsense", "AAAAAAAAAAAAAAAAAAAAAA"] {
        assert_invalid(&browser.press(&form.clone().forge("token", token), BUTTON).await);
    }
    let other = env.browser().open("/p/rcd").await.form().field_named("token");
    assert_invalid(&browser.press(&form.clone().forge("token", &other), BUTTON).await);
    assert!(browser.press(&form, BUTTON).await.is_file(), "the session itself was not harmed");
}

#[tokio::test]
async fn a_post_from_another_site_is_invalid_even_with_everything_else_right() {
    let options = obn_ca::Options { listen: "[::]:0".parse().unwrap(), ..obn_ca::Options::for_tests() };
    let env = Environment::options(options).await;
    let notice = env.issue().await;
    let port = env.simulator.portal_address().port();
    for (host, protocol) in
        [("localhost", "http/1.1"), ("localhost", "h2"), ("[::1]", "http/1.1"), ("[::1]", "h2")]
    {
        let own = format!("https://{host}:{port}");
        let browser = obn_tests::Browser::new(&own, &env.tls().alpn(protocol), &[], &env.transcript);
        let form = browser.open("/p/rcd").await.form().notice(&notice).password("1234");
        for (name, value, lets) in [
            ("origin", "https://evil.example", false),
            ("origin", "null", false),
            ("origin", "https://localhost.evil.example", false),
            ("origin", own.as_str(), true),
            ("sec-fetch-site", "cross-site", false),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
        ] {
            let answer = browser.press_with(&form, BUTTON, &[(name, value)]).await;
            assert_eq!(
                answer.is_file(),
                lets,
                "{name}: {value} at {own} by {protocol}: {}",
                answer.summary()
            );
            if !lets {
                assert_invalid(&answer);
            }
        }
    }
    assert!(env.control.outcomes().await.contains(&"session.cross_site".to_owned()));
}

#[tokio::test]
async fn a_tester_can_end_all_sessions_and_see_those_that_are_alive() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().notice(&notice).password("1234");
    let seen = env.control.json("/sessions").await;
    assert_eq!(seen[0]["started"], "2026-11-23T03:00:00Z");
    assert_eq!(seen[0]["expires"], "2026-11-23T03:15:00Z");
    assert_eq!(env.control.delete("/sessions").await.status, 204);
    assert_eq!(env.control.json("/sessions").await, serde_json::json!([]));
    assert_invalid(&browser.press(&form, BUTTON).await);
    assert_fresh_start_works(&browser, &notice).await;
}

#[tokio::test]
async fn several_tabs_of_one_browser_do_not_disturb_each_other() {
    let env = Environment::start().await;
    let (one, two) = (env.issue().await, env.issue().await);
    let browser = env.browser();
    let first = browser.open("/p/rcd").await.form().notice(&one).password("1111");
    let second = browser.open("/p/rcd").await.form().notice(&two).password("2222");
    let (second, first) = (browser.press(&second, BUTTON).await, browser.press(&first, BUTTON).await);
    assert_eq!(first.file().0, format!("{}.p12", one.request_id));
    assert_eq!(second.file().0, format!("{}.p12", two.request_id));
}

#[tokio::test]
async fn the_cookie_is_for_the_site_s_own_pages_and_programs_only() {
    let env = Environment::start().await;
    let answer = env.browser().get("/p/rcd").await;
    let cookie = answer.header("set-cookie");
    let (_, attributes) = cookie.split_once(';').unwrap();
    assert_eq!(attributes, " Path=/p; Secure; HttpOnly; SameSite=Strict");
    // Whoever only fetches the root has no need of a session.
    assert_eq!(env.browser().get("/p/cert").await.header("set-cookie"), "");
}

#[tokio::test]
async fn a_session_survives_a_cookie_header_full_of_others() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    browser.set_cookie("AAA", "x=y=z");
    browser.set_cookie("ZZZ", "");
    assert_fresh_start_works(&browser, &notice).await;
    let mut headers = HeaderMap::new();
    headers.insert("cookie", "OBNSESSION".parse().unwrap());
    assert_eq!(browser.send(reqwest::Method::GET, "/p/rcd", headers, "").await.status, 200);
}

#[tokio::test]
async fn a_session_survives_bytes_of_any_kind_in_the_cookies_of_others() {
    let env = Environment::start().await;
    let notice = env.issue().await;
    let browser = env.browser();
    let form = browser.open("/p/rcd").await.form().notice(&notice).password("1234");
    let session = browser.cookie("OBNSESSION");
    for others in [&b"name=\xe5\x90\x8d\xe5\x89\x8d; "[..], b"\xff\xfe; ", b"a=\x80;;;=; "] {
        let cookie = [others, format!("OBNSESSION={session}; z=\u{e9}").as_bytes()].concat();
        let mut headers = HeaderMap::new();
        headers.insert("cookie", reqwest::header::HeaderValue::from_bytes(&cookie).unwrap());
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        // The button has a name in Japanese, and nobody asks for it.
        let fields = form.pressed(BUTTON).into_iter().filter(|(_, value)| value.is_ascii());
        let body: Vec<_> = fields.map(|(name, value)| format!("{name}={value}")).collect();
        let answer = browser.fresh().send(reqwest::Method::POST, "/p/rcd", headers, body.join("&")).await;
        assert!(answer.is_file(), "{:?}: {}", String::from_utf8_lossy(&cookie), answer.summary());
    }
}
