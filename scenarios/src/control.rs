//! The control API of the simulator, as far as scenarios set their scene through it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::error::Error;

/// The longest is a world as a file.
const LONGEST_ANSWER: usize = 64 << 20;
/// How many of the journal's last records go into a report.
const JOURNAL: usize = 12;

/// A simulator's control.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
}

/// What the registration authority is asked to issue.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issue {
    /// By this name the scenario speaks of it.
    pub(crate) notice: String,
    /// 医療機関コード; otherwise the manual's own.
    pub(crate) institution_code: Option<String>,
    /// 端末名称等
    pub(crate) terminal_name: Option<String>,
    /// `medical`, `dental`, …
    pub(crate) category: Option<String>,
    /// Day of issue.
    pub(crate) issued_on: Option<String>,
    /// First day of validity.
    pub(crate) valid_from: Option<String>,
    /// Last day of validity.
    pub(crate) valid_until: Option<String>,
}

impl Control {
    pub(crate) fn new(base: &Url, token: Option<&str>) -> Result<Self, Error> {
        // Plain HTTP, but reqwest wants a TLS backend all the same.
        let tls = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .map_err(broken)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            // Making a key of 4096 bits takes its time where all processors are busy.
            .timeout(Duration::from_secs(120))
            .build()
            .map_err(broken)?;
        let mut base = base.clone();
        base.set_path("/api/v1/");
        Ok(Self { http, base, token: token.map(str::to_owned) })
    }

    pub(crate) async fn reset(&self) -> Result<(), Error> {
        self.call(self.http.post(self.url("reset")?)).await.map(|_| ())
    }

    pub(crate) async fn freeze(&self, now: jiff::Timestamp) -> Result<(), Error> {
        let body = json!({ "now": now.to_string(), "mode": "frozen" });
        self.call(self.http.put(self.url("clock")?).json(&body)).await.map(|_| ())
    }

    pub(crate) async fn advance(&self, by: &str) -> Result<(), Error> {
        let body = json!({ "by": by });
        self.call(self.http.post(self.url("clock/advance")?).json(&body)).await.map(|_| ())
    }

