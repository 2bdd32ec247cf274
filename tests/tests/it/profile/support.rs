//! A ground of worlds that share keys, and a browser that knows pages by their labels alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_ca::profile::Profile;
use obn_ca::{Options, Simulator};
use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, ClientBuilder, Identity, RequestBuilder, StatusCode};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

/// When everything begins: 10 o'clock in Japan.
pub(crate) const NOON: &str = "2026-11-23T01:00:00Z";
/// Inside the renewal window of the ground's certificates, which end on 2030-02-23.
pub(crate) const RENEWABLE: &str = "2029-12-01T01:00:00Z";
/// The institution of the ground's two certificates.
pub(crate) const CODE: &str = "0110119153";

/// One simulator with a saved world from which others begin: keys are dear, and these are shared.
pub(crate) struct Ground {
    simulator: Simulator,
    client: Client,
    saved: Value,
    next: AtomicU32,
}

impl Ground {
    /// The saved world stands still at [`NOON`] and has two certificates of one institution.
    pub(crate) async fn start() -> Arc<Self> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let options = Options::for_tests().seed("profile keys");
        let loopback = "127.0.0.1:0".parse().unwrap();
        let options = Options { sample: false, renewal_listen: Some(loopback), ..options };
        let simulator = Simulator::start(options).await.unwrap();
        let client = Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        let site = Site {
            control: format!("{}/api/v1", simulator.control_url()),
            portal: simulator.portal_url(),
            root: simulator.worlds().default_world().world.tls.root_pem(),
            client: client.clone(),
            saved: Arc::new(Value::Null),
        };
        site.at(NOON).await;
        for terminal in ["one", "two"] {
            let notice = site.issue(json!({ "institution_code": CODE, "terminal_name": terminal })).await;
            site.certificate(notice["serial"].as_str().unwrap()).await;
        }
        let saved = site.call("GET", "/world", Value::Null).await.1;
        Arc::new(Self { simulator, client, saved, next: AtomicU32::new(0) })
    }

    /// A world of its own with this profile (dotted keys of TOML): the saved one, or a fresh one.
    pub(crate) async fn site(&self, profile: &str, fresh: bool) -> Site {
        let profile = Profile::from_toml(profile).unwrap_or_else(|error| panic!("{profile}: {error}"));
        let profile = serde_json::to_value(profile).unwrap();
        let name = format!("w{}", self.next.fetch_add(1, Ordering::Relaxed));
        let mut saved = self.saved.clone();
        let body = if fresh {
            json!({ "name": name, "listen": "127.0.0.1:0", "seed": "profile keys", "profile": profile })
        } else {
            saved["settings"]["profile"] = profile;
            json!({ "name": name, "listen": "127.0.0.1:0", "file": saved })
        };
        let of_process = Site {
            control: format!("{}/api/v1", self.simulator.control_url()),
            portal: String::new(),
            root: String::new(),
            client: self.client.clone(),
            saved: Arc::new(if fresh { Value::Null } else { saved }),
        };
        let (status, body) = of_process.call("POST", "/worlds", body).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let control = format!("{}/worlds/{name}", of_process.control);
        let portal = body["portal"].as_str().unwrap().to_owned();
        let site = Site { control, portal, ..of_process };
        if fresh {
            site.at(NOON).await;
        }
        let root = site.call("GET", "/root.pem", Value::Null).await.1;
        Site { root: root.as_str().unwrap().to_owned(), ..site }
    }
}

/// One world, from outside.
#[derive(Clone)]
pub(crate) struct Site {
    control: String,
    pub(crate) portal: String,
    pub(crate) root: String,
    client: Client,
    saved: Arc<Value>,
}

/// A notice's IDs and its certificate.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) request_id: String,
    pub(crate) reference_id: String,
    pub(crate) serial: String,
}

