//! CONNECT as proxies of all ages answer it.
//!
//! HTTP libraries end a connection where HTTP/1.0 or a missing length allows it, and know nothing of
//! `Proxy-Connection`. NTLM logs in a connection, so this one is kept for as long as the proxy keeps it.

use std::io;

use httparse::{EMPTY_HEADER, Header, ParserConfig, Status};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy, sink};
use tokio::net::TcpStream;

use crate::network::challenge::Challenge;
use crate::network::proxy::{Proxy, ProxyFailure};

/// The longest head of an answer, in bytes, and the most lines of it.
const LONGEST_HEAD: u64 = 64 << 10;
const MOST_HEADERS: usize = 256;
/// The longest page that is read past, in bytes.
const LONGEST_BODY: u64 = 1 << 20;

/// A connection to the proxy.
#[derive(Debug)]
pub(crate) struct Connection(BufReader<TcpStream>);

/// What the proxy says to CONNECT.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The way to the site is open.
    Open(BufReader<TcpStream>),
    /// 407: it offers these ways to log in, or goes on with one of them.
    LogIn(Vec<Challenge>, Behind),
}

/// What follows a 407: a page, and perhaps the next answer.
#[derive(Debug)]
pub(crate) struct Behind {
    stream: BufReader<TcpStream>,
    body: Body,
    closes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Bytes(u64),
    Chunks,
}

/// The head of an answer.
#[derive(Debug)]
pub(crate) struct Head {
    status: u16,
    pub(crate) challenges: Vec<Challenge>,
    body: Body,
    /// Whether the proxy says that it ends the connection.
    closes: bool,
}

impl Connection {
    pub(crate) async fn to(proxy: &Proxy) -> Result<Self, ProxyFailure> {
        Ok(Self(BufReader::new(TcpStream::connect(proxy.address()).await.map_err(broken)?)))
    }

    /// Asks for the way to `target`, a host and a port.
    ///
    /// # Errors
    ///
    /// [`ProxyFailure::Closed`] if the connection ends before an answer has come.
    pub(crate) async fn connect(mut self, target: &str, login: Option<&str>) -> Result<Answer, ProxyFailure> {
        // `Proxy-Connection` is for proxies of HTTP/1.0, as curl and browsers have it.
        let mut request =
            format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Connection: Keep-Alive\r\n");
        if let Some(login) = login {
            request.push_str(&format!("Proxy-Authorization: {login}\r\n"));
        }
        request.push_str("\r\n");
        self.0.write_all(request.as_bytes()).await.map_err(broken)?;
        loop {
            let head = Head::read(&mut self.0).await?;
            return match head.status {
                // It works on it.
                100 | 102..=199 => continue,
                200..=299 => Ok(Answer::Open(self.0)),
                407 => {
                    let behind = Behind { stream: self.0, body: head.body, closes: head.closes };
                    Ok(Answer::LogIn(head.challenges, behind))
                }
                status => Err(ProxyFailure::Status(status)),
            };
        }
    }
}

impl Behind {
    /// The connection for the next request, if the proxy leaves it open.
    pub(crate) async fn go_on(mut self) -> Option<Connection> {
        if self.closes {
            return None;
        }
        let mut body = (&mut self.stream).take(LONGEST_BODY);
        match self.body {
            Body::Bytes(length) => skip(&mut body, length).await?,
            Body::Chunks => skip_chunks(&mut body).await?,
        }
        Some(Connection(self.stream))
    }
}

impl Head {
    async fn read(stream: &mut BufReader<TcpStream>) -> Result<Self, ProxyFailure> {
        let mut bytes = Vec::new();
        let mut limited = stream.take(LONGEST_HEAD);
        loop {
            let begin = bytes.len();
            match limited.read_until(b'\n', &mut bytes).await {
                Ok(0) if limited.limit() == 0 => return Err(ProxyFailure::Malformed),
                Ok(0) => return Err(ProxyFailure::Closed),
                Err(error) => return Err(broken(error)),
                Ok(_) if begin > 0 && matches!(&bytes[begin..], b"\r\n" | b"\n") => break,
                Ok(_) => {}
            }
        }
        Self::parse(&bytes).ok_or(ProxyFailure::Malformed)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let mut parser = ParserConfig::default();
        parser
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_multiple_spaces_in_response_status_delimiters(true)
            .ignore_invalid_headers_in_responses(true);
        let Ok(Status::Complete(_)) = parser.parse_response(&mut response, bytes) else { return None };
        let status = response.code?;
        let challenges = Challenge::all(values(response.headers, "proxy-authenticate"));
        let says = |name, word| values(response.headers, name).any(|value| has_word(value, word));
        let length = values(response.headers, "content-length").next();
        let length = length.and_then(|length| std::str::from_utf8(length).ok()?.trim().parse().ok());
        let body = if says("transfer-encoding", "chunked") {
            Body::Chunks
        } else {
            // Without a length curl takes it for empty: otherwise nothing could follow.
            Body::Bytes(length.unwrap_or(0))
        };
        let closes = says("connection", "close") || says("proxy-connection", "close");
        Some(Self { status, challenges, body, closes })
    }
}

