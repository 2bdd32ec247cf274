//! What the readers read on good days.

use std::path::{Path, PathBuf};

use obn_ca::profile::{Profile, to_toml};

use super::portal;

/// A folder of the repository.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Their keys take hundreds of thousands of rounds, which is time that other bytes make better use of.
const SLOW: [&str; 2] = ["gnutls.p12", "two-identities.p12"];

/// The files of a folder and those below it whose names end so, in the order of their names.
fn files(name: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    let mut folders = vec![folder(name)];
    while let Some(folder) = folders.pop() {
        // Where there are no such seeds, there are others.
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|is| endings.iter().any(|ending| is == *ending)) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths.retain(|path| !SLOW.iter().any(|name| path.ends_with(name)));
    paths.iter().map(|path| std::fs::read(path).expect("the repository can be read")).collect()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(super) fn forms() -> Vec<Vec<u8>> {
    texts(&[
        "0requestId=202012100001000&referenceId=FPwNiG5g4r&password=1234&passwordConfirm=1234&submit=download",
        "0requestId=%EF%BC%92%EF%BC%90&referenceId=+a+&password=&passwordConfirm=",
        "1requestId=202012100001000&referenceId=FPwNiG5g4r&email=a%40example.jp&emailConfirm=a%40example.jp&submit=next",
        "1",
        "0&&=&a=&=b&a",
    ])
}

pub(super) fn cookies() -> Vec<Vec<u8>> {
    texts(&[
        "JSESSIONID=0123456789abcdef",
        "a=b; JSESSIONID=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; c",
        "name=\u{82b1}; ;; =; x=y=z",
    ])
}

pub(super) fn worlds() -> Vec<Vec<u8>> {
    vec![portal::world_file()]
}

pub(super) fn profiles() -> Vec<Vec<u8>> {
    let usual = Profile::default();
    let mut profiles = vec![
        to_toml(&usual).into_bytes(),
        serde_json::to_vec(&usual).expect("a profile is JSON"),
        Vec::new(),
    ];
    // One more for each value that the real site may have as well.
    for key in obn_ca::profile::KEYS {
        profiles.extend(key.rivals.iter().map(|rival| format!("{} = {rival}\n", key.path).into_bytes()));
    }
    profiles
}

pub(super) fn pfx() -> Vec<Vec<u8>> {
    files("fixtures", &["p12", "pfx"])
}

pub(super) fn der() -> Vec<Vec<u8>> {
    let pem = files("fixtures", &["pem"]);
    pem.iter().filter_map(|text| pem::parse(text).ok()).map(pem::Pem::into_contents).collect()
}

pub(super) fn pages() -> Vec<Vec<u8>> {
    let mut pages = portal::pages();
    pages.extend(texts(&[
        "<title>x</title><base href=\"/q/\"><meta http-equiv=refresh content=\"3; url='/p/ru/status'\">\
         <h1>状態</h1><table><tr><th>証明書ステータス<th>ID<tr><td>発行済み<td>1</table><dl><dt>a<dd>b</dl><p>c: d</p>",
        "<meta charset=Shift_JIS><form method=post action=a><fieldset disabled><input name=a></fieldset>\
         <label>リクエストID<input name=b></label><label for=c>パスワード</label><input id=c type=password name=c>\
         <select name=d><option selected>1<option>2</select><textarea name=e>f</textarea>\
         <input type=checkbox name=g checked><input type=image><button formaction=//x name=h value=i>ダウンロード</button></form>",
        "<main><p role=alert>このIDは使えません</p><p class=error>x</p><ul><li><a href=root.cer>ルート証明書</a></ul></main>",
        "<div><div><div><span>a</span><p><b><i></b></i><table><div></table><svg><math><mi><template><select><option>",
    ]));
    pages
}

pub(super) fn set_cookies() -> Vec<Vec<u8>> {
    texts(&[
        "JSESSIONID=0123; Path=/p; Secure; HttpOnly\nb=2",
        "a=1; Domain=.managedpki.ne.jp; Path=/; Max-Age=60\na=; Max-Age=0",
        "a=\u{82b1}; Expires=Wed, 21 Oct 2026 07:28:00 GMT\nb=1; Expires=Thu, 01-Jan-1970 00:01:00 GMT; SameSite=Lax",
    ])
}

pub(super) fn proxies() -> Vec<Vec<u8>> {
    let heads = [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 407 No\r\nProxy-Authenticate: Negotiate, NTLM\r\nProxy-Authenticate: Basic realm=\"a, \\\"b\\\"\", charset=\"UTF-8\"\r\n\
         Proxy-Connection: keep-alive\r\nContent-Length: 12\r\n\r\n",
        "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM TlRMTVNTUAACAAAAAAAAAAAAAAABAgAAAQIDBAUGBwg=\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"a\", nonce=b,\r\n qop=\"auth,auth-int\", NTLM\r\n\r\n",
    ];
    let mut heads = texts(&heads);
    heads.push(
        b"HTTP/1.1 407 \x94\x46\x8f\xd8\r\nProxy-Authenticate: Basic realm=\"\x95\x5c\", NTLM\r\n\r\n"
            .to_vec(),
    );
    heads
}

pub(super) fn ntlm() -> Vec<Vec<u8>> {
    let begin = b"NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0";
    let nonce = b"\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\0\0\0\0";
    let pairs = b"\x02\0\x02\0A\0\x07\0\x08\0\x01\0\0\0\0\0\0\x01\0\0\0\0";
    vec![
        [&begin[..], b"\x01\x02\0\0", nonce].concat(),
        [&begin[..], b"\x01\x02\x80\0", nonce, b"\x16\0\x16\0\x30\0\0\0", pairs].concat(),
    ]
}

pub(super) fn bypass() -> Vec<Vec<u8>> {
    texts(&[
        "*.onshikaku.org;*.obn.managedpki.ne.jp;*.rece\ncert.obn.managedpki.ne.jp",
        "<local>, local*; <-loopback>\nlocalhost:8443",
        "192.168.0.0/16 [fd00::]/8 10.* [::1]:8443 .example.jp:443 https://a.test/\n[fd12::1]",
        "医院.example.jp;*.例え.テスト;127.1;0x7f.1\n127.0.0.1",
    ])
}

pub(super) fn scenarios() -> Vec<Vec<u8>> {
    [files("scenarios/portal", &["toml"]), files("scenarios/client", &["toml"])].concat()
}

/// Recordings of one exchange with a form, a page in Shift_JIS, and a file; and saved pages.
pub(super) fn recordings() -> Vec<Vec<u8>> {
    let entry = |response: &str| {
        format!(
            r#"{{"log":{{"version":"1.2","creator":{{"name":"WebInspector","version":"1"}},"entries":[{{"startedDateTime":"2026-11-30T10:00:00.000Z","time":1.5,"request":{{"method":"POST","url":"https://cert.obn.managedpki.ne.jp/p/rcd?a=%31","httpVersion":"h2","headers":[{{"name":"Cookie","value":"S=0123456789ABCDEF"}},{{"name":"Proxy-Authorization","value":"Basic YTpi"}}],"cookies":[],"queryString":[],"postData":{{"mimeType":"application/x-www-form-urlencoded","text":"requestId=202012100001000&referenceId=FPwNiG5g4r&password=1234"}}}},"response":{response},"_securityDetails":{{"protocol":"TLS 1.3"}}}}]}}}}"#
        )
    };
    let content = |mime: &str, encoding: &str, text: &str| {
        entry(&format!(
            r#"{{"status":200,"headers":[{{"name":"Set-Cookie","value":"S=0123456789ABCDEF; Path=/"}}],"content":{{"mimeType":"{mime}","text":"{text}","encoding":"{encoding}"}}}}"#
        ))
    };
    let base64 = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    let page = "<table><tr><th>リファレンスID</th><td>FPwNiG5g4r</td></tr></table><input type=hidden name=t value='a&#49;b'>";
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(page);
    let pfx = std::fs::read(folder("fixtures/pfx/openssl-3des.p12")).unwrap_or_default();
    let mut seeds = vec![
        content("text/html", "", &page.replace('"', "'")).into_bytes(),
        content("text/html; charset=Shift_JIS", "base64", &base64(&shift_jis)).into_bytes(),
        content("application/x-pkcs12", "base64", &base64(&pfx)).into_bytes(),
        format!("<!-- saved from url=(0041)https://cert.obn.managedpki.ne.jp/p/rcd -->{page}").into_bytes(),
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=31=\r\n2</p>\r\n--b--".to_vec(),
    ];
    seeds.extend(pages().into_iter().take(4));
    seeds
}
