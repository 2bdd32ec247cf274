//! Somebody who does at the site whatever shows a key, with a recorder running: everything in one generous walk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_ca::Options;
use obn_ca::profile::Profile;
use obn_client::recording::har::{Har, Security};
use obn_tests::{Answer, Browser, Environment, Form, Notice, Page, Pfx, Recorder};
use reqwest::Method;
use serde_json::json;

/// When it begins: a Monday, at no round time of day in Japan or in UTC.
const FIRST_DAY: &str = "2026-11-23T02:17:31Z";
const PASSWORD: &str = "1234";
const EMAIL: &str = "tantou@clinic.example.jp";

/// How much of it is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// All.
    Whole,
    /// The first day: enough for what the file shows.
    FirstDay,
}

/// One who walks.
pub(crate) struct Walker {
    env: Environment,
    profile: Profile,
    recorder: Recorder,
}

/// Notices, and the certificates that came of them.
struct Held {
    notice: Notice,
    pfx: Option<Pfx>,
}

/// Walks the site under a profile and answers with the recording.
pub(crate) async fn walk(profile: &Profile, length: Length) -> Har {
    let loopback = "127.0.0.1:0".parse().unwrap();
    let options = Options { renewal_listen: Some(loopback), ..Options::for_tests() };
    let env = Environment::options(options.profile(profile.clone()).seed("learn")).await;
    let walker = Walker { env, profile: profile.clone(), recorder: Recorder::default() };
    walker.env.control.freeze(FIRST_DAY).await;
    walker.first_day(length).await;
    walker.recorder.har()
}

/// What is typed, by the names of the profile: labels may be set in any way.
impl Walker {
    fn ids(&self, form: Form, request_id: &str, reference_id: &str) -> Form {
        let wire = &self.profile.wire;
        form.forge(&wire.request_id, request_id).forge(&wire.reference_id, reference_id)
    }

    fn passwords(&self, form: Form, one: &str, other: &str) -> Form {
        let wire = &self.profile.wire;
        form.forge(&wire.password, one).forge(&wire.password_confirmation, other)
    }

    fn emails(&self, form: Form, one: &str, other: &str) -> Form {
        let wire = &self.profile.wire_ru;
        form.forge(&wire.email, one).forge(&wire.email_confirmation, other)
    }
}

impl Walker {
    fn browser(&self) -> Browser {
        // Without its intermediate a site is trusted by no browser that hasn't been there before.
        self.env.browser_with(&self.env.tls().credulous()).recorded_by(&self.recorder)
    }

    fn showing(&self, pfx: &Pfx) -> Browser {
        self.env.browser_with(&self.env.tls().credulous().showing(pfx)).recorded_by(&self.recorder)
    }

    /// Some seconds go by.
    async fn tick(&self) {
        self.env.control.advance("7s").await;
    }

    async fn at(&self, moment: &str) {
        self.env.control.freeze(moment).await;
    }

    async fn issue(&self, code: &str, issued_on: Option<&str>) -> Notice {
        let body = json!({ "institution_code": code, "terminal_name": "受付1号機", "issued_on": issued_on });
        self.env.control.issue_to(&body).await
    }

    /// `/p/rcd`, from a fresh form; `None` where there is none.
    async fn fetch(&self, browser: &Browser, ids: (&str, &str), passwords: (&str, &str)) -> Option<Answer> {
        self.tick().await;
        let page = browser.try_get("/p/rcd").await.ok()?.page();
        let form = page.forms.first()?.clone();
        let form = self.passwords(self.ids(form, ids.0, ids.1), passwords.0, passwords.1);
        self.tick().await;
        browser.try_press(&form, "ダウンロード").await.ok()
    }

    async fn download(&self, notice: Notice) -> Held {
        let browser = self.browser();
        let ids = (notice.request_id.as_str(), notice.reference_id.as_str());
        let answer = self.fetch(&browser, ids, (PASSWORD, PASSWORD)).await;
        let pfx = answer.filter(Answer::is_file).map(|answer| answer.pfx(PASSWORD));
        Held { notice, pfx }
    }

    async fn list(&self) {
        let Some(path) = self.profile.crl.path() else { return };
        let _ = self.env.plain_browser().recorded_by(&self.recorder).try_get(path).await;
    }
}

