//! Recordings as tools write them.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use obn_client::recording::har::{Body, BodyError, Har, HarError, PostData};

fn log(entries: &str) -> String {
    format!(
        r#"{{"log":{{"version":"1.2","creator":{{"name":"WebInspector","version":"537.36"}},"pages":[],"entries":[{entries}]}}}}"#
    )
}

/// As Chrome writes it, with fields of its own.
fn entry(number: u32) -> String {
    format!(
        r#"{{"_connectionId":"7","_initiator":{{"type":"other"}},"cache":{{}},"connection":"443","pageref":"page_1",
        "request":{{"method":"GET","url":"https://cert.obn.managedpki.ne.jp/p/rcd?n={number}","httpVersion":"h2","headers":[{{"name":"accept","value":"*/*"}}],
        "queryString":[],"cookies":[],"headersSize":-1,"bodySize":0}},
        "response":{{"status":200,"statusText":"","httpVersion":"h2","headers":[{{"name":"Content-Type","value":"text/html"}}],"cookies":[],
        "content":{{"size":4,"mimeType":"text/html","text":"<p>{number}"}},"redirectURL":"","headersSize":-1,"bodySize":-1,"_transferSize":100,"_error":null}},
        "serverIPAddress":"[::1]","startedDateTime":"2026-11-30T10:00:00.000Z","time":12.5,"timings":{{"blocked":1,"dns":-1,"send":0.1,"wait":10,"receive":2}}}}"#
    )
}

#[test]
fn what_a_tool_wrote_comes_back_as_it_was() {
    let text = log(&[entry(1), entry(2)].join(","));
    let reading = Har::read(text.as_bytes()).unwrap();
    assert_eq!((reading.broken, reading.unreadable), (None, 0));
    let entry = &reading.har.log.entries[1];
    assert_eq!(entry.request.url, "https://cert.obn.managedpki.ne.jp/p/rcd?n=2");
    assert_eq!(entry.response.header("content-type"), Some("text/html"));
    assert_eq!(entry.response.body().unwrap(), Some(Body::Text("<p>2".into())));
    assert_eq!(entry.other["_connectionId"], "7");
    assert_eq!(entry.server_ip_address.as_deref(), Some("[::1]"));
    let again = Har::read(&reading.har.to_json()).unwrap();
    assert_eq!(again.har, reading.har);
}

#[test]
fn a_file_that_breaks_off_gives_the_whole_entries_before_the_break() {
    let text = log(&[entry(1), entry(2), entry(3)].join(","));
    let third = text.rfind("{\"_connectionId\"").unwrap();
    for end in third..text.len() {
        let reading = Har::read(&text.as_bytes()[..end]).unwrap();
        let whole = if end >= text.len() - 3 { 3 } else { 2 };
        assert_eq!(reading.har.log.entries.len(), whole, "{end} of {}", text.len());
        assert!(reading.broken.is_some());
    }
    let damaged = text.replacen("\"pageref\":\"page_1\"", "\"pageref\" ? \"page_1\"", 1);
    let reading = Har::read(damaged.as_bytes()).unwrap();
    assert!(reading.har.log.entries.is_empty() && reading.broken.is_some());
}

#[test]
fn oddities_of_tools_are_taken() {
    let odd = r#"{"request":{"method":"GET","url":"https://localhost/","headers":null},"response":{"status":"200","content":{"size":null}},"connection":443,"time":null}"#;
    let text = format!("\u{feff}{}", log(&format!("{odd},17,{}", entry(1))));
    let utf_16: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(text.trim_start_matches('\u{feff}').encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for file in [text.into_bytes(), utf_16] {
        let reading = Har::read(&file).unwrap();
        assert_eq!((reading.har.log.entries.len(), reading.unreadable), (2, 1));
        let first = &reading.har.log.entries[0];
        assert_eq!(
            (first.response.status, first.connection.as_deref(), first.time),
            (200, Some("443"), -1.0)
        );
        assert_eq!(first.response.body().unwrap(), None);
    }
}

#[test]
fn what_is_no_recording_is_told() {
    for file in [&b""[..], b"{}", b"[1]", b"<html>", b"{\"entries\":[]}"] {
        assert!(matches!(Har::read(file), Err(HarError::NotHar(_))), "{file:?}");
    }
}

#[test]
fn bodies_are_decoded_whether_or_not_a_tool_unpacked_them() {
    let body = "<p>受付番号</p>".as_bytes().repeat(20);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&body).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(&body).unwrap();
    let deflate = deflate.finish().unwrap();
    let mut har = Har::read(log(&entry(1)).as_bytes()).unwrap().har;
    let response = &mut har.log.entries[0].response;
    response.headers.push(obn_client::recording::har::Header::new("Content-Encoding", ""));
    response.content.encoding = Some("base64".into());
    for (coding, packed) in
        [("gzip", &gzip), ("deflate", &deflate), ("gzip", &body), ("br", &body), ("", &body)]
    {
        response.headers[1].value = coding.into();
        response.content.text = Some(STANDARD.encode(packed));
        assert_eq!(response.body().unwrap(), Some(Body::Bytes(body.clone())), "{coding}");
    }
    // `printf '<p>brotli</p>' | brotli`, checked with Python's.
    response.headers[1].value = "gzip".into();
    response.content.text = Some(STANDARD.encode(&gzip[..gzip.len() / 2]));
    assert_eq!(response.body(), Err(BodyError::Packed));
    response.content.text = Some("%%%".into());
    assert_eq!(response.body(), Err(BodyError::NotBase64));
}

#[test]
fn the_fields_of_a_form_come_in_the_pages_character_set() {
    let form = |text: &str| PostData {
        mime_type: "application/x-www-form-urlencoded".into(),
        text: Some(text.into()),
        ..PostData::default()
    };
    let pairs = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    assert_eq!(form("n=%E5%8C%BB+1").fields(encoding_rs::UTF_8), pairs("n", "医 1"));
    assert_eq!(form("n=%88%E3%2B").fields(encoding_rs::SHIFT_JIS), pairs("n", "医+"));
    assert_eq!(form("n").fields(encoding_rs::UTF_8), pairs("n", ""));
}
