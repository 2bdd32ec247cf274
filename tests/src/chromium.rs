//! A real Chromium on the real address, with the simulator's root trusted in a home of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::{Environment, require_all, require_mounts, run};

/// Which certificate is shown without asking: without it, the picker stays open for ever.
const CHOICE: &str = r#"{"AutoSelectCertificateForUrls": [
    "{\"pattern\":\"https://cert.obn.managedpki.ne.jp\",\"filter\":{\"ISSUER\":{\"CN\":\"Online Billing NW Common Root CA - G1\"}}}",
    "{\"pattern\":\"https://hweb.oqs.onshikaku.org\",\"filter\":{\"ISSUER\":{\"CN\":\"Online Billing NW Common Root CA - G1\"}}}"]}"#;

/// A headless Chromium, by its driver. Its pictures go to `target/screenshots`, to be looked at.
#[derive(Debug)]
pub struct Chromium {
    /// What steers it.
    pub client: Client,
    _driver: Child,
    home: TempDir,
}

impl Chromium {
    /// A browser without a client certificate; `None` where a part of it is missing.
    pub async fn start(env: &Environment) -> Option<Self> {
        Self::start_as(env, &json!({})).await
    }

    /// The same on a phone that is 390 pixels wide.
    pub async fn on_a_phone(env: &Environment) -> Option<Self> {
        let phone =
            json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 1, "touch": true } });
        Self::start_as(env, &json!({ "mobileEmulation": phone })).await
    }

    async fn start_as(env: &Environment, more: &Value) -> Option<Self> {
        if !require_all(&["chromium", "chromedriver", "certutil"]) {
            return None;
        }
        let home = TempDir::new().expect("a folder");
        trust(env, &home).await;
        Some(Self::launch(env, home, Command::new("chromedriver"), more).await)
    }

    /// A browser that shows the certificate of this PFX file wherever it is asked for one of our CA.
    pub async fn with_identity(env: &Environment, pfx: &[u8], password: &str) -> Option<Self> {
        if !require_all(&["chromium", "chromedriver", "certutil", "pk12util"]) || !require_mounts().await {
            return None;
        }
        let home = TempDir::new().expect("a folder");
        let database = trust(env, &home).await;
        let file = home.path().join("identity.p12");
        std::fs::write(&file, pfx).expect("the folder is ours");
        run("pk12util", &["-d", &database, "-i", text(&file), "-W", password]).await.ok();
        // Chromium's policies are the machine's, so each browser sees an `/etc/chromium` of its own.
        let settings = home.path().join("etc");
        std::fs::create_dir_all(settings.join("policies/managed")).expect("the folder is ours");
        std::fs::write(settings.join("policies/managed/choice.json"), CHOICE).expect("the folder is ours");
        let mut driver = Command::new("unshare");
        driver
            .args(["-m", "sh", "-ec", "mount --bind \"$0\" /etc/chromium; exec chromedriver \"$@\""])
            .arg(&settings);
        Some(Self::launch(env, home, driver, &json!({})).await)
    }

    /// The port that it says it has, unless it ends before that.
    async fn port(driver: &mut Child) -> Option<String> {
        let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        while let Some(line) = lines.next_line().await.expect("it says text") {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return Some(port.trim_end_matches('.').to_owned());
            }
        }
        None
    }

    async fn launch(env: &Environment, home: TempDir, mut driver: Command, more: &Value) -> Self {
        driver
            .arg("--port=0")
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        // It takes a port that is free for IPv4, and ends if another has it for IPv6.
        let mut tries = 0;
        let (driver, port) = loop {
            let mut driver = driver.spawn().expect("chromedriver is there");
            if let Some(port) = Self::port(&mut driver).await {
                break (driver, port);
            }
            tries += 1;
            assert!(tries < 5, "chromedriver ended {tries} times before it had a port");
        };
        let downloads = home.path().join("downloads");
        std::fs::create_dir_all(&downloads).expect("the folder is ours");
        let portal = env.simulator.portal_address().port();
        let mut hosts = format!("MAP cert.obn.managedpki.ne.jp 127.0.0.1:{portal}");
        if let Some(address) = env.simulator.relying_party_address() {
            hosts += &format!(", MAP hweb.oqs.onshikaku.org 127.0.0.1:{}", address.port());
        }
        let mut capabilities = json!({
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                    "--no-first-run", "--disable-background-networking", "--disable-component-update",
                    "--disable-sync", "--lang=ja", "--window-size=1000,900",
                    format!("--user-data-dir={}", home.path().join("profile").display()),
                    format!("--host-resolver-rules={hosts}"),
                ],
                "prefs": {
                    "download.default_directory": downloads,
                    "download.prompt_for_download": false,
                    "intl.accept_languages": "ja",
                },
            },
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            capabilities["goog:chromeOptions"][name] = value.clone();
        }
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().expect("it is an object").clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromedriver starts Chromium");
        Self { client, _driver: driver, home }
    }

    /// A folder or file in its home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Takes a picture of what is shown.
    pub async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("screenshots");
        std::fs::create_dir_all(&folder).expect("target is ours");
        let png = self.client.screenshot().await.expect("a picture");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("target is ours");
    }

    /// Closes it.
    pub async fn end(self) {
        self.client.close().await.expect("it closes");
    }
}

/// A fresh NSS database without a password; answers with its name for NSS's tools.
pub async fn nss_database(folder: &Path) -> String {
    std::fs::create_dir_all(folder).expect("the folder is ours");
    let database = format!("sql:{}", folder.display());
    run("certutil", &["-d", &database, "-N", "--empty-password"]).await.ok();
    database
}

/// Has the simulator's root trusted in the database of this home.
async fn trust(env: &Environment, home: &TempDir) -> String {
    let database = nss_database(&home.path().join(".pki/nssdb")).await;
    let root = home.path().join("root.pem");
    std::fs::write(&root, env.tls().roots).expect("the folder is ours");
    run("certutil", &["-d", &database, "-A", "-n", "simulator", "-t", "C,,", "-i", text(&root)]).await.ok();
    database
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are ASCII")
}