/// What is done, day by day.
impl Walker {
    async fn first_day(&self, length: Length) {
        let browser = self.browser();
        let _ = browser.try_get("/").await;
        self.handshakes().await;
        for path in ["/p/cert", "/p/s"] {
            self.tick().await;
            if let Ok(answer) = browser.try_visit(path).await
                && !answer.is_file()
                && answer.status == 200
                && let Some((_, target)) = answer.page().links.first()
            {
                let _ = browser.try_get(target).await;
            }
        }
        let two = self.issue("0110119153", None).await;
        let one = self.download(self.issue("0110119153", None).await).await;
        if length == Length::FirstDay {
            return;
        }
        let two = self.download(two).await;
        let mut others = Vec::new();
        for code in ["0130000016", "0140000014", "0160000010", "33120015", "1310000013", "2710000012"] {
            others.push(self.download(self.issue(code, None).await).await);
        }
        let [dental, pharmacy, nursing, insurer, single, failing] =
            <[Held; 6]>::try_from(others).unwrap_or_else(|_| panic!("six were issued"));
        self.refusals(&one.notice).await;
        self.lock_out(&insurer.notice).await;
        let reception = self.application().await;
        self.time_out().await;
        self.too_early(&one).await;
        self.later_days(reception).await;
        self.maintenance().await;
        self.revocation(&dental, &pharmacy).await;
        self.last_days().await;
        self.renewals(&one, &two, &single, &failing).await;
        self.at_the_end(&nursing, &dental).await;
    }

    /// Wrong and odd input at `/p/rcd`.
    async fn refusals(&self, notice: &Notice) {
        let (id, reference) = (notice.request_id.as_str(), notice.reference_id.as_str());
        let browser = self.browser();
        let wide: String = id.chars().map(|digit| char::from_u32(digit as u32 + 0xfee0).unwrap()).collect();
        let padded = format!(" {id} ");
        let swapped: String = reference
            .chars()
            .map(|letter| {
                if letter.is_ascii_lowercase() {
                    letter.to_ascii_uppercase()
                } else {
                    letter.to_ascii_lowercase()
                }
            })
            .collect();
        for (ids, passwords) in [
            (("", ""), ("", "")),
            (("2026", "ab"), ("12", "12")),
            ((id, reference), (PASSWORD, "9999")),
            (("999912319999999", "FPwNiG5g4r"), (PASSWORD, PASSWORD)),
            ((id, "FPwNiG5g4r"), (PASSWORD, PASSWORD)),
            ((padded.as_str(), reference), (PASSWORD, PASSWORD)),
            ((wide.as_str(), reference), (PASSWORD, PASSWORD)),
            ((id, swapped.as_str()), (PASSWORD, PASSWORD)),
            ((id, reference), ("5678", "5678")),
            ((id, reference), (PASSWORD, PASSWORD)),
        ] {
            self.fetch(&browser, ids, passwords).await;
        }
    }

    /// Wrong reference IDs in a row, and how long that lasts.
    async fn lock_out(&self, notice: &Notice) {
        let id = notice.request_id.as_str();
        let browser = self.browser();
        self.fetch(&browser, (id, &notice.reference_id), (PASSWORD, PASSWORD)).await;
        let mut locked = false;
        for _ in 0..6 {
            let answer = self.fetch(&browser, (id, "FPwNiG5g4r"), (PASSWORD, PASSWORD)).await;
            locked = answer.is_some_and(|answer| !answer.is_file() && answer.page().forms.is_empty());
            if locked {
                break;
            }
        }
        if !locked {
            return;
        }
        // The last wrong try was 14 seconds before the one that was locked out.
        let mut passed: i64 = 14;
        for until in [1_799, 1_801, 3_599, 3_601, 86_399, 86_401] {
            self.env.control.advance(&format!("{}s", until - passed)).await;
            passed = until;
            // The session may have come to its end meanwhile: a fresh form.
            let browser = self.browser();
            let page = browser.open("/p/rcd").await;
            let form = self.passwords(self.ids(page.form(), id, "FPwNiG5g4r"), PASSWORD, PASSWORD);
            let answer = browser.press(&form, "ダウンロード").await;
            if !answer.page().forms.is_empty() {
                break;
            }
        }
    }

