//! A simulator of the test's own, and browsers that read its pages as a person does.

use std::sync::Arc;

use obn_ca::authority::{Application, Record};
use obn_ca::clock::Mode;
use obn_ca::profile::Profile;
use obn_ca::store::StoreUrl;
use obn_ca::world::World;
use obn_ca::{Options, Simulator};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use reqwest::{Certificate, Identity, Response};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

/// Certificates are issued on this day, and end with 2030-02-23 in Japan.
pub(crate) const ISSUED: &str = "2026-11-23T03:00:00Z";
/// A moment in the renewal window.
pub(crate) const RENEWING: &str = "2029-12-01T03:00:00Z";

pub(crate) struct Site {
    simulator: Simulator,
    pub(crate) world: Arc<World>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Profile)) -> Self {
        Self::on(StoreUrl::Memory, change).await
    }

    pub(crate) async fn on(store: StoreUrl, change: impl FnOnce(&mut Profile)) -> Self {
        // All tests want the same; the first one installs it.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut profile = Profile::default();
        change(&mut profile);
        let options =
            Options { sample: false, store, ..Options::for_tests().profile(profile).seed("ru and rx") };
        let simulator = Simulator::start(options).await.unwrap();
        let world = Arc::clone(&simulator.worlds().default_world().world);
        let site = Self { simulator, world };
        if site.world.records().await.unwrap().is_empty() {
            site.at(ISSUED).await;
        }
        site
    }

    pub(crate) async fn stop(self) {
        self.simulator.stop().await;
    }

    /// Freezes the clock at this moment.
    pub(crate) async fn at(&self, moment: &str) {
        let set = self.world.set_clock(Some(moment.parse().unwrap()), Some(Mode::Frozen)).await;
        set.unwrap();
    }

    /// Moves the clock.
    pub(crate) async fn later(&self, seconds: i64) {
        let now = self.world.clock.now() + jiff::SignedDuration::from_secs(seconds);
        self.world.set_clock(Some(now), None).await.unwrap();
    }

    /// A certificate for a terminal of the manual's institution.
    pub(crate) async fn issue(&self, terminal: &str) -> Record {
        let application = Application { terminal_name: terminal.to_owned(), ..obn_ca::sample_application() };
        self.world.issue(application).await.unwrap().0
    }

    /// A browser of a terminal whose certificate was fetched at `/p/rcd`.
    pub(crate) async fn terminal(&self, record: &Record) -> Browser {
        self.browser(Some(&self.pfx(record).await))
    }

    /// The file of `/p/rcd`.
    pub(crate) async fn pfx(&self, record: &Record) -> Pfx {
        let notice = &record.notice;
        let file = self.world.download(&notice.request_id, &notice.reference_id, "1234".parse().unwrap());
        Pfx::open(&file.await.unwrap().bytes, "1234")
    }

    pub(crate) fn browser(&self, identity: Option<&Pfx>) -> Browser {
        self.browser_with(identity, |builder| builder)
    }

    pub(crate) fn browser_with(
        &self,
        identity: Option<&Pfx>,
        change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Browser {
        let root = Certificate::from_pem(self.world.tls.root_pem().as_bytes()).unwrap();
        let mut builder = reqwest::Client::builder().tls_certs_only([root]).cookie_store(true).no_proxy();
        if let Some(pfx) = identity {
            builder = builder.identity(Identity::from_pem(pfx.pem().as_bytes()).unwrap());
        }
        Browser { client: change(builder).build().unwrap(), base: self.simulator.portal_url() }
    }

    pub(crate) async fn control(&self, path: &str) -> Value {
        let url = format!("{}/api/v1{path}", self.simulator.control_url());
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    /// Posts nothing to control and answers with the status and what came back.
    pub(crate) async fn post(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/api/v1{path}", self.simulator.control_url());
        let response = reqwest::Client::new().post(url).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    /// The outcomes in the journal that begin with this.
    pub(crate) fn outcomes(&self, prefix: &str) -> Vec<String> {
        let entries = self.world.journal.after(0).into_iter().map(|entry| entry.outcome.into_owned());
        entries.filter(|outcome| outcome.starts_with(prefix)).collect()
    }

    pub(crate) fn worlds(&self) -> &obn_ca::worlds::Worlds {
        self.simulator.worlds()
    }

    pub(crate) fn portal_address(&self) -> std::net::SocketAddr {
        self.simulator.portal_address()
    }

    pub(crate) fn renewal_port(&self) -> Option<u16> {
        self.simulator.renewal_address().map(|address| address.port())
    }
}

/// A PFX file, opened.
pub(crate) struct Pfx {
    pub(crate) serial: String,
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

impl Pfx {
    pub(crate) fn open(bytes: &[u8], password: &str) -> Self {
        let store = KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Strict).unwrap();
        let (_, chain) = store.private_key_chain().unwrap();
        let certificate = chain.certs().first().unwrap().as_der();
        Self::of(certificate, chain.key().as_der())
    }

    pub(crate) fn opens(bytes: &[u8], password: &str) -> bool {
        KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Strict).is_ok()
    }

    pub(crate) fn of(certificate: &[u8], key: &[u8]) -> Self {
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate).unwrap();
        let serial = parsed.raw_serial().iter().map(|octet| format!("{octet:02X}")).collect();
        Self { serial, certificate: certificate.to_vec(), key: key.to_vec() }
    }

    fn pem(&self) -> String {
        pem::encode(&pem::Pem::new("CERTIFICATE", self.certificate.clone()))
            + &pem::encode(&pem::Pem::new("PRIVATE KEY", self.key.clone()))
    }
}