impl Site {
    /// Calls control for this world.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.control));
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.call("GET", path, Value::Null).await.1
    }

    pub(crate) async fn post(&self, path: &str) -> (StatusCode, Value) {
        self.call("POST", path, json!({})).await
    }

    /// Sets the clock and stops it.
    pub(crate) async fn at(&self, now: &str) {
        let (status, body) = self.call("PUT", "/clock", json!({ "now": now, "mode": "frozen" })).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    pub(crate) async fn advance(&self, by: &str) {
        let (status, body) = self.call("POST", "/clock/advance", json!({ "by": by })).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    /// Issues a notice; the body as control takes it.
    pub(crate) async fn issue(&self, application: Value) -> Value {
        let (status, body) = self.call("POST", "/notices", application).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body
    }

    /// One of the two notices of the saved world.
    pub(crate) async fn notice(&self, index: usize) -> Notice {
        notice(&self.get("/notices").await[index])
    }

    /// DER of a certificate.
    pub(crate) async fn certificate(&self, serial: &str) -> Vec<u8> {
        let body = self.get(&format!("/certificates/{serial}")).await;
        ::pem::parse(body["pem"].as_str().unwrap()).unwrap().into_contents()
    }

    /// DER of the certificate of a notice that is issued now.
    pub(crate) async fn issued_certificate(&self, code: &str, category: &str) -> Vec<u8> {
        let body = json!({ "institution_code": code, "terminal_name": "new", "category": category });
        let notice = self.issue(body).await;
        self.certificate(notice["serial"].as_str().unwrap()).await
    }

    /// DER of the client CA's certificate.
    pub(crate) async fn issuer(&self) -> Vec<u8> {
        ::pem::parse(self.get("/issuer.pem").await.as_str().unwrap()).unwrap().into_contents()
    }

    pub(crate) async fn revoke(&self, serial: &str, reason: &str) {
        let path = format!("/certificates/{serial}/revoke");
        let (status, body) = self.call("POST", &path, json!({ "reason": reason })).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    /// A browser without cookies and certificates.
    pub(crate) fn browser(&self) -> Browser {
        self.browser_with(|builder| builder)
    }

    /// A browser that shows one of the two certificates of the saved world.
    pub(crate) fn terminal(&self, index: usize) -> Browser {
        let material = &self.saved["certificates"][index]["material"];
        let der = |name: &str| BASE64.decode(material[name].as_str().unwrap()).unwrap();
        self.showing("PRIVATE KEY", &der("key"), &der("certificate"))
    }

    /// A browser that shows this certificate.
    pub(crate) fn showing(&self, key_tag: &str, key: &[u8], certificate: &[u8]) -> Browser {
        let encode = |tag: &str, der: &[u8]| pem::encode(&pem::Pem::new(tag, der));
        let text = encode(key_tag, key) + &encode("CERTIFICATE", certificate);
        let identity = Identity::from_pem(text.as_bytes()).unwrap();
        self.browser_with(|builder| builder.identity(identity))
    }

    pub(crate) fn browser_with(&self, settings: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Browser {
        let root = Certificate::from_pem(self.root.as_bytes()).unwrap();
        // Where the site sends to the listener for renewals, it does so by the world's name.
        let name = format!("{}.localhost", self.control.rsplit('/').next().unwrap());
        let builder = Client::builder().tls_certs_only([root]).no_proxy().cookie_store(true);
        let builder = builder.resolve(&name, "127.0.0.1:0".parse().unwrap());
        Browser { client: settings(builder).build().unwrap(), portal: self.portal.clone() }
    }
}

pub(crate) fn notice(body: &Value) -> Notice {
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned();
    Notice { request_id: text("request_id"), reference_id: text("reference_id"), serial: text("serial") }
}

/// What a user sits in front of. It fills in fields by the IDs of their labels, never by name.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    portal: String,
}

impl Browser {
    pub(crate) async fn open(&self, path: &str) -> Page {
        self.try_open(path).await.unwrap()
    }

    pub(crate) async fn try_open(&self, path: &str) -> reqwest::Result<Page> {
        self.send(self.client.get(format!("{}{path}", self.portal))).await
    }

    /// Sends the first form of a page, with this typed in.
    pub(crate) async fn submit(&self, page: &Page, typed: &[(&str, &str)]) -> Page {
        let (method, action, fields) = page.form(typed);
        let url = format!("{}{action}", self.portal);
        let request = match method.as_str() {
            "get" => self.client.get(url),
            _ => self.client.post(url).form(&fields),
        };
        self.send(request).await.unwrap()
    }

    async fn send(&self, request: RequestBuilder) -> reqwest::Result<Page> {
        let response = request.send().await?;
        let (status, headers, url) = (response.status(), response.headers().clone(), response.url().clone());
        Ok(Page { status, headers, url, bytes: response.bytes().await?.to_vec() })
    }

    /// Fetches a certificate at /p/rcd.
    pub(crate) async fn fetch(&self, notice: &Notice, password: &str) -> Page {
        let page = self.open("/p/rcd").await;
        self.submit(&page, &download(&notice.request_id, &notice.reference_id, password)).await
    }

    /// Applies for a renewal at /p/ru; ends on the status page.
    pub(crate) async fn renew(&self) -> Page {
        self.open("/p/ru").await;
        let page = self.open("/p/ru/apply").await;
        if page.has("form") { self.submit(&page, &[]).await } else { page }
    }

    /// Fetches the key of a renewal at /p/ru.
    pub(crate) async fn collect(&self, request_id: &str) -> Page {
        self.open("/p/ru").await;
        let page = self.open(&format!("/p/ru/key/{request_id}")).await;
        if !page.has("#password") {
            return page;
        }
        let page = self.submit(&page, &[("password", "1234")]).await;
        self.submit(&page, &[]).await
    }

    /// Types the IDs at /p/rx.
    pub(crate) async fn identify(&self, notice: &Notice) -> Page {
        let page = self.open("/p/rx").await;
        if !page.has("form") {
            return page;
        }
        let ids = [("request_id", &*notice.request_id), ("reference_id", &*notice.reference_id)];
        self.submit(&page, &ids).await
    }

    /// Applies for a revocation at /p/rx, to the last page.
    pub(crate) async fn apply_for_revocation(&self, notice: &Notice) -> Page {
        let page = self.identify(notice).await;
        let page = self.submit(&page, &mail("a@example.jp", "a@example.jp")).await;
        self.submit(&page, &[]).await
    }
}

/// What is typed at /p/rcd.
pub(crate) fn download<'a>(
    request_id: &'a str,
    reference_id: &'a str,
    password: &'a str,
) -> [(&'a str, &'a str); 4] {
    [
        ("request_id", request_id),
        ("reference_id", reference_id),
        ("password", password),
        ("password_confirmation", password),
    ]
}

/// What is typed on the second page of /p/rx.
pub(crate) fn mail<'a>(address: &'a str, again: &'a str) -> [(&'a str, &'a str); 2] {
    [("email", address), ("email_confirmation", again)]
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) url: reqwest::Url,
    pub(crate) bytes: Vec<u8>,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("none", |value| value.to_str().unwrap())
    }

    fn html(&self) -> Html {
        let label = self.header("content-type").split("charset=").nth(1).unwrap_or("UTF-8");
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        Html::parse_document(&encoding.decode(&self.bytes).0)
    }

    pub(crate) fn has(&self, selector: &str) -> bool {
        self.html().select(&Selector::parse(selector).unwrap()).next().is_some()
    }

    pub(crate) fn count(&self, selector: &str) -> usize {
        self.html().select(&Selector::parse(selector).unwrap()).count()
    }

    /// An attribute of the first element that fits.
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let html = self.html();
        let element = html.select(&Selector::parse(selector).unwrap()).next()?;
        element.attr(name).map(str::to_owned)
    }

    /// The text of all elements that fit.
    pub(crate) fn text(&self, selector: &str) -> String {
        let html = self.html();
        let selector = Selector::parse(selector).unwrap();
        let texts: Vec<String> = html.select(&selector).map(|element| element.text().collect()).collect();
        texts.join("|")
    }

    /// What came: the heading of a page, or `file`.
    pub(crate) fn what(&self) -> String {
        if self.headers.contains_key("content-disposition") { "file".to_owned() } else { self.text("h1") }
    }

    /// `file`, or the message that came instead.
    pub(crate) fn told(&self) -> String {
        match self.what() {
            file if file == "file" => file,
            _ if self.has("p.error") => self.text("p.error"),
            heading => heading,
        }
    }

    /// `file`, or the first paragraph of the page that came instead, if no message stands beside a field.
    pub(crate) fn told_paragraph(&self) -> String {
        match self.told() {
            heading if heading == self.text("h1") => {
                self.text("main p").split('|').next().unwrap_or_default().to_owned()
            }
            told => told,
        }
    }

    /// The request ID on a status page.
    pub(crate) fn request_id(&self) -> String {
        let cells = self.text("table.form td");
        cells.split('|').next().unwrap_or_default().to_owned()
    }

    /// Method, action and fields of the first form.
    fn form(&self, typed: &[(&str, &str)]) -> (String, String, Vec<(String, String)>) {
        let html = self.html();
        let form = Selector::parse("form").unwrap();
        let form = html.select(&form).next().unwrap_or_else(|| panic!("no form: {}", self.text("main")));
        let attribute = |element: ElementRef<'_>, name| element.attr(name).unwrap_or_default().to_owned();
        let controls = Selector::parse("input, button").unwrap();
        let fields = form.select(&controls).map(|element| {
            let entered = typed.iter().find(|(id, _)| Some(*id) == element.attr("id"));
            let value = entered.map_or(attribute(element, "value"), |(_, value)| (*value).to_owned());
            (attribute(element, "name"), value)
        });
        (attribute(form, "method"), attribute(form, "action"), fields.collect())
    }
}