    /// `/p/rcr`, wrong and right. Answers with the number in place of a code.
    async fn application(&self) -> Option<Notice> {
        let browser = self.browser();
        let menu = browser.open("/p/rcr").await;
        self.tick().await;
        let number = "2026A1B2C3D4E5";
        let names = self.profile.wire.application_fields.names();
        let fill = |form: Form, values: [&str; 6], email: (&str, &str)| {
            let filled = names.iter().zip(values).fold(form, |form, (name, value)| form.forge(name, value));
            self.emails(filled, email.0, email.1)
        };
        let long = "あ".repeat(65);
        let long_mail = format!("a@{}.example.jp", "b".repeat(250));
        let good = ["0110119153", "札幌中央診療所", "医事課", "011-123-4567", "受付1号機", "1"];
        for (values, email) in [
            ([""; 6], ("", "")),
            (["12", &long, &long, "x", &long, "100"], ("nobody", "")),
            (
                ["0110119154", good[1], good[2], good[3], good[4], "0"],
                (long_mail.as_str(), long_mail.as_str()),
            ),
            (["0110119154", good[1], good[2], good[3], good[4], "1"], (EMAIL, EMAIL)),
            (good, (EMAIL, "other@clinic.example.jp")),
        ] {
            let page = browser.follow(&menu, "医療機関等").await;
            self.tick().await;
            browser.press(&fill(page.form(), values, email), "次へ").await;
        }
        let page = browser.follow(&menu, "医療機関等").await;
        let [_, name, department, telephone, terminal, count] = good;
        let right = [number, name, department, telephone, terminal, count];
        let confirm = browser.press(&fill(page.form(), right, (EMAIL, EMAIL)), "次へ").await.page();
        self.tick().await;
        browser.submit(&confirm, "申請").await;
        let applications = self.env.control.json("/applications").await;
        let of = applications.as_array()?.last()?["number"].as_str()?.to_owned();
        self.env.control.order(&format!("/applications/{of}/approve")).await;
        let application = self.env.control.json(&format!("/applications/{of}")).await;
        let id = application["request_ids"].as_array()?.first()?.as_str()?.to_owned();
        serde_json::from_value(self.env.control.json(&format!("/notices/{id}")).await).ok()
    }

    /// Pauses of each length that there might be: just too short, and just too long.
    async fn time_out(&self) {
        for pause in [300, 600, 900, 1_800] {
            let browser = self.browser();
            let menu = browser.open("/p/rcr").await;
            self.env.control.advance(&format!("{}s", pause - 1)).await;
            browser.follow(&menu, "医療機関等").await;
            self.env.control.advance(&format!("{}s", pause + 1)).await;
            let page = browser.follow(&menu, "医療保険者等").await;
            if page.forms.is_empty() {
                self.tick().await;
                browser.open("/p/rcd").await;
                return;
            }
        }
    }

    /// A renewal three years too early.
    async fn too_early(&self, one: &Held) {
        self.browser_at_door(None).await;
        if let Some(pfx) = &one.pfx {
            let browser = self.showing(pfx);
            self.tick().await;
            let Ok(menu) = browser.try_visit("/p/ru").await else { return };
            if menu.page().links.iter().any(|(words, _)| words == "証明書更新申請") {
                let _ = browser.try_visit(&menu.page().link("証明書更新申請")).await;
            }
        }
        let future = self.issue("0110119153", Some("2027-02-01")).await;
        let _ = self.download(future).await;
    }

    /// `/p/ru` as who shows this.
    async fn browser_at_door(&self, pfx: Option<&Pfx>) {
        self.tick().await;
        let browser = pfx.map_or_else(|| self.browser(), |pfx| self.showing(pfx));
        let _ = browser.try_visit("/p/ru").await;
    }

    async fn later_days(&self, reception: Option<Notice>) {
        for day in ["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"] {
            self.at(&format!("{day}T03:17:31Z")).await;
            self.download(self.issue("0110119153", None).await).await;
        }
        if let Some(notice) = reception {
            self.download(notice).await;
        }
    }

    async fn maintenance(&self) {
        for moment in
            ["2026-12-09T12:59:59Z", "2026-12-09T13:00:00Z", "2026-12-09T22:59:59Z", "2026-12-09T23:00:00Z"]
        {
            self.at(moment).await;
            let _ = self.browser().try_get("/p/rcd").await;
        }
    }

