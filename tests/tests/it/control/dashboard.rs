//! The dashboard at control's `/`.

use obn_ca::{Options, Simulator};
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{Environment, run};

const DANGEROUS: &str = "<img src=x onerror=document.title=1>";

#[tokio::test]
async fn the_page_is_whole_in_itself_and_speaks_the_browsers_language() {
    let environment = Environment::new().await;
    let url = environment.simulator.control_url() + "/";
    let client = Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
    let get = |language: &str| client.get(&url).header("accept-language", language).send();
    let response = get("ja").await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(policy.contains("connect-src 'self'"), "{policy}");
    let page = response.text().await.unwrap();
    assert!(page.contains("<html lang=\"ja\">"));
    for from_elsewhere in ["src=\"http", "href=\"http", "url(", "@import"] {
        assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
    }
    assert!(get("en-US,en;q=0.9").await.unwrap().text().await.unwrap().contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn the_page_comes_without_a_token_and_what_it_shows_does_not() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let options = Options { control_token: Some("secret".to_owned()), ..Options::for_tests() };
    let simulator = Simulator::start(options).await.unwrap();
    let client = Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
    let status = async |path: &str| client.get(simulator.control_url() + path).send().await.unwrap().status();
    assert_eq!(status("/").await, 200);
    assert_eq!(status("/api/v1/notices").await, 401);
    simulator.stop().await;
}

/// Chromium runs the script: everything is there, and a terminal name stays text.
#[tokio::test(flavor = "multi_thread")]
async fn in_a_real_browser_every_section_is_filled_and_a_terminal_name_is_only_text() {
    let environment = Environment::new().await;
    let body = json!({ "institution_code": "1310199992", "terminal_name": DANGEROUS });
    environment.control("POST", "/notices", body).await;
    environment.fault(json!({ "name": "maintenance" })).await;
    environment.get("/p/rcd").await;
    let (_, notices) = environment.control("GET", "/notices", Value::Null).await;
    let profile = tempfile::tempdir().unwrap();
    let user_data = format!("--user-data-dir={}", profile.path().display());
    let url = environment.simulator.control_url() + "/";
    let dump = move |language: &str| {
        let language = format!("--accept-lang={language}");
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--virtual-time-budget=4000",
            "--dump-dom",
            &user_data,
            &language,
            &url,
        ];
        run("chromium", &flags)
    };
    let both = tokio::task::spawn_blocking(move || (dump("ja"), dump("en"))).await.unwrap();
    let (Some((_, ja)), Some((_, en))) = both else { return };
    for notice in notices.as_array().unwrap() {
        assert!(ja.contains(notice["request_id"].as_str().unwrap()), "{ja}");
        assert!(ja.contains(notice["serial"].as_str().unwrap()));
    }
    assert!(ja.contains("&lt;img src=x onerror=document.title=1&gt;") && !ja.contains("<img"));
    assert!(ja.contains("発行する") && ja.contains("サイト全体がメンテナンス中の画面になります。"));
    assert!(ja.contains("接続中"), "the journal is not live");
    assert!(en.contains("The whole site shows its maintenance page.") && en.contains("fired 1"));
}
