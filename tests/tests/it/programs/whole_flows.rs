//! Other people's software through the whole life of a certificate, at the real host name and with TLS verified: it
//! downloads, imports, authenticates at `/p/ru`, and is refused after the revocation. Chromium does so in
//! `browsers`.
//!
//! The programs are those of `scenarios/starters`, as vendors would write them.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use obn_ca::Options;
use obn_tests::{
    Environment, Notice, RENEWING, Ran, at_the_real_names, python_with, require_all, require_mounts, run_with,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// A terminal in the billing network: the real names lead to a simulator.
struct Terminal {
    env: Environment,
    notice: Notice,
    folder: TempDir,
}

impl Terminal {
    async fn new() -> Self {
        let env = Environment::options(Options::for_tests().profile(at_once())).await;
        let notice = env.issue().await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), env.tls().roots).unwrap();
        Self { env, notice, folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn port(&self) -> u16 {
        self.env.simulator.portal_address().port()
    }

    fn url(&self, path: &str) -> String {
        format!("https://cert.obn.managedpki.ne.jp:{}{path}", self.port())
    }

    /// A command in the terminal's folder.
    fn command(&self, command: &[&str]) -> Command {
        let mut built = at_the_real_names(command[0]);
        built.args(&command[1..]).current_dir(self.folder.path()).env_clear();
        built.envs(std::env::var_os("PATH").map(|path| ("PATH", path))).env("HOME", self.folder.path());
        built.envs(std::env::var_os("PYTHONPATH").map(|path| ("PYTHONPATH", path)));
        built
    }

    async fn run(&self, command: &[&str]) -> Ran {
        run_with(&mut self.command(command), "").await
    }

    /// Runs a vendor's program, told by its environment.
    async fn act(&self, program: &[&str], action: &str, told: &[(&str, &str)]) -> Ran {
        let mut command = self.command(program);
        command.env("OBN_ACTION", action).env("OBN_URL", self.url("")).env("OBN_ROOT", "root.pem");
        command.envs(told.iter().copied());
        run_with(&mut command, "").await
    }

    /// From the notice to the revocation. `import` brings the file into the software's own form and answers with what
    /// to authenticate with from then on.
    async fn whole_flow(&self, program: &[&str], import: impl AsyncFn(&str) -> String) {
        let Notice { request_id, reference_id, .. } = &self.notice;
        let ids = [("OBN_REQUEST_ID", request_id.as_str()), ("OBN_REFERENCE_ID", reference_id)];
        let file = [("OBN_PASSWORD", "8461"), ("OBN_OUTPUT", "first.p12")];
        self.act(program, "download", &[ids, file].concat()).await.ok();
        self.env.control.freeze(RENEWING).await;
        let identity = import("first.p12").await;
        let shown = [("OBN_IDENTITY", identity.as_str()), ("OBN_IDENTITY_PASSWORD", "8461")];
        let file = [("OBN_PASSWORD", "2468"), ("OBN_OUTPUT", "second.p12")];
        self.act(program, "renew", &[shown, file].concat()).await.ok();
        assert!(self.folder.path().join("second.p12").is_file());

        self.revoke().await;
        let file = [("OBN_PASSWORD", "2468"), ("OBN_OUTPUT", "third.p12")];
        let refused = self.act(program, "collect", &[shown, file].concat()).await;
        assert_eq!(refused.status, Some(1), "refused by the CA: {refused:?}");
        assert!((refused.stdout + &refused.stderr).contains("失効"), "in the page's words");
        assert!(!self.folder.path().join("third.p12").exists());
    }

    async fn revoke(&self) {
        let path = format!("/certificates/{}/revoke", self.notice.serial);
        let revoked = self.env.control.post(&path, &json!({})).await;
        assert_eq!(revoked.status, 200, "{}", revoked.summary());
    }

    /// An HTTP exchange over gnutls-cli, which is no more than the TLS.
    async fn over_gnutls(&self, options: &[&str], request: &str) -> Vec<u8> {
        let port = self.port().to_string();
        let all = ["gnutls-cli", "--logfile=gnutls.log", "--x509cafile=root.pem", "-p", &port];
        let mut command = self.command(&[&all[..], options, &["cert.obn.managedpki.ne.jp"]].concat());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        // It hangs up when its input ends, so that stays open until the answer is here.
        let mut input = child.stdin.take().unwrap();
        input.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut answer).await.unwrap();
        drop(input);
        let log = std::fs::read_to_string(self.folder.path().join("gnutls.log")).unwrap_or_default();
        assert!(log.contains("The certificate is trusted."), "{log}");
        answer
    }
}

