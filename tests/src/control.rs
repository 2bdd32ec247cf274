//! The tester's side: the control API.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Answer, Notice, Tls, Transcript};

/// A client of the control API, for the default world or another.
#[derive(Clone, Debug)]
pub struct Control {
    client: reqwest::Client,
    url: String,
    prefix: String,
    headers: HeaderMap,
    transcript: Transcript,
}

impl Control {
    /// The control API at this URL, such as `http://127.0.0.1:8444`.
    pub fn new(url: &str, transcript: &Transcript) -> Self {
        // Plain HTTP, but reqwest wants to know what TLS would be.
        let tls = Tls::trusting(String::new()).config();
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build();
        let client = client.expect("the client has all it needs");
        let (url, prefix) = (url.to_owned(), "/api/v1".to_owned());
        Self { client, url, prefix, headers: HeaderMap::new(), transcript: transcript.clone() }
    }

    /// The same for another world.
    #[must_use]
    pub fn of_world(&self, name: &str) -> Self {
        Self { prefix: format!("/api/v1/worlds/{name}"), ..self.clone() }
    }

    /// With this header on every call.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().expect("a header"));
        self
    }

    /// Calls what is at a path below `/api/v1`, or at a whole path that begins with two slashes.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let called = self.try_call(method.clone(), path, body).await;
        called.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
    }

    /// The same as [`call`](Self::call), where control may be gone.
    pub async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = Answer::try_read(method, request.send().await?).await?;
        self.transcript.exchange(&body.map(ToString::to_string).unwrap_or_default(), &answer);
        Ok(answer)
    }

    /// A call that is not like the others, to be sent by whoever makes it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = match path.strip_prefix('/') {
            Some(whole) if whole.starts_with('/') => format!("{}{whole}", self.url),
            _ => format!("{}{}{path}", self.url, self.prefix),
        };
        self.client.request(method, &url).headers(self.headers.clone())
    }

    /// GET, whatever comes.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// POST with JSON, whatever comes.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// POST of nothing, whatever comes.
    pub async fn order(&self, path: &str) -> Answer {
        self.call(Method::POST, path, None).await
    }

    /// PUT with JSON, whatever comes.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// DELETE, whatever comes.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// GET of JSON that must be there.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
        answer.json()
    }

    /// GET of text that must be there.
    pub async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
        answer.text()
    }

    /// Issues the certificate of a terminal to the manual's own institution.
    pub async fn issue(&self) -> Notice {
        self.issue_to(&json!({})).await
    }

    /// Issues a certificate; what is left out is the manual's own institution.
    pub async fn issue_to(&self, application: &Value) -> Notice {
        let mut body = json!({"institution_code": "0110119153", "terminal_name": "受付1号機"});
        let members = application.as_object().expect("an application is an object");
        body.as_object_mut().expect("an object").extend(members.clone());
        let answer = self.post("/notices", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.summary());
        answer.json()
    }

    /// Stops the clock at this instant.
    pub async fn freeze(&self, now: &str) {
        let answer = self.put("/clock", &json!({"now": now, "mode": "frozen"})).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
    }

    /// Moves the clock.
    pub async fn advance(&self, by: &str) {
        let answer = self.post("/clock/advance", &json!({ "by": by })).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
    }

    /// Revokes a certificate.
    pub async fn revoke(&self, notice: &Notice) {
        self.revoke_for("unspecified", notice).await;
    }

    /// Revokes a certificate for a reason.
    pub async fn revoke_for(&self, reason: &str, notice: &Notice) {
        let path = format!("/certificates/{}/revoke", notice.serial);
        let answer = self.post(&path, &json!({ "reason": reason })).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
    }

    /// A certificate (DER), by its serial number.
    pub async fn certificate(&self, serial: &str) -> Vec<u8> {
        let shown = self.json(&format!("/certificates/{serial}")).await;
        der(shown["pem"].as_str().expect("PEM"))
    }

    /// The certificate of the CA (DER) that issues client certificates.
    pub async fn issuer(&self) -> Vec<u8> {
        der(&self.text("/issuer.pem").await)
    }

    /// Switches a fault on.
    pub async fn fault(&self, rule: &Value) -> Value {
        let answer = self.post("/faults", rule).await;
        assert_eq!(answer.status, 201, "{}", answer.summary());
        answer.json()
    }

    /// How often each fault has struck.
    pub async fn fired(&self) -> Vec<u64> {
        let faults = self.json("/faults").await;
        let faults = faults.as_array().expect("a list").iter();
        faults.map(|fault| fault["fired"].as_u64().expect("a number")).collect()
    }

    /// The outcomes in the journal, oldest first.
    pub async fn outcomes(&self) -> Vec<String> {
        let entries = self.json("/journal").await;
        let entries = entries.as_array().expect("a list").iter();
        entries.map(|entry| entry["outcome"].as_str().expect("a word").to_owned()).collect()
    }

    /// The outcomes in the journal that begin with this.
    pub async fn outcomes_of(&self, begin: &str) -> Vec<String> {
        self.outcomes().await.into_iter().filter(|outcome| outcome.starts_with(begin)).collect()
    }

    /// The last record of this kind in the journal, once there is one.
    pub async fn last(&self, kind: &str) -> Value {
        let entries = self.json(&format!("/journal?kind={kind}&wait=5s")).await;
        entries.as_array().expect("a list").last().expect("a record").clone()
    }
}

fn der(pem: &str) -> Vec<u8> {
    pem::parse(pem).expect("PEM").into_contents()
}
