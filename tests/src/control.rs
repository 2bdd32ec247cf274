//! The tester's side: the control API.

use reqwest::Method;
use reqwest::header::HeaderMap;
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
        let url = match path.strip_prefix('/') {
            Some(whole) if whole.starts_with('/') => format!("{}{whole}", self.url),
            _ => format!("{}{}{path}", self.url, self.prefix),
        };
        let mut request = self.client.request(method.clone(), &url).headers(self.headers.clone());
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{method} {url}: {error:?}"));
        let answer = Answer::read(method, response).await;
        self.transcript.exchange(&body.map(ToString::to_string).unwrap_or_default(), &answer);
        answer
    }

    /// GET, whatever comes.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// POST with JSON, whatever comes.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
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
        let answer = self.call(Method::POST, &format!("/certificates/{}/revoke", notice.serial), None).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
    }

    /// The outcomes in the journal, oldest first.
    pub async fn outcomes(&self) -> Vec<String> {
        let entries = self.json("/journal").await;
        let entries = entries.as_array().expect("a list").iter();
        entries.map(|entry| entry["outcome"].as_str().expect("a word").to_owned()).collect()
    }
}