fn at_once() -> obn_ca::profile::Profile {
    obn_ca::profile::Profile::from_toml("issue.delays = ['0s', '0s']").unwrap()
}

fn starter(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("scenarios");
    path.join("starters").join(name).display().to_string()
}

/// Whether all of these are there, and the real names can be.
async fn ready(tools: &[&str]) -> bool {
    require_all(tools) && require_mounts().await
}

#[tokio::test]
async fn curl_and_openssl() {
    if !ready(&["bash", "curl", "openssl"]).await {
        return;
    }
    let terminal = Terminal::new().await;
    let import = async |file: &str| {
        for (out, option) in
            [("key.pem", "-nocerts"), ("certificate.pem", "-clcerts"), ("issuer.pem", "-cacerts")]
        {
            let mut options =
                vec!["openssl", "pkcs12", "-in", file, "-passin", "pass:8461", "-nodes", "-out", out, option];
            options.extend((option != "-nocerts").then_some("-nokeys"));
            terminal.run(&options).await.ok();
        }
        let verify = ["openssl", "verify", "-no_check_time", "-CAfile", "issuer.pem", "certificate.pem"];
        terminal.run(&verify).await.ok();
        let curl = ["curl", "-sS", "--cacert", "root.pem", "--cert", "certificate.pem", "--key", "key.pem"];
        let page = terminal.run(&[&curl[..], &[&terminal.url("/p/ru")]].concat()).await.ok();
        assert!(page.contains("証明書更新申請"), "{page}");
        file.to_owned()
    };
    terminal.whole_flow(&["bash", &starter("shell/obn_client.sh")], import).await;
}

#[tokio::test]
async fn python_requests() {
    let (true, Some(python)) = (ready(&[]).await, python_with("requests, cryptography").await) else {
        return;
    };
    let terminal = Terminal::new().await;
    const IMPORT: &str = "
import sys
from cryptography.hazmat.primitives.serialization import pkcs12, BestAvailableEncryption
key, certificate, others = pkcs12.load_key_and_certificates(open(sys.argv[1], 'rb').read(), b'8461')
assert others[0].subject == certificate.issuer
encrypted = pkcs12.serialize_key_and_certificates(b'clinic', key, certificate, others, BestAvailableEncryption(b'8461'))
open('imported.p12', 'wb').write(encrypted)
";
    let import = async |file: &str| {
        terminal.run(&[python, "-c", IMPORT, file]).await.ok();
        "imported.p12".to_owned()
    };
    terminal.whole_flow(&[python, &starter("python/obn_client.py")], import).await;
}

#[tokio::test]
async fn java_with_the_file_as_its_key_store() {
    if !ready(&["java", "javac", "keytool"]).await {
        return;
    }
    let terminal = Terminal::new().await;
    let compile = ["javac", "-encoding", "UTF-8", "-d", ".", &starter("java/ObnClient.java")];
    terminal.run(&compile).await.ok();
    let import = async |file: &str| {
        // keytool wants six characters for a new store, and takes four for one that is there.
        let copy = ["keytool", "-importkeystore", "-noprompt", "-srckeystore", file, "-srcstorepass", "8461"];
        let to = ["-destkeystore", "store.jks", "-deststorepass", "changeit", "-deststoretype", "pkcs12"];
        terminal.run(&[&copy[..], &to].concat()).await.ok();
        let list = [
            "keytool",
            "-J-Duser.language=en",
            "-list",
            "-v",
            "-keystore",
            "store.jks",
            "-storepass",
            "changeit",
        ];
        let listed = terminal.run(&list).await.ok();
        assert!(listed.contains("PrivateKeyEntry") && listed.contains("chain length: 2"), "{listed}");
        file.to_owned()
    };
    terminal.whole_flow(&["java", "-cp", ".", "ObnClient"], import).await;
}