/// The values of all headers of this name.
fn values<'a>(headers: &'a [Header<'_>], name: &str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

fn has_word(value: &[u8], word: &str) -> bool {
    value.split(|byte| *byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

/// Reads past so many bytes.
async fn skip(body: &mut (impl AsyncBufRead + Unpin), length: u64) -> Option<()> {
    let skipped = copy(&mut body.take(length), &mut sink()).await.ok()?;
    (skipped == length).then_some(())
}

/// Reads past chunks and what may follow them (RFC 9112, section 7.1).
async fn skip_chunks(body: &mut (impl AsyncBufRead + Unpin)) -> Option<()> {
    loop {
        let Ok(Status::Complete((_, size))) = httparse::parse_chunk_size(&line(body).await?) else {
            return None;
        };
        if size == 0 {
            break;
        }
        skip(body, size.saturating_add(2)).await?;
    }
    while !line(body).await?.trim_ascii().is_empty() {}
    Some(())
}

async fn line(body: &mut (impl AsyncBufRead + Unpin)) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    body.read_until(b'\n', &mut line).await.ok()?;
    line.ends_with(b"\n").then_some(line)
}

/// A proxy that ends a connection may do so with or without a word.
fn broken(error: io::Error) -> ProxyFailure {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected => ProxyFailure::Closed,
        _ => ProxyFailure::Connection(obn_speech::cause(&error)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(text: &str) -> Option<Head> {
        Head::parse(text.as_bytes())
    }

    #[test]
    fn heads_are_read_as_proxies_write_them() {
        for (text, status, body, closes) in [
            ("HTTP/1.0 200 Connection established\r\n\r\n", 200, Body::Bytes(0), false),
            ("HTTP/1.1 200\r\n\r\n", 200, Body::Bytes(0), false),
            ("HTTP/1.1 200 \u{8a8d}\u{8a3c}\n\n", 200, Body::Bytes(0), false),
            ("HTTP/1.1  407  No\r\nContent-Length : 7\r\n\r\n", 407, Body::Bytes(7), false),
            ("HTTP/1.0 407 No\r\nPROXY-CONNECTION: keep-alive\r\n\r\n", 407, Body::Bytes(0), false),
            ("HTTP/1.1 407 No\r\nConnection: Keep-Alive, Close\r\n\r\n", 407, Body::Bytes(0), true),
            ("HTTP/1.1 407 No\r\nProxy-Connection: close\r\n\r\n", 407, Body::Bytes(0), true),
            (
                "HTTP/1.1 407 No\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 9\r\n\r\n",
                407,
                Body::Chunks,
                false,
            ),
            ("HTTP/1.1 407 No\r\nContent-Length: -1\r\nno header at all\r\n\r\n", 407, Body::Bytes(0), false),
        ] {
            let head = head(text).unwrap_or_else(|| panic!("{text:?}"));
            assert_eq!((head.status, head.body, head.closes), (status, body, closes), "{text:?}");
        }
        for text in ["", "\r\n\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/3 200 OK\r\n\r\n", "<html>\r\n\r\n"] {
            assert!(head(text).is_none(), "{text:?}");
        }
    }

    async fn skips_chunks(body: &str) -> bool {
        skip_chunks(&mut body.as_bytes()).await.is_some()
    }

    #[tokio::test]
    async fn a_chunked_page_is_read_to_its_end() {
        let mut body = &b"3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 200"[..];
        assert_eq!(skip_chunks(&mut body).await, Some(()));
        assert_eq!(body, b"HTTP/1.1 200");
        for broken in [
            "",
            "3\r\nab",
            "x\r\n",
            "3\r\nabc\r\n",
            "0\r\n",
            "ffffffffffffffff\r\nabc",
            "fffffffffffffffff\r\n",
        ] {
            assert!(!skips_chunks(broken).await, "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_head_or_none(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            Head::parse(&[b"HTTP/1.1 407 No\r\n", &bytes[..], b"\r\n\r\n"].concat());
            Head::parse(&bytes);
        }
    }
}
