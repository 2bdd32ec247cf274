//! A terminal that holds a client certificate, for the tests of `/p/ru`.

use obn_tests::{Control, Environment, Notice, Page, Transcript};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use reqwest::{Certificate, Client, Identity};

/// Certificates are issued at this moment, and end with 2030-02-23 in Japan.
pub(crate) const ISSUED: &str = "2026-11-23T03:00:00Z";
/// A moment in the last 90 days.
pub(crate) const RENEWING: &str = "2029-12-01T03:00:00Z";

/// A PFX file, opened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pfx {
    /// Serial number of the certificate
    pub(crate) serial: String,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Pfx {
    /// `None` if the password is another or the file is damaged.
    pub(crate) fn open(bytes: &[u8], password: &str) -> Option<Self> {
        let store = KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Strict).ok()?;
        let (_, chain) = store.private_key_chain()?;
        let certificate = chain.certs().first()?.as_der().to_vec();
        let key = chain.key().as_der().to_vec();
        let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).ok()?;
        let serial = parsed.raw_serial().iter().map(|byte| format!("{byte:02X}")).collect();
        Some(Self { serial, certificate, key })
    }

    /// Whether the key is the certificate's: its modulus stands in both.
    pub(crate) fn fits(&self) -> bool {
        let (_, certificate) = x509_parser::parse_x509_certificate(&self.certificate).unwrap();
        let x509_parser::public_key::PublicKey::RSA(key) = certificate.public_key().parsed().unwrap() else {
            panic!("client certificates are RSA");
        };
        self.key.windows(key.modulus.len()).any(|bytes| bytes == key.modulus)
    }

    pub(crate) fn pem(&self) -> String {
        pem::encode(&pem::Pem::new("CERTIFICATE", self.certificate.clone()))
            + &pem::encode(&pem::Pem::new("PRIVATE KEY", self.key.clone()))
    }
}

/// A terminal of the institution.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    pub(crate) notice: Notice,
    pub(crate) pfx: Pfx,
    root: String,
}

impl Terminal {
    /// Issues a certificate and fetches it at `/p/rcd`.
    pub(crate) async fn new(control: &Control, portal: &str) -> Self {
        let notice = control.issue().await;
        let root = control.text("/root.pem").await;
        let tls = obn_tests::Tls::trusting(root.clone());
        let file = obn_tests::Browser::new(portal, &tls, &[], &Transcript::default())
            .download(&notice, "1234")
            .await;
        let pfx = Pfx::open(file.file().1, "1234").unwrap();
        Self { notice, pfx, root }
    }

    /// The same in a simulator of the test's own.
    pub(crate) async fn of(env: &Environment) -> Self {
        Self::new(&env.control, &env.simulator.portal_url()).await
    }

    /// A browser of this terminal, with connections and cookies of its own.
    pub(crate) fn session(&self, portal: &str) -> Session {
        // All tests want the same; the first one installs it.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .tls_certs_only([Certificate::from_pem(self.root.as_bytes()).unwrap()])
            .identity(Identity::from_pem(self.pfx.pem().as_bytes()).unwrap())
            .cookie_store(true)
            .no_proxy()
            .build()
            .unwrap();
        Session { client, portal: portal.to_owned() }
    }
}

/// A browser that shows the certificate. Its steps answer `None` if the site is gone.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    client: Client,
    portal: String,
}

/// Where a step led.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Path, after redirects
    pub(crate) path: String,
    pub(crate) status: u16,
    file: bool,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    async fn read(response: reqwest::Response) -> Option<Self> {
        Some(Self {
            path: response.url().path().to_owned(),
            status: response.status().as_u16(),
            file: response.headers().contains_key("content-disposition"),
            body: response.bytes().await.ok()?.to_vec(),
        })
    }

    pub(crate) fn page(&self) -> Page {
        assert!(!self.file, "{} should be a page", self.path);
        Page::parse(std::str::from_utf8(&self.body).unwrap())
    }

    /// The file in it, opened.
    pub(crate) fn pfx(&self, password: &str) -> Option<Pfx> {
        self.file.then(|| Pfx::open(&self.body, password))?
    }

    /// The request ID on whose status page it is.
    pub(crate) fn accepted(&self) -> Option<String> {
        self.path.strip_prefix("/p/ru/status/").filter(|_| self.status == 200).map(str::to_owned)
    }
}

impl Session {
    pub(crate) async fn open(&self, path: &str) -> Option<Seen> {
        Seen::read(self.client.get(format!("{}{path}", self.portal)).send().await.ok()?).await
    }

    /// Presses a button of the page's form, with this typed beside the labels.
    pub(crate) async fn press(&self, seen: &Seen, button: &str, typed: &[(&str, &str)]) -> Option<Seen> {
        let form = seen.page().form();
        self.press_at(&form.action.clone(), seen, button, typed).await
    }

    /// The same, sent to another address than the page says.
    pub(crate) async fn press_at(
        &self,
        path: &str,
        seen: &Seen,
        button: &str,
        typed: &[(&str, &str)],
    ) -> Option<Seen> {
        let form = typed.iter().fold(seen.page().form(), |form, (label, text)| form.fill(label, text));
        let request = self.client.post(format!("{}{path}", self.portal)).form(&form.pressed(button));
        Seen::read(request.send().await.ok()?).await
    }

    /// The page with Download, for this renewal.
    pub(crate) async fn choose(&self, request_id: &str, password: &str) -> Option<Seen> {
        let key = self.open(&format!("/p/ru/key/{request_id}")).await?;
        self.press(&key, "Submit", &[("証明書パスワード", password)]).await
    }

    /// From the menu to the file.
    pub(crate) async fn fetch(&self, request_id: &str, password: &str) -> Option<Pfx> {
        self.open("/p/ru").await?;
        let ready = self.choose(request_id, password).await?;
        self.press(&ready, "Download", &[]).await?.pfx(password)
    }
}