#[tokio::test]
async fn node_with_the_file_as_its_pfx() {
    if !ready(&["node", "openssl"]).await {
        return;
    }
    let terminal = Terminal::new().await;
    const ASK: &str = "
const [, file, url] = process.argv;
const { readFileSync } = require('node:fs');
const options = { pfx: readFileSync(file), passphrase: '8461', ca: readFileSync('root.pem') };
require('node:https').get(url, options, (answer) => answer.pipe(process.stdout));
";
    let import = async |file: &str| {
        let page = terminal.run(&["node", "-e", ASK, file, &terminal.url("/p/ru")]).await.ok();
        assert!(page.contains("証明書更新申請"), "{page}");
        file.to_owned()
    };
    terminal.whole_flow(&["node", &starter("node/obn_client.mjs")], import).await;
}

#[tokio::test]
async fn gnutls() {
    if !ready(&["gnutls-cli", "certtool"]).await {
        return;
    }
    let terminal = Terminal::new().await;
    let head = "Host: cert.obn.managedpki.ne.jp\r\nConnection: close\r\n";
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\n{head}\r\n");
    let page = String::from_utf8(terminal.over_gnutls(&[], &get("/p/rcd")).await).unwrap();
    let (cookie, token) =
        (between(&page, "set-cookie: ", ";"), between(&page, "name=\"token\" value=\"", "\""));
    let Notice { request_id, reference_id, .. } = &terminal.notice;
    let form = format!(
        "token={token}&requestId={request_id}&referenceId={reference_id}&password=8461&passwordConfirmation=8461"
    );
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let post = format!(
        "POST /p/rcd HTTP/1.1\r\n{head}Cookie: {cookie}\r\n{kind}\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = terminal.over_gnutls(&[], &post).await;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("headers end") + 4;
    std::fs::write(terminal.path("first.p12"), &answer[end..]).unwrap();

    // certtool prints the certificates, and the key still encrypted.
    let read = ["certtool", "--p12-info", "--inder", "--infile", "first.p12", "--password", "8461"];
    terminal.run(&[&read[..], &["--outfile", "all.pem"]].concat()).await.ok();
    let all = pem::parse_many(std::fs::read(terminal.path("all.pem")).unwrap()).unwrap();
    let (certificates, keys): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|part| part.tag() == "CERTIFICATE");
    assert_eq!((certificates.len(), keys.len()), (2, 1), "certificate, issuing root and key");
    std::fs::write(terminal.path("encrypted.pem"), pem::encode(&keys[0])).unwrap();
    std::fs::write(terminal.path("certificate.pem"), pem::encode_many(&certificates)).unwrap();
    let decrypt = ["certtool", "--key-info", "--pkcs8", "--infile", "encrypted.pem", "--password", "8461"];
    terminal.run(&[&decrypt[..], &["--outfile", "key.pem"]].concat()).await.ok();
    let verify = ["certtool", "--verify-chain", "--infile", "certificate.pem"];
    assert!(terminal.run(&verify).await.ok().contains("Chain verification output: Verified."));

    terminal.env.control.freeze(RENEWING).await;
    let identity = ["--x509certfile=certificate.pem", "--x509keyfile=key.pem"];
    let menu = String::from_utf8(terminal.over_gnutls(&identity, &get("/p/ru")).await).unwrap();
    assert!(menu.contains("証明書更新申請"), "{menu}");
    terminal.revoke().await;
    let refused = String::from_utf8(terminal.over_gnutls(&identity, &get("/p/ru")).await).unwrap();
    assert!(refused.contains("失効") && !refused.contains("証明書更新申請"), "{refused}");
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).and_then(|(_, rest)| rest.split(after).next()).unwrap_or_default()
}
