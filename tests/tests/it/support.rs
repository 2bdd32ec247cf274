//! A simulator of one's own for each test, and a client that walks its pages.

use std::process::Command;

use obn_ca::profile::Profile;
use obn_ca::{Options, Simulator};
use reqwest::{Certificate, Client, ClientBuilder, Response, StatusCode};
use serde_json::{Value, json};

/// A running simulator with a client that trusts its root and keeps cookies.
pub(crate) struct Environment {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
    control: Client,
}

impl Environment {
    pub(crate) async fn new() -> Self {
        Self::with(Options::for_tests()).await
    }

    pub(crate) async fn with_profile(toml: &str) -> Self {
        Self::with(Options::for_tests().profile(Profile::from_toml(toml).unwrap())).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        // The second test of the process finds it installed.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let simulator = Simulator::start(options.seed("faults and crl")).await.unwrap();
        let root = simulator.worlds().default_world().world.tls.root_pem();
        let client = client(&root).build().unwrap();
        let control = Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        Self { simulator, client, control }
    }

    /// A further client, that has no connection and no cookies yet.
    pub(crate) fn another(&self) -> ClientBuilder {
        client(&self.simulator.worlds().default_world().world.tls.root_pem())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.simulator.portal_url() + path
    }

    pub(crate) fn http(&self, path: &str) -> String {
        self.simulator.http_url().unwrap() + path
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// Calls control; the path stands below `/api/v1`.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let url = format!("{}/api/v1{path}", self.simulator.control_url());
        let request = self.control.request(method.parse().unwrap(), url);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn fault(&self, body: Value) -> Value {
        let (status, fault) = self.control("POST", "/faults", body).await;
        assert_eq!(status, StatusCode::CREATED, "{fault}");
        fault
    }

    /// How often each fault has struck.
    pub(crate) async fn fired(&self) -> Vec<u64> {
        let (_, faults) = self.control("GET", "/faults", Value::Null).await;
        faults.as_array().unwrap().iter().map(|fault| fault["fired"].as_u64().unwrap()).collect()
    }

    /// The last exchange of the journal, or what else has this kind.
    pub(crate) async fn last(&self, kind: &str) -> Value {
        let path = format!("/journal?kind={kind}&wait=5s");
        let (_, entries) = self.control("GET", &path, Value::Null).await;
        entries.as_array().unwrap().last().unwrap().clone()
    }

    pub(crate) async fn revoke(&self, serial: &str, reason: &str) {
        let path = format!("/certificates/{serial}/revoke");
        let (status, body) = self.control("POST", &path, json!({ "reason": reason })).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    pub(crate) async fn advance(&self, by: &str) {
        let (status, body) = self.control("POST", "/clock/advance", json!({ "by": by })).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    /// Serial number of the sample notice's certificate.
    pub(crate) async fn serial(&self) -> String {
        self.simulator.sample_notice().await.unwrap().serial
    }

    pub(crate) async fn downloads(&self) -> u32 {
        self.simulator.sample_notice().await.unwrap().downloads
    }

    /// Opens the form at /p/rcd and sends it with the IDs of the sample notice.
    pub(crate) async fn download(&self, client: &Client) -> reqwest::Result<Response> {
        let page = client.get(self.url("/p/rcd")).send().await?.text().await?;
        self.submit(client, &page).await
    }

    /// Sends the form of a page that was opened before.
    pub(crate) async fn submit(&self, client: &Client, page: &str) -> reqwest::Result<Response> {
        let notice = self.simulator.sample_notice().await.unwrap();
        let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let form = [
            ("token", token),
            ("requestId", &notice.request_id),
            ("referenceId", &notice.reference_id),
            ("password", "1234"),
            ("passwordConfirmation", "1234"),
            ("submit", "download"),
        ];
        client.post(self.url("/p/rcd")).form(&form).send().await
    }
}

fn client(root: &str) -> ClientBuilder {
    Client::builder()
        .tls_certs_only([Certificate::from_pem(root.as_bytes()).unwrap()])
        .no_proxy()
        .cookie_store(true)
}

/// What an error says with all its causes.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Runs a program; `None`, and a word about it, if this machine doesn't have it.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            Some((output.status.success(), text.into_owned()))
        }
        Err(error) => {
            let forced = std::env::var_os("OBN_TESTS_REQUIRE_ALL").is_some_and(|value| value == "1");
            assert!(!forced, "OBN_TESTS_REQUIRE_ALL=1 wants {program}: {error}");
            eprintln!("SKIPPED: {program}: {error}");
            None
        }
    }
}