#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) client: reqwest::Client,
    pub(crate) base: String,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) url: String,
    pub(crate) html: String,
}

impl Browser {
    pub(crate) async fn open(&self, path: &str) -> Page {
        let url = if path.starts_with("https:") { path.to_owned() } else { format!("{}{path}", self.base) };
        Page::of(self.client.get(url).send().await.unwrap()).await
    }

    pub(crate) async fn follow(&self, page: &Page, link: &str) -> Page {
        self.open(&page.resolve(&page.link(link))).await
    }

    pub(crate) async fn press(&self, page: &Page, button: &str, typed: &[(&str, &str)]) -> Page {
        Page::of(self.send(page, button, typed).await).await
    }

    /// Presses a button that leads to a file, and answers with its name and content.
    pub(crate) async fn save(&self, page: &Page, button: &str) -> (String, Vec<u8>) {
        let response = self.send(page, button, &[]).await;
        let name = response.headers()["content-disposition"].to_str().unwrap().to_owned();
        (name, response.bytes().await.unwrap().to_vec())
    }

    async fn send(&self, page: &Page, button: &str, typed: &[(&str, &str)]) -> Response {
        let (method, action, fields) = page.form(button, typed);
        let url = page.resolve(&action);
        let request = match method.as_str() {
            "post" => self.client.post(url).form(&fields),
            _ => self.client.get(url),
        };
        request.send().await.unwrap()
    }

    /// Opens `/p/ru` and goes on to the page before Submit.
    pub(crate) async fn to_confirmation(&self) -> Page {
        let menu = self.open("/p/ru").await;
        self.follow(&menu, "証明書更新申請").await
    }

    /// From 鍵の取得 to the file.
    pub(crate) async fn fetch_key(&self, key: &Page, password: &str) -> (String, Vec<u8>) {
        let ready = self.press(key, "Submit", &[("証明書パスワード", password)]).await;
        self.save(&ready, "Download").await
    }
}

impl Page {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, url) = (response.status().as_u16(), response.url().to_string());
        Self { status, url, html: response.text().await.unwrap() }
    }

    pub(crate) fn heading(&self) -> String {
        self.texts("h1").join(" / ")
    }

    pub(crate) fn says(&self, text: &str) -> bool {
        text_of(Html::parse_document(&self.html).root_element()).contains(text)
    }

    /// What stands beside this label in a table.
    pub(crate) fn beside(&self, label: &str) -> Vec<String> {
        let document = Html::parse_document(&self.html);
        let (row, th, td) = (selector("tr"), selector("th"), selector("td"));
        let rows = document.select(&row).filter_map(|row| {
            let name = text_of(row.select(&th).next()?);
            (name == label).then(|| row.select(&td).next().map(text_of))?
        });
        rows.collect()
    }

    pub(crate) fn status_word(&self) -> String {
        self.beside("証明書ステータス").join("")
    }

    pub(crate) fn request_id(&self) -> String {
        self.beside("リクエストID").join("")
    }

    pub(crate) fn refresh(&self) -> Option<String> {
        let document = Html::parse_document(&self.html);
        let meta = document.select(&selector("meta[http-equiv=refresh]")).next()?;
        meta.attr("content").map(str::to_owned)
    }

    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        Html::parse_document(&self.html).select(&selector(css)).map(text_of).collect()
    }

    fn link(&self, text: &str) -> String {
        let document = Html::parse_document(&self.html);
        let link = document.select(&selector("a")).find(|link| text_of(*link) == text);
        link.unwrap_or_else(|| panic!("no link {text}: {}", self.html)).attr("href").unwrap().to_owned()
    }

    pub(crate) fn form(
        &self,
        button: &str,
        typed: &[(&str, &str)],
    ) -> (String, String, Vec<(String, String)>) {
        let document = Html::parse_document(&self.html);
        let pressed = |form: &ElementRef<'_>| form.select(&selector("button")).any(|b| text_of(b) == button);
        let form = document.select(&selector("form")).find(pressed);
        let form = form.unwrap_or_else(|| panic!("no button {button}: {}", self.html));
        let name_of = |label: &str| {
            let label = form.select(&selector("label")).find(|element| text_of(*element) == label);
            let label = label.unwrap_or_else(|| panic!("no such field: {}", self.html));
            let id = label.attr("for").unwrap();
            let input = form.select(&selector("input")).find(|input| input.attr("id") == Some(id)).unwrap();
            input.attr("name").unwrap().to_owned()
        };
        let hidden = selector("input[type=hidden]");
        let hidden = form.select(&hidden).map(|input| {
            (input.attr("name").unwrap().to_owned(), input.attr("value").unwrap_or_default().to_owned())
        });
        let typed = typed.iter().map(|(label, value)| (name_of(label), (*value).to_owned()));
        let attribute = |name| form.attr(name).unwrap_or_default().to_owned();
        (attribute("method"), attribute("action"), hidden.chain(typed).collect())
    }

    fn resolve(&self, reference: &str) -> String {
        let origin = self.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        format!("{origin}{reference}")
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
