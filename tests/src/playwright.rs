//! Chromium by Playwright, recorded in two ways at once: by Playwright itself, and as the developer tools of Chromium and
//! Edge save what they see.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_client::recording::har::Har;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Version};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::{Answer, Form, Pfx, python_with, require, run};

/// A Chromium. What its windows see is recorded until the end.
#[derive(Debug)]
pub struct Playwright {
    hands: Mutex<Hands>,
    folder: TempDir,
}

#[derive(Debug)]
struct Hands {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// By the certificate that they show (DER); empty: none.
    windows: Vec<Vec<u8>>,
}

/// A window of it, with cookies and perhaps a certificate of its own.
#[derive(Clone, Debug)]
pub struct Window {
    of: Arc<Playwright>,
    number: usize,
    base: String,
}

/// What was recorded, and what was saved.
#[derive(Debug)]
pub struct Recordings {
    /// As Playwright writes it, a file a window.
    pub playwright: Vec<Har>,
    /// As developer tools write it, a file a window.
    pub devtools: Vec<Har>,
    /// Where the files are that were downloaded.
    pub files: PathBuf,
    _folder: TempDir,
}

/// What comes of opening or pressing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Came {
    Failure {
        failure: String,
    },
    Answer {
        method: String,
        status: u16,
        url: String,
        headers: Vec<(String, String)>,
        #[serde(flatten)]
        body: Body,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    /// A file, in Base64.
    Body(String),
    /// A page, decoded.
    Text(String),
}

impl Playwright {
    /// Starts it; `None` where a part of it is missing.
    pub async fn start() -> Option<Arc<Self>> {
        let driver = driver().await?;
        if !require("chromium") {
            return None;
        }
        let folder = TempDir::new().expect("a folder");
        let mut child = Command::new(driver.join("node"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/playwright.mjs"))
            .arg(driver.join("package"))
            .arg("/usr/bin/chromium")
            .arg(folder.path())
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Playwright's Node starts");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let hands = Hands { child, input, output, windows: Vec::new() };
        Some(Arc::new(Self { hands: Mutex::new(hands), folder }))
    }

    /// A window without cookies for the site at `base`, which shows this certificate to `origins`.
    pub async fn window(self: &Arc<Self>, base: &str, identity: Option<&Pfx>, origins: &[String]) -> Window {
        let mut hands = self.hands.lock().await;
        let shown = identity.map(|pfx| pfx.chain[0].clone()).unwrap_or_default();
        let number = match hands.windows.iter().position(|known| *known == shown) {
            Some(number) => {
                hands.ask(&json!({ "forget": { "tab": number } })).await;
                number
            }
            None => {
                hands.windows.push(shown);
                let number = hands.windows.len() - 1;
                let mut tab = json!({ "tab": number, "origins": origins });
                if let Some(pfx) = identity {
                    let pem = |tag: &str, bytes: &[u8]| pem::encode(&pem::Pem::new(tag, bytes.to_vec()));
                    tab["certificate"] = pem("CERTIFICATE", &pfx.chain[0]).into();
                    tab["key"] = pem("PRIVATE KEY", &pfx.key).into();
                }
                hands.ask(&json!({ "tab": tab })).await;
                number
            }
        };
        Window { of: Arc::clone(self), number, base: base.to_owned() }
    }

    /// Saves the certificate of the site at this address, as the browser's viewer exports it.
    pub async fn save_certificate(&self, origin: &str) {
        self.hands.lock().await.ask(&json!({ "certificate": { "tab": 0, "origin": origin } })).await;
    }

    /// Closes it and answers with all that was recorded.
    pub async fn end(self: Arc<Self>) -> Recordings {
        let this = Arc::into_inner(self).expect("no window is left");
        let mut hands = this.hands.into_inner();
        hands.ask(&json!({ "end": {} })).await;
        hands.child.wait().await.expect("it ends");
        let folder = this.folder;
        let read = |name: &str| -> Vec<Har> {
            let files =
                (0..hands.windows.len()).map(|number| folder.path().join(format!("{name}-{number}.har")));
            let bytes = files.map(|path| std::fs::read(path).expect("it was written"));
            bytes.map(|bytes| Har::read(&bytes).expect("it is a HAR").har).collect()
        };
        Recordings {
            playwright: read("playwright"),
            devtools: read("devtools"),
            files: folder.path().join("files"),
            _folder: folder,
        }
    }
}

impl Hands {
    async fn ask(&mut self, what: &Value) -> Value {
        self.input.write_all(format!("{what}\n").as_bytes()).await.expect("it listens");
        let line = self.output.next_line().await.expect("it says text");
        let line = line.unwrap_or_else(|| panic!("Playwright ended at {what}"));
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Window {
    async fn came(&self, what: Value) -> Result<Answer, String> {
        let said = self.of.hands.lock().await.ask(&what).await;
        match serde_json::from_value(said.clone()).unwrap_or_else(|error| panic!("{what}: {error}: {said}")) {
            Came::Failure { failure } => Err(failure),
            Came::Answer { method, status, url, headers, body } => {
                let headers: HeaderMap =
                    headers.iter().filter_map(|(name, value)| header(name, value)).collect();
                let mut answer = Answer {
                    method: method.parse::<Method>().expect("a method"),
                    url,
                    status: StatusCode::from_u16(status).expect("a status"),
                    version: Version::HTTP_11,
                    headers,
                    body: Vec::new(),
                };
                answer.body = match body {
                    Body::Body(text) => BASE64.decode(text).expect("it is Base64"),
                    Body::Text(text) => answer.encoding().encode(&text).0.into_owned(),
                };
                Ok(answer)
            }
        }
    }

    /// Types an address; redirects are followed.
    ///
    /// # Errors
    /// What the browser says if nothing comes.
    pub async fn visit(&self, path: &str) -> Result<Answer, String> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.came(json!({ "open": { "tab": self.number, "url": url } })).await
    }

    /// Types what is in the visible fields of a form and presses a button of it.
    ///
    /// # Errors
    /// What the browser says if nothing comes.
    pub async fn press(&self, form: &Form, button: &str) -> Result<Answer, String> {
        let visible = form.fields.iter().filter(|field| field.kind != "hidden");
        let fields: Vec<_> = visible.map(|field| (&field.name, &field.value)).collect();
        let press = json!({ "tab": self.number, "url": form.page, "button": button, "fields": fields });
        self.came(json!({ "press": press })).await
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((name.parse().ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}

/// Where pip put Playwright, with a Node of its own.
async fn driver() -> Option<PathBuf> {
    let python = python_with("playwright").await?;
    let asked = run(python, &["-c", "import playwright; print(playwright.__path__[0])"]).await;
    Some(Path::new(asked.ok().trim()).join("driver"))
}
