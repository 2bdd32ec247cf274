//! Pages that somebody saved: `.html`, and `.mhtml` with all its parts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::recording::har::{Content, Entry, Har, Header, Log, Request, Response, Tool};

/// More parts a saved page does not have.
const MOST_PARTS: usize = 2_000;
/// The address of a page that does not tell where it comes from.
pub const UNKNOWN: &str = "https://cert.obn.managedpki.ne.jp/";

/// A saved page as a recording of one exchange, or of one for each part; `None` if it is none.
pub fn read(file: &[u8]) -> Option<Har> {
    let entries = match parts(file) {
        Some(parts) => parts,
        None => vec![page(file)?],
    };
    let creator = Tool { name: "saved page".into(), ..Tool::default() };
    Some(Har { log: Log { version: "1.2".into(), creator, entries, ..Log::default() } })
}

fn page(file: &[u8]) -> Option<Entry> {
    let start = String::from_utf8_lossy(&file[..file.len().min(4096)]).into_owned();
    let is_page = start.trim_start_matches('\u{feff}').trim_start().starts_with('<');
    if !is_page {
        return None;
    }
    // What Chrome, Edge and Internet Explorer write at the top.
    let url = start.split("saved from url=(").nth(1).and_then(|rest| rest.split_once(')'));
    let url = url.and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or(UNKNOWN);
    Some(entry(url, "text/html", file))
}

fn entry(url: &str, mime: &str, body: &[u8]) -> Entry {
    let request = Request { method: "GET".into(), url: url.to_owned(), ..Request::default() };
    let headers = vec![Header::new("Content-Type", mime)];
    let response =
        Response { status: 200, headers, content: Content::of_bytes(mime, body), ..Response::default() };
    Entry { request, response, ..Entry::default() }
}

/// The parts of a file in MIME (RFC 2557).
fn parts(file: &[u8]) -> Option<Vec<Entry>> {
    let (head, body) = head_and_body(file)?;
    let kind = head.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str())?;
    if !kind.to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let boundary = kind.split("boundary=").nth(1)?.trim_start();
    let boundary = match boundary.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => boundary.split([';', ' ']).next()?,
    };
    if boundary.is_empty() {
        return None;
    }
    let mark = format!("--{boundary}");
    let mut entries = Vec::new();
    for part in split(body, mark.as_bytes()).into_iter().skip(1).take(MOST_PARTS) {
        if part.starts_with(b"--") {
            break;
        }
        let part = part.strip_prefix(b"\r\n").or_else(|| part.strip_prefix(b"\n")).unwrap_or(part);
        let Some((head, body)) = head_and_body(part) else { continue };
        let value =
            |wanted: &str| head.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let body = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")).unwrap_or(body);
        let body = match value("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase().as_str()
        {
            "base64" => {
                let letters: Vec<u8> =
                    body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                BASE64.decode(letters).unwrap_or_default()
            }
            "quoted-printable" => quoted_printable(body),
            _ => body.to_vec(),
        };
        entries.push(entry(
            value("content-location").unwrap_or(UNKNOWN),
            value("content-type").unwrap_or("text/html"),
            &body,
        ));
    }
    Some(entries)
}

type Headers = Vec<(String, String)>;

/// The headers, with lines that go on joined, and what stands behind the first empty line.
fn head_and_body(bytes: &[u8]) -> Option<(Headers, &[u8])> {
    let end = |mark: &[u8]| {
        bytes.windows(mark.len()).position(|window| window == mark).map(|at| (at, at + mark.len()))
    };
    let (end, start) = match (end(b"\r\n\r\n"), end(b"\n\n")) {
        (Some(dos), Some(unix)) => dos.min(unix),
        (found, None) | (None, found) => found?,
    };
    if end > 16_384 {
        return None;
    }
    let mut headers: Headers = Vec::new();
    for line in String::from_utf8_lossy(&bytes[..end]).lines() {
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = headers.last_mut()
        {
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    Some((headers, &bytes[start..]))
}

fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at + mark.len() <= bytes.len() {
        if &bytes[at..at + mark.len()] == mark {
            pieces.push(&bytes[start..at]);
            at += mark.len();
            start = at;
        } else {
            at += 1;
        }
    }
    pieces.push(&bytes[start..]);
    pieces
}

/// RFC 2045, 6.7.
fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let byte = after.get(..2).and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        match (first, byte) {
            (b'=', Some(byte)) => {
                out.push(byte);
                rest = &after[2..];
            }
            (b'=', None) if after.starts_with(b"\r\n") => rest = &after[2..],
            (b'=', None) if after.starts_with(b"\n") => rest = &after[1..],
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}
