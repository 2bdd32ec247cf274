//! Recordings that can be given away: nothing of what is secret is left, and the form of everything is.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use obn_client::recording::har::{Body, Content, Entry, Har, Header, PostData, Request, Response};
use obn_client::recording::redact::{Dropped, Key, Kind, Knowledge, Redacted, redact};
use obn_client::recording::saved;
use obn_client::{Identity, Password, PfxAlgorithms};
use proptest::prelude::*;

const SITE: &str = "https://cert.obn.managedpki.ne.jp";

const PAGE: &str = r#"<!DOCTYPE html><!-- built by suzuki --><html><head><title>証明書の取得画面</title>
<script>var user = "suzuki";</script></head><body><h1>証明書の取得画面</h1>
<form method="post" action="/p/rcd"><input type="hidden" name="token" value="{token}">
<table><tr><th><label for="a">リクエスト ID</label></th><td><input id="a" type="text" name="requestId" value=""></td></tr>
<tr><th><label for="b">リファレンス ID</label></th><td><input id="b" type="text" name="referenceId"></td></tr>
<tr><th><label for="c">証明書パスワード</label></th><td><input id="c" type="password" name="password"></td></tr></table>
<p>リクエスト ID は15桁の半角数字で入力してください。お問い合わせ: 0120-220-571</p>
<button type="submit" name="submit" value="download">ダウンロード</button></form></body></html>"#;

/// What somebody types, and what the site tells of them.
#[derive(Clone, Debug)]
struct Secrets {
    request_id: String,
    reference_id: String,
    pin: String,
    mail: String,
    code: String,
    name: String,
    token: String,
    cookie: String,
}

impl Secrets {
    /// All that are long enough to stand nowhere by chance.
    fn long(&self) -> Vec<&str> {
        let Self { request_id, reference_id, mail, code, name, token, cookie, .. } = self;
        vec![request_id, reference_id, mail, code, name, token, cookie]
    }
}

prop_compose! {
    fn secrets()(
        request_id in "20[12][0-9]0[1-9]1[0-9][0-9]{7}",
        reference_id in "[A-Z][a-z]{2}[A-Z][0-9][a-z][A-Z][0-9][a-z][A-Z]",
        pin in "[2-9]{4}",
        mail in "[a-z]{6,10}[0-9]{2}@[a-z]{5,9}\\.(co|or)\\.jp",
        code in "1[0-9]1[0-9]{7}",
        name in "[山川田鈴木佐藤高橋]{3,5}(医院|クリニック|&薬局)",
        token in "[0-9a-f]{8}[g-z]{8}[A-Z0-9]{16}",
        cookie in "[A-F0-9]{32}",
    ) -> Secrets {
        Secrets { request_id, reference_id, pin, mail, code, name, token, cookie }
    }
}