    /// `/p/rx`, from wrong IDs to the list.
    async fn revocation(&self, dental: &Held, pharmacy: &Held) {
        self.at("2026-12-14T02:17:31Z").await;
        self.list().await;
        // Without a certificate first.
        let plain = self.browser();
        let _ = plain.try_visit("/p/rx").await;
        let Some(pfx) = &dental.pfx else { return };
        let browser = self.showing(pfx);
        let (id, reference) = (dental.notice.request_id.as_str(), dental.notice.reference_id.as_str());
        for ids in [("", ""), (id, "FPwNiG5g4r"), ("999912319999999", "FPwNiG5g4r")] {
            self.identify(&browser, ids).await;
        }
        let Some(mail) = self.identify(&browser, (id, reference)).await else { return };
        let mut page = mail;
        for email in [("", ""), ("nobody", "nobody"), (EMAIL, "other@clinic.example.jp"), (EMAIL, EMAIL)] {
            self.tick().await;
            let Some(form) = page.forms.first().cloned() else { return };
            page = browser.press(&self.emails(form, email.0, email.1), "申請").await.page();
        }
        self.tick().await;
        browser.press(&page.form(), "申請").await;
        self.identify(&browser, (id, reference)).await;
        self.env.control.revoke_for("keyCompromise", &pharmacy.notice).await;
        if self.profile.revocation.approval == obn_ca::profile::Approval::Manual {
            self.tick().await;
            self.env.control.order(&format!("/revocations/{id}/approve")).await;
        }
        self.env.control.advance("60s").await;
        self.list().await;
        self.identify(&browser, (id, reference)).await;
        let ids = (id, reference);
        self.fetch(&self.browser(), ids, (PASSWORD, PASSWORD)).await;
        self.browser_at_door(pharmacy.pfx.as_ref()).await;
        self.browser_at_door(Some(&Pfx::foreign("Another CA"))).await;
        for day in ["2026-12-15", "2026-12-24"] {
            self.at(&format!("{day}T02:17:31Z")).await;
            self.list().await;
        }
    }

    /// 次へ of `/p/rx`; the page that comes.
    async fn identify(&self, browser: &Browser, ids: (&str, &str)) -> Option<Page> {
        self.tick().await;
        let page = browser.try_visit("/p/rx").await.ok()?.page();
        let form = page.forms.first()?.clone();
        self.tick().await;
        Some(browser.try_press(&self.ids(form, ids.0, ids.1), "次へ").await.ok()?.page())
    }

    /// The last day of the download, and the one after.
    async fn last_days(&self) {
        self.at("2026-12-26T03:17:31Z").await;
        let (on_the_last, too_late) =
            (self.issue("0110119153", None).await, self.issue("0110119153", None).await);
        self.at("2027-06-24T03:17:31Z").await;
        self.download(on_the_last).await;
        self.at("2027-06-25T03:17:31Z").await;
        self.download(too_late).await;
    }

    async fn renewals(&self, one: &Held, two: &Held, single: &Held, failing: &Held) {
        let (Some(one_pfx), Some(two_pfx)) = (&one.pfx, &two.pfx) else { return };
        self.at("2029-12-01T02:17:31Z").await;
        self.confirm(&self.showing(one_pfx)).await;
        self.at("2029-12-27T02:17:31Z").await;
        if let Some(pfx) = &single.pfx {
            let browser = self.showing(pfx);
            for _ in 0..3 {
                let Some(page) = self.confirm(&browser).await else { break };
                self.tick().await;
                browser.submit(&page, "Submit").await;
                self.env.control.advance("200s").await;
            }
            self.open_list(&browser).await;
        }
        if let Some(pfx) = &failing.pfx {
            let browser = self.showing(pfx);
            if let Some(page) = self.confirm(&browser).await {
                let status = browser.submit(&page, "Submit").await;
                let id = status.beside("リクエストID").join("");
                self.env.control.order(&format!("/renewals/{id}/fail")).await;
                self.tick().await;
                let _ = browser.try_get(&status.url).await;
            }
        }
        let first = self.renew(one_pfx).await;
        let _second = self.renew(two_pfx).await;
        self.tick().await;
        self.open_list(&self.showing(two_pfx)).await;
        self.list().await;
        if let Some((id, reference, key)) = first {
            self.fetch(&self.browser(), (&id, &reference), (PASSWORD, PASSWORD)).await;
            for day in ["2030-01-26", "2030-01-27"] {
                self.at(&format!("{day}T02:30:31Z")).await;
                let browser = self.showing(one_pfx);
                let _ = browser.try_visit("/p/ru").await;
                let _ = browser.try_get(&key).await;
            }
        }
    }

    /// 証明書更新申請; the page with Submit, if there is one.
    async fn confirm(&self, browser: &Browser) -> Option<Page> {
        self.tick().await;
        let menu = browser.try_visit("/p/ru").await.ok()?.page();
        menu.links.iter().find(|(words, _)| words == "証明書更新申請")?;
        self.tick().await;
        let page = browser.try_visit(&menu.link("証明書更新申請")).await.ok()?.page();
        (!page.forms.is_empty()).then_some(page)
    }

    async fn open_list(&self, browser: &Browser) -> Option<Page> {
        self.tick().await;
        let menu = browser.try_visit("/p/ru").await.ok()?.page();
        menu.links.iter().find(|(words, _)| words == "更新後証明書の取得")?;
        Some(browser.try_visit(&menu.link("更新後証明書の取得")).await.ok()?.page())
    }

