//! The control API of the simulator, as far as scenarios set their scene through it.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use crate::scenario::Issue;

/// A simulator's control. Errors are lower-case fragments: the harness can't go on.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    http: reqwest::Client,
    base: Url,
}

impl Control {
    pub(crate) fn new(base: &Url) -> Result<Self, String> {
        // Plain HTTP, but reqwest wants a TLS backend all the same.
        let tls = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(|error| error.to_string())?;
        let mut base = base.clone();
        base.set_path("/api/v1/");
        Ok(Self { http, base })
    }

    pub(crate) async fn reset(&self) -> Result<(), String> {
        self.call(self.http.post(self.url("reset")?)).await.map(|_| ())
    }

    pub(crate) async fn freeze(&self, now: jiff::Timestamp) -> Result<(), String> {
        let body = json!({ "now": now.to_string(), "mode": "frozen" });
        self.call(self.http.put(self.url("clock")?).json(&body)).await.map(|_| ())
    }

    pub(crate) async fn advance(&self, by: &str) -> Result<(), String> {
        let body = json!({ "by": by });
        self.call(self.http.post(self.url("clock/advance")?).json(&body)).await.map(|_| ())
    }

    /// Issues and answers with the notice.
    pub(crate) async fn issue(&self, issue: &Issue) -> Result<Value, String> {
        let mut body = json!({
            "institution_code": issue.institution_code.as_deref().unwrap_or("0110119153"),
            "terminal_name": issue.terminal_name.as_deref().unwrap_or("受付1号機"),
        });
        for (key, value) in [
            ("category", &issue.category),
            ("issued_on", &issue.issued_on),
            ("valid_from", &issue.valid_from),
            ("valid_until", &issue.valid_until),
        ] {
            if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
                body.insert(key.to_owned(), json!(value));
            }
        }
        self.call(self.http.post(self.url("notices")?).json(&body)).await
    }

    pub(crate) async fn revoke(&self, serial: &str) -> Result<(), String> {
        self.call(self.http.post(self.url(&format!("certificates/{serial}/revoke"))?)).await.map(|_| ())
    }

    /// Switches a fault on.
    pub(crate) async fn fault(&self, rule: &Value) -> Result<(), String> {
        self.call(self.http.post(self.url("faults")?).json(rule)).await.map(|_| ())
    }

    pub(crate) async fn end_sessions(&self) -> Result<(), String> {
        self.call(self.http.delete(self.url("sessions")?)).await.map(|_| ())
    }

    /// The profile in force, as JSON by section and key.
    pub(crate) async fn profile(&self) -> Result<Value, String> {
        self.call(self.http.get(self.url("profile")?)).await
    }

    fn url(&self, path: &str) -> Result<Url, String> {
        self.base.join(path).map_err(|error| error.to_string())
    }

    async fn call(&self, request: reqwest::RequestBuilder) -> Result<Value, String> {
        let told = |error: reqwest::Error| format!("control doesn't answer: {}", error.without_url());
        let response = request.send().await.map_err(told)?;
        let status = response.status();
        let text = response.text().await.map_err(told)?;
        if !status.is_success() {
            return Err(format!("control answers {status}: {}", text.trim()));
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| format!("control answers with no JSON: {error}"))
    }
}