fn form(pairs: &[(&str, &str)]) -> PostData {
    let text: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
    PostData {
        mime_type: "application/x-www-form-urlencoded".into(),
        text: Some(text.join("&")),
        ..PostData::default()
    }
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

fn get(path: &str, content: Content) -> Entry {
    let headers = vec![Header::new("Content-Type", content.mime_type.clone())];
    Entry {
        started_date_time: "2026-11-30T10:00:00.000Z".into(),
        request: Request { method: "GET".into(), url: format!("{SITE}{path}"), ..Request::default() },
        response: Response { status: 200, headers, content, ..Response::default() },
        ..Entry::default()
    }
}

/// The same text in the ways in which pages, addresses and headers may write it.
fn written(text: &str) -> Vec<String> {
    let entities = text.chars().map(|letter| format!("&#{};", letter as u32)).collect();
    let hex_entities = text.chars().map(|letter| format!("&#x{:X};", letter as u32)).collect();
    let escapes = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let all_percent: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let twice = percent(&percent(text));
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = vec![text.to_owned(), entities, hex_entities, escapes, all_percent, twice, percent(text)];
    for bytes in
        [text.as_bytes().to_vec(), format!("a{text}").into_bytes(), format!("ab{text}b").into_bytes(), utf_16]
    {
        all.push(STANDARD.encode(&bytes));
        all.push(URL_SAFE_NO_PAD.encode(&bytes));
        all.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    all
}

/// A recording in which each secret stands in each place and encoding.
fn recording(secrets: &Secrets) -> Har {
    let page = PAGE.replace("{token}", &secrets.token);
    let mut har = Har::default();
    har.log.comment = Some(secrets.name.clone());
    har.log.entries.push(get("/p/rcd", Content::of_text("text/html; charset=UTF-8", page)));
    let mut post = get("/p/rcd", Content::of_text("text/html; charset=UTF-8", "<p>完了</p>"));
    post.request.method = "POST".into();
    post.request.post_data = Some(form(&[
        ("token", &secrets.token),
        ("requestId", &secrets.request_id),
        ("referenceId", &secrets.reference_id),
        ("password", &secrets.pin),
        ("mailAddress", &secrets.mail),
        ("institutionName", &secrets.name),
        ("institutionCode", &secrets.code),
        ("submit", "download"),
    ]));
    post.request.headers.push(Header::new("Cookie", format!("OBNSESSION={}", secrets.cookie)));
    post.request.headers.push(Header::new("X-Filter-User", secrets.name.clone()));
    har.log.entries.push(post);
    for secret in secrets.long() {
        let everywhere: Vec<String> =
            written(secret).iter().map(|text| format!("<p title=\"{text}\">{text}</p>")).collect();
        let html = format!("<html><body>{}<!-- {secret} --></body></html>", everywhere.join("\n"));
        let mut entry = get("/p/ru/status", Content::of_text("text/html", html.clone()));
        entry.request.url = format!("{SITE}/p/ru/{}?id={}", percent(secret), percent(secret));
        entry.response.headers.push(Header::new("X-Trace", STANDARD_NO_PAD.encode(secret)));
        entry.response.headers.push(Header::new("Location", format!("/p/next?x={}", percent(secret))));
        entry.comment = Some(secret.to_owned());
        har.log.entries.push(entry);
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&html);
        har.log.entries.push(get("/p/sjis", Content::of_bytes("text/html; charset=Shift_JIS", &shift_jis)));
    }
    har
}

/// Whether any form of a secret is in a text.
fn leaks(output: &str, secret: &str) -> Option<String> {
    let lower = output.to_lowercase();
    let mut forms = written(secret);
    forms.push(secret.to_uppercase());
    forms.into_iter().find(|form| form.len() >= 6 && lower.contains(&form.to_lowercase()))
}

fn redacted(har: &Har) -> Redacted {
    redact(har, &Knowledge::default(), Key::of([7; 32])).unwrap()
}

/// Every body as a text, decoded.
fn bodies(har: &Har) -> Vec<String> {
    let body = |entry: &Entry| match entry.response.body().unwrap() {
        None => String::new(),
        Some(Body::Text(text)) => text,
        Some(Body::Bytes(bytes)) => match entry.response.content.mime_type.contains("Shift_JIS") {
            true => encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned(),
            false => String::from_utf8_lossy(&bytes).into_owned(),
        },
    };
    har.log.entries.iter().map(body).collect()
}

fn assert_clean(redacted: &Redacted, secrets: &[&str]) {
    let json = String::from_utf8(redacted.har.to_json()).unwrap();
    let texts = bodies(&redacted.har);
    for secret in secrets {
        for text in std::iter::once(&json).chain(&texts) {
            assert_eq!(leaks(text, secret), None, "{secret} in {text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_was_replaced_is_left_in_any_encoding(secrets in secrets()) {
        let har = recording(&secrets);
        let redacted = redacted(&har);
        assert_clean(&redacted, &secrets.long());
        let post = redacted.har.log.entries[1].request.post_data.as_ref().unwrap().text.clone().unwrap();
        prop_assert!(!post.contains(&format!("password={}", secrets.pin)), "{}", post);
        // Replaced, not left out: the entries are all there, with their bodies.
        prop_assert_eq!(redacted.dropped.get(&Dropped::Suspect), None);
        prop_assert_eq!(redacted.har.log.entries.len(), har.log.entries.len());
        prop_assert!(redacted.har.log.entries.iter().all(|entry| entry.response.content.text.is_some()));
    }

    #[test]
    fn the_same_becomes_the_same_everywhere_and_keeps_its_form(secrets in secrets()) {
        let redacted = redacted(&recording(&secrets));
        let fields = redacted.har.log.entries[1].request.post_data.as_ref().unwrap().fields(encoding_rs::UTF_8);
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(names, ["token", "requestId", "referenceId", "password", "mailAddress", "institutionName", "institutionCode", "submit"]);
        let value = |name: &str| fields.iter().find(|(known, _)| known == name).unwrap().1.clone();
        let id = value("requestId");
        prop_assert_eq!(&id[..8], &secrets.request_id[..8]);
        prop_assert!(id.len() == 15 && id != secrets.request_id, "{}", id);
        prop_assert_eq!(luhn(&value("institutionCode")), luhn(&secrets.code));
        prop_assert_eq!(&value("institutionCode")[..3], &secrets.code[..3]);
        prop_assert_eq!(value("referenceId").len(), 10);
        prop_assert_eq!(value("submit"), "download");
        prop_assert_eq!(value("password").len(), 4);
        let texts = bodies(&redacted.har);
        // The page of the request ID, in UTF-8 and in Shift_JIS, and its token in the first page.
        for text in &texts[2..4] {
            prop_assert!(text.contains(&id), "{} not in {}", id, text);
        }
        prop_assert!(redacted.har.log.entries[2].request.url.contains(&id));
        let token = format!("value=\"{}\"", value("token"));
        prop_assert!(texts[0].contains(&token), "{} not in {}", token, texts[0]);
    }

    #[test]
    fn another_key_gives_other_stand_ins(secrets in secrets()) {
        let har = recording(&secrets);
        let with = |key| redact(&har, &Knowledge::default(), Key::of(key)).unwrap().har;
        prop_assert_eq!(with([1; 32]), with([1; 32]));
        prop_assert_ne!(with([1; 32]).log.entries[1].request.post_data.clone(), with([2; 32]).log.entries[1].request.post_data.clone());
    }
}

fn luhn(code: &str) -> bool {
    let sum = code.bytes().rev().enumerate().map(|(index, digit)| {
        let digit = u32::from(digit - b'0') * (1 + index as u32 % 2);
        digit / 10 + digit % 10
    });
    sum.sum::<u32>() % 10 == 0
}

fn sample() -> Secrets {
    Secrets {
        request_id: "202012100001000".into(),
        reference_id: "FPwNiG5g4r".into(),
        pin: "7395".into(),
        mail: "hanako77@clinic.example.co.jp".into(),
        code: "0110119153".into(),
        name: "札幌医院".into(),
        token: "0123abcdefghXY9876543210".into(),
        cookie: "0A1B2C3D4E5F60718293A4B5C6D7E8F9".into(),
    }
}

#[test]
fn a_page_keeps_what_one_learns_from_it() {
    let redacted = redacted(&recording(&sample()));
    let page = &bodies(&redacted.har)[0];
    for kept in [
        "<title>証明書の取得画面</title>",
        "name=\"requestId\"",
        "name=\"token\"",
        "リクエスト ID は15桁の半角数字で入力してください。お問い合わせ: 0120-220-571",
        "name=\"submit\" value=\"download\">ダウンロード</button>",
    ] {
        assert!(page.contains(kept), "{kept} not in {page}");
    }
    assert!(!page.contains("suzuki"), "{page}");
    assert_eq!(redacted.har.log.comment.as_deref(), Some("redacted by obn"));
    assert_eq!(redacted.dropped[&Dropped::Header], 1);
    for kind in
        [Kind::RequestId, Kind::ReferenceId, Kind::Password, Kind::Mail, Kind::InstitutionCode, Kind::Cookie]
    {
        assert!(redacted.replaced.contains_key(&kind), "{kind:?}: {:?}", redacted.replaced);
    }
}

#[test]
fn what_is_not_the_services_is_left_out() {
    let mut har = Har::default();
    har.log.entries.push(get("/p/cert", Content::of_text("text/html", "<p>ルート証明書</p>")));
    let mut other = get("/", Content::of_text("text/html", "<p>患者一覧</p>"));
    other.request.url = "https://hospital.example.jp/patients".into();
    har.log.entries.push(other);
    har.log.entries.push(get("/logo.png", Content::of_bytes("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")));
    har.log.entries.push(get("/app.js", Content::of_text("text/javascript", "let x = 'suzuki'")));
    let links = r#"<p><a href="https://intra.hospital.example.jp/home">戻る</a> C:\Users\suzuki.t\Desktop 10.20.30.40</p>"#;
    har.log.entries.push(get("/p/links", Content::of_text("text/html", links)));
    let redacted = redacted(&har);
    assert_eq!(redacted.har.log.entries.len(), 4);
    assert_eq!(redacted.dropped[&Dropped::OtherHost], 1);
    assert_eq!(redacted.dropped[&Dropped::UnknownBody], 1);
    assert_eq!(redacted.dropped[&Dropped::Script], 1);
    assert_clean(&redacted, &["hospital.example.jp", "suzuki.t", "10.20.30.40", "suzuki"]);
}

#[test]
fn what_one_logs_in_with_at_a_proxy_is_replaced() {
    let mut entry = get("/p/rcd", Content::of_text("text/html", "<p>reception-desk</p>"));
    let credentials = STANDARD.encode("reception-desk:Sesame-Open-9");
    entry.request.headers.push(Header::new("Proxy-Authorization", format!("Basic {credentials}")));
    entry.response.headers.push(Header::new("Via", "1.1 proxy.hospital.example.jp"));
    let har = Har { log: obn_client::recording::har::Log { entries: vec![entry], ..Default::default() } };
    let redacted = redacted(&har);
    assert_clean(&redacted, &["reception-desk", "Sesame-Open-9", &credentials, "hospital.example.jp"]);
    assert!(redacted.har.log.entries[0].request.header("proxy-authorization").unwrap().starts_with("Basic "));
}

/// Files of other programs, with their passwords.
const FILES: [(&str, &str); 7] = [
    ("openssl-3des.p12", "1234"),
    ("openssl-aes256.p12", "1234"),
    ("openssl-rc2.p12", "1234"),
    ("openssl-nomac.p12", "1234"),
    ("nss.p12", "1234"),
    ("java.p12", "123456"),
    ("python.p12", "1234"),
];

#[test]
fn a_pfx_file_becomes_one_of_the_same_make() {
    for (name, pin) in FILES {
        let path = format!("{}/../fixtures/pfx/{name}", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read(path).unwrap();
        let mut har = recording(&Secrets { pin: pin.into(), ..sample() });
        har.log.entries.push(get("/p/rcd/file", Content::of_bytes("application/x-pkcs12", &file)));
        let redacted = redacted(&har);
        assert_eq!(redacted.passwords.len(), 1, "{name}: {:?}", redacted.dropped);
        let password = Password::new(redacted.passwords[0].as_str());
        let Some(Body::Bytes(twin)) = redacted.har.log.entries.last().unwrap().response.body().unwrap()
        else {
            panic!("{name}")
        };
        assert_eq!(PfxAlgorithms::of(&twin).unwrap(), PfxAlgorithms::of(&file).unwrap(), "{name}");
        assert!(Identity::from_pfx(&twin, &Password::new(pin)).is_err(), "{name}");
        let (old, new) = (
            Identity::from_pfx(&file, &Password::new(pin)).unwrap(),
            Identity::from_pfx(&twin, &password).unwrap(),
        );
        assert_eq!(new.verify().is_ok(), old.verify().is_ok(), "{name}: {:?}", new.verify());
        assert_eq!(new.chain().len(), old.chain().len(), "{name}");
        let (old, new) = (old.certificate(), new.certificate());
        assert_eq!(new.issuer(), old.issuer(), "{name}");
        assert_eq!(new.key_description(), old.key_description(), "{name}");
        assert_eq!(new.signature_description(), old.signature_description(), "{name}");
        assert_eq!((new.not_before(), new.not_after()), (old.not_before(), old.not_after()), "{name}");
        assert_ne!(new.serial(), old.serial(), "{name}");
        assert_eq!(new.serial().len(), old.serial().len(), "{name}");
        let code = new.subject().institution_code().unwrap();
        assert!(luhn(code) && code != "0110119153", "{name}: {code}");
        // The code that was typed is the one in the certificate.
        let fields =
            redacted.har.log.entries[1].request.post_data.as_ref().unwrap().fields(encoding_rs::UTF_8);
        assert!(fields.iter().any(|(_, value)| value == code), "{name}: {code} in {fields:?}");
        assert_clean(&redacted, &["0110119153", old.serial()]);
        assert_eq!(
            new.subject().organizational_units().collect::<Vec<_>>(),
            old.subject().organizational_units().collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_pfx_file_that_nobody_can_open_is_left_out() {
    let file =
        std::fs::read(format!("{}/../fixtures/pfx/openssl-3des.p12", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut har = Har::default();
    har.log.entries.push(get("/p/rcd/file", Content::of_bytes("application/x-pkcs12", &file)));
    let without = redacted(&har);
    assert_eq!(without.dropped[&Dropped::ClosedPfx], 1);
    assert_eq!(without.har.log.entries[0].response.content.text, None);
    let knowledge = Knowledge { passwords: vec![Password::new("1234")], ..Knowledge::default() };
    let with = redact(&har, &knowledge, Key::of([3; 32])).unwrap();
    assert_eq!(with.passwords.len(), 1);
}

#[test]
fn a_saved_page_is_a_recording_of_one_exchange() {
    let html = format!(
        "<!-- saved from url=(0041){SITE}/p/ru/status?id=202012100001000 -->\r\n<p>受付番号 202012100001000</p>"
    );
    let har = saved::read(html.as_bytes()).unwrap();
    assert_eq!(har.log.entries[0].request.url, format!("{SITE}/p/ru/status?id=202012100001000"));
    assert_clean(&redacted(&har), &["202012100001000"]);
    let mhtml = format!(
        "From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"----Part\"\r\n\r\n\
         ------Part\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: {SITE}/p/ru\r\n\r\n\
         <p>ID =3D 2020121=\r\n00001000</p>\r\n------Part\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n------Part--\r\n"
    );
    let har = saved::read(mhtml.as_bytes()).unwrap();
    assert_eq!(har.log.entries.len(), 2);
    assert_eq!(
        har.log.entries[0].response.body().unwrap().unwrap().into_bytes(),
        b"<p>ID = 202012100001000</p>"
    );
    assert_clean(&redacted(&har), &["202012100001000"]);
    assert!(saved::read(b"%PDF-1.7").is_none());
}