    /// A renewal to its key, with a second look at the list. Answers with its IDs, and with where its key is.
    async fn renew(&self, pfx: &Pfx) -> Option<(String, String, String)> {
        let browser = self.showing(pfx);
        let page = self.confirm(&browser).await?;
        self.tick().await;
        let mut status = browser.submit(&page, "Submit").await;
        let id = status.beside("リクエストID").join("");
        let reference = status.beside("リファレンス ID").join("");
        let mut passed = 0;
        for until in [1, 2, 29, 30, 31, 89, 90, 91] {
            if status.links.iter().any(|(words, _)| words == "鍵の取得") {
                break;
            }
            self.env.control.advance(&format!("{}s", until - passed)).await;
            passed = until;
            status = browser.try_get(&status.url).await.ok()?.page();
        }
        self.tick().await;
        let key = browser.follow(&status, "鍵の取得").await;
        let address = key.url.clone();
        for password in ["12", PASSWORD] {
            self.tick().await;
            let form = key.form_with("Submit").forge(&self.profile.wire.password, password);
            let next = browser.press(&form, "Submit").await.page();
            if next.forms.iter().any(|form| form.buttons.iter().any(|(_, _, words)| words == "Download")) {
                self.tick().await;
                browser.press(&next.form_with("Download"), "Download").await;
            }
        }
        self.tick().await;
        let list = self.open_list(&browser).await?;
        if let Some(form) = list.forms.first() {
            self.tick().await;
            browser.press(form, "Download Key").await;
        }
        Some((id, reference, address))
    }

    /// When the certificates are over.
    async fn at_the_end(&self, nursing: &Held, dental: &Held) {
        self.at("2030-03-20T02:17:31Z").await;
        self.browser_at_door(nursing.pfx.as_ref()).await;
        let ids = (nursing.notice.request_id.as_str(), nursing.notice.reference_id.as_str());
        self.fetch(&self.browser(), ids, (PASSWORD, PASSWORD)).await;
        let browser = match &dental.pfx {
            Some(pfx) if self.profile.client_auth.rx => self.showing(pfx),
            _ => self.browser(),
        };
        self.identify(&browser, ids).await;
        self.list().await;
    }
}

/// Notes whether a certificate was asked for.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl rustls::client::ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl Walker {
    /// Handshakes alone: with all that a browser offers, and with each of it by itself.
    async fn handshakes(&self) {
        let all_versions = ["TLS 1.2", "TLS 1.3"];
        let all_alpn = ["h2", "http/1.1"];
        self.handshake(&all_versions, &all_alpn).await;
        for version in all_versions {
            self.handshake(&[version], &all_alpn).await;
        }
        for protocol in all_alpn {
            self.handshake(&all_versions, &[protocol]).await;
        }
    }

    async fn handshake(&self, versions: &[&str], alpn: &[&str]) {
        let versions_of: Vec<&'static rustls::SupportedProtocolVersion> = versions
            .iter()
            .map(
                |version| {
                    if *version == "TLS 1.2" { &rustls::version::TLS12 } else { &rustls::version::TLS13 }
                },
            )
            .collect();
        let tls = obn_tests::Tls { versions: versions_of, ..self.env.tls().credulous() };
        let mut config = tls.config();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let asked = Arc::<Asked>::default();
        config.client_auth_cert_resolver = Arc::clone(&asked) as Arc<dyn rustls::client::ResolvesClientCert>;
        let url = format!("{}/p/rcd", self.env.portal());
        let mut security = Security::default();
        security.other.insert("_offeredVersions".to_owned(), json!(versions));
        security.other.insert("_offeredAlpn".to_owned(), json!(alpn));
        let stream = tokio::net::TcpStream::connect(self.env.simulator.portal_address()).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let name = rustls_pki_types::ServerName::try_from("localhost").unwrap();
        let why = match connector.connect(name, stream).await {
            Err(error) if error.to_string().contains("ApplicationProtocol") => {
                "net::ERR_ALPN_NEGOTIATION_FAILED"
            }
            Err(_) => "net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
            Ok(stream) => {
                let (_, connection) = stream.get_ref();
                let version = connection.protocol_version().map(|version| match version {
                    rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2",
                    _ => "TLS 1.3",
                });
                security.protocol = version.map(str::to_owned);
                security.alpn = connection.alpn_protocol().map(|it| String::from_utf8_lossy(it).into_owned());
                let chain = connection.peer_certificates().unwrap_or_default();
                security.certificates = chain.iter().map(|der| BASE64.encode(der)).collect();
                security.client_certificate_asked = Some(asked.0.load(Ordering::Relaxed));
                ""
            }
        };
        self.recorder.failed(&Method::GET, &url, why, Some(security));
    }
}