    /// Issues and answers with the notice.
    pub(crate) async fn issue(&self, issue: &Issue) -> Result<Value, Error> {
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

    /// A notice as it is printed: a page, and where it is.
    pub(crate) async fn printed(&self, request_id: &str) -> Result<(Url, String), Error> {
        let url = self.url(&format!("notices/{request_id}/print"))?;
        Ok((url.clone(), self.text(self.http.get(url)).await?))
    }

    pub(crate) async fn revoke(&self, serial: &str) -> Result<(), Error> {
        self.call(self.http.post(self.url(&format!("certificates/{serial}/revoke"))?)).await.map(|_| ())
    }

    /// The site moves to another TLS root; answers with that, in PEM.
    pub(crate) async fn replace_root(&self) -> Result<String, Error> {
        self.text(self.http.post(self.url("root/replace")?)).await
    }

    pub(crate) async fn end_sessions(&self) -> Result<(), Error> {
        self.call(self.http.delete(self.url("sessions")?)).await.map(|_| ())
    }

    /// The simulated time.
    pub(crate) async fn now(&self) -> Result<jiff::Timestamp, Error> {
        let clock = self.call(self.http.get(self.url("clock")?)).await?;
        let now = clock.get("now").and_then(Value::as_str).and_then(|now| now.parse().ok());
        now.ok_or_else(|| unexpected("clock tells no time"))
    }

    /// The serial number of the certificate with this request ID.
    pub(crate) async fn serial(&self, request_id: &str) -> Result<String, Error> {
        let notice = self.notice(request_id).await?;
        let serial = notice.get("serial").and_then(Value::as_str);
        serial.map(str::to_owned).ok_or_else(|| unexpected("notice has no serial"))
    }

    /// `approve` or `reject`.
    pub(crate) async fn decide_revocation(&self, request_id: &str, decision: &str) -> Result<(), Error> {
        let url = self.url(&format!("revocations/{request_id}/{decision}"))?;
        self.call(self.http.post(url)).await.map(|_| ())
    }

    /// `hold`, `advance` or `fail`.
    pub(crate) async fn steer_renewal(&self, request_id: &str, order: &str) -> Result<(), Error> {
        let url = self.url(&format!("renewals/{request_id}/{order}"))?;
        self.call(self.http.post(url)).await.map(|_| ())
    }

    /// The notice with this request ID.
    pub(crate) async fn notice(&self, request_id: &str) -> Result<Value, Error> {
        self.call(self.http.get(self.url(&format!("notices/{request_id}"))?)).await
    }

    /// All applications for certificates, oldest first.
    pub(crate) async fn applications(&self) -> Result<Vec<Value>, Error> {
        list(self.call(self.http.get(self.url("applications")?)).await?)
    }

    /// The application for certificates with this number.
    pub(crate) async fn application(&self, number: &str) -> Result<Value, Error> {
        self.call(self.http.get(self.url(&format!("applications/{number}"))?)).await
    }

    /// `approve`, `refuse` or `cancel`.
    pub(crate) async fn decide_application(
        &self,
        number: &str,
        decision: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let url = self.url(&format!("applications/{number}/{decision}"))?;
        self.call(self.http.post(url).json(body)).await
    }

    /// 失効申請 by the inquiry of the internet portal.
    pub(crate) async fn revoke_by_inquiry(&self, number: &str, request_id: &str) -> Result<(), Error> {
        let url = self.url(&format!("applications/{number}/revocation"))?;
        self.call(self.http.post(url).json(&json!({ "request_id": request_id }))).await.map(|_| ())
    }

    /// All mails, oldest first.
    pub(crate) async fn mails(&self) -> Result<Vec<Value>, Error> {
        list(self.call(self.http.get(self.url("mails")?)).await?)
    }

    /// Switches a fault on, and answers with its ID.
    pub(crate) async fn set_fault(&self, fault: &Value) -> Result<u64, Error> {
        let set = self.call(self.http.post(self.url("faults")?).json(fault)).await?;
        set.get("id").and_then(Value::as_u64).ok_or_else(|| unexpected("fault has no ID"))
    }

    /// Those of these faults that never struck, by name.
    pub(crate) async fn idle_faults(&self, ids: &[u64]) -> Result<Vec<String>, Error> {
        let faults = list(self.call(self.http.get(self.url("faults")?)).await?)?;
        let number = |fault: &Value, key: &str| fault.get(key).and_then(Value::as_u64);
        let idle = faults.iter().filter(|fault| {
            number(fault, "id").is_some_and(|id| ids.contains(&id)) && number(fault, "fired") == Some(0)
        });
        Ok(idle.filter_map(|fault| Some(fault.get("name")?.as_str()?.to_owned())).collect())
    }

    /// The journal's last records, for a report.
    pub(crate) async fn last_records(&self) -> Vec<String> {
        let lines = self.journal().await.unwrap_or_else(|error| vec![error.to_string()]);
        lines.iter().skip(lines.len().saturating_sub(JOURNAL)).cloned().collect()
    }

    /// The records of the journal, a line each.
    async fn journal(&self) -> Result<Vec<String>, Error> {
        let entries = list(self.call(self.http.get(self.url("journal")?)).await?)?;
        Ok(entries.iter().map(journal_line).collect())
    }

    /// The whole world as a file.
    pub(crate) async fn world(&self) -> Result<Value, Error> {
        self.call(self.http.get(self.url("world")?)).await
    }

    /// Puts a world in place.
    pub(crate) async fn load_world(&self, world: &Value) -> Result<(), Error> {
        self.call(self.http.put(self.url("world")?).json(world)).await.map(|_| ())
    }

    /// The profile in force, as JSON by section and key.
    pub(crate) async fn profile(&self) -> Result<Value, Error> {
        self.call(self.http.get(self.url("profile")?)).await
    }

    fn url(&self, path: &str) -> Result<Url, Error> {
        self.base.join(path).map_err(broken)
    }

    async fn call(&self, request: reqwest::RequestBuilder) -> Result<Value, Error> {
        let text = self.text(request).await?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| Error::broken("control answers with no JSON", error))
    }

    async fn text(&self, request: reqwest::RequestBuilder) -> Result<String, Error> {
        let told = |error: reqwest::Error| Error::broken("control doesn't answer", error.without_url());
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let mut response = request.send().await.map_err(told)?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return Err(unexpected("answer is longer than any world"));
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if !status.is_success() {
            let answer = format!("{status}: {}", text.trim());
            return Err(Error::Refused { status: status.as_u16(), answer });
        }
        Ok(text.into_owned())
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::broken("control", error)
}

fn unexpected(what: &str) -> Error {
    Error::Broken(format!("control's {what}"))
}

fn list(value: Value) -> Result<Vec<Value>, Error> {
    match value {
        Value::Array(list) => Ok(list),
        other => Err(Error::broken("control answers with no list", other)),
    }
}

/// Without its real time and without the peer's port: what differs from run to run tells nothing.
fn journal_line(entry: &Value) -> String {
    let text = |value: &Value, key: &str| match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let exchange = entry.get("exchange");
    let what = exchange.map_or_else(
        || text(entry, "kind"),
        |exchange| {
            format!("{} {} {}", text(exchange, "method"), text(exchange, "path"), text(exchange, "status"))
        },
    );
    let mut line =
        format!("{} {} {what}: {}", text(entry, "sequence"), text(entry, "time"), text(entry, "outcome"));
    for (name, key) in [("request ID", "request_id"), ("fault", "fault"), ("", "detail")] {
        let value = text(entry, key);
        if !value.is_empty() {
            line = format!("{line}, {name} {value}").replace(",  ", ", ");
        }
    }
    line
}
