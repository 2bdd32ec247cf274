//! The dashboard at control's `/`, as it comes. What it does in a browser is in `browsers::dashboard`.

use obn_ca::Options;
use obn_tests::Environment;

#[tokio::test]
async fn the_page_is_whole_in_itself_and_speaks_the_browsers_language() {
    let env = Environment::start().await;
    let get = async |language: &str| {
        let control = env.control.clone().with_header("accept-language", language);
        control.get("//").await
    };
    let answer = get("ja").await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(policy.contains("connect-src 'self'"), "{policy}");
    let page = answer.text();
    assert!(page.contains("<html lang=\"ja\">"));
    for from_elsewhere in ["src=\"http", "href=\"http", "url(", "@import"] {
        assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
    }
    assert!(get("en-US,en;q=0.9").await.text().contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn the_page_comes_without_a_token_and_what_it_shows_does_not() {
    let options = Options { control_token: Some("secret".to_owned()), ..Options::for_tests() };
    let env = Environment::options(options).await;
    assert_eq!(env.control.get("//").await.status, 200);
    assert_eq!(env.control.get("/notices").await.status, 401);
}
