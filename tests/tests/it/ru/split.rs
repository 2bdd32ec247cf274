//! `client_auth.mode = "split"`: a listener of its own asks for the certificate, and the main one leads there.

use std::net::SocketAddr;

use obn_tests::{Environment, RENEWING, Ran, require, run};

const HOST: &str = "cert.obn.managedpki.ne.jp";

/// Both listeners, with the files that other people's programs want.
struct Split {
    env: Environment,
    main: SocketAddr,
    renewal: SocketAddr,
    folder: tempfile::TempDir,
}

impl Split {
    async fn start() -> Self {
        let env = Environment::with("client_auth.mode = \"split\"").await;
        let terminal = env.pfx(&env.issue().await).await;
        env.control.freeze(RENEWING).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), env.control.text("/root.pem").await).unwrap();
        std::fs::write(folder.path().join("terminal.pem"), terminal.pem()).unwrap();
        let (main, renewal) = (env.simulator.portal_address(), env.simulator.renewal_address().unwrap());
        Self { env, main, renewal, folder }
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn url(&self, listener: SocketAddr, path: &str) -> String {
        format!("https://{HOST}:{}{path}", listener.port())
    }

    /// Opens an address with curl, which finds both listeners under the real name.
    async fn curl(&self, options: &[&str], url: &str) -> Ran {
        let (root, body) = (self.file("root.pem"), self.file("body"));
        let resolve = [self.main, self.renewal].map(|it| format!("{HOST}:{}:{}", it.port(), it.ip()));
        let mut arguments = vec!["-sS", "--noproxy", "*", "--cacert", &root, "-o", &body];
        arguments.extend(["-w", "%{http_code} %{redirect_url}"]);
        arguments.extend(resolve.iter().flat_map(|it| ["--resolve", it.as_str()]));
        arguments.extend(options);
        arguments.push(url);
        run("curl", &arguments).await
    }

    fn body(&self) -> String {
        std::fs::read_to_string(self.file("body")).unwrap()
    }

    /// What OpenSSL tells of a handshake.
    async fn handshake(&self, listener: SocketAddr, version: &str) -> String {
        let (root, address) = (self.file("root.pem"), listener.to_string());
        let arguments =
            ["s_client", "-connect", &address, "-servername", HOST, "-CAfile", &root, "-verify_return_error"];
        run("openssl", &[&arguments[..], &[version]].concat()).await.ok()
    }
}

#[tokio::test]
async fn only_the_listener_for_renewals_asks_for_a_certificate_and_names_the_issuer() {
    if !require("openssl") {
        return;
    }
    let split = Split::start().await;
    for version in ["-tls1_2", "-tls1_3"] {
        let told = split.handshake(split.main, version).await;
        assert!(told.contains("No client certificate CA names sent"), "{version}: {told}");
        let told = split.handshake(split.renewal, version).await;
        let (_, names) = told.split_once("Acceptable client certificate CA names").expect(&told);
        assert!(names.contains("Online Billing NW Common Root CA - G1"), "{version}: {told}");
    }
}

#[tokio::test]
async fn curl_is_led_from_the_main_listener_to_the_one_for_renewals() {
    if !require("curl") {
        return;
    }
    let split = Split::start().await;
    let (first, next) = (split.url(split.main, "/p/ru"), split.url(split.renewal, "/p/ru"));
    let terminal = split.file("terminal.pem");
    assert_eq!(split.curl(&[], &first).await.ok(), format!("302 {next}"));
    // A step in the middle has no session next door: the way begins anew.
    let middle = split.url(split.main, "/p/ru/list");
    assert_eq!(split.curl(&["--cert", &terminal], &middle).await.ok(), format!("302 {next}"));
    assert_eq!(split.curl(&["-L", "--cert", &terminal], &first).await.ok(), "200 ");
    assert!(split.body().contains("証明書更新申請"), "{}", split.body());
    assert_eq!(split.curl(&["-L"], &first).await.ok(), "403 ");
    assert!(split.body().contains("証明書を確認できません"), "{}", split.body());
    // What wants no certificate stays where it was.
    assert_eq!(split.curl(&[], &split.url(split.main, "/p/rcd")).await.ok(), "200 ");
    let outcomes = split.env.control.outcomes().await;
    assert!(outcomes.contains(&"door.next".to_owned()) && outcomes.contains(&"ru.menu".to_owned()));
}
