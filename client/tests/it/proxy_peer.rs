//! A proxy of any vendor: what it answers to each step of a login is told by the test.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_client::Proxy;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What a client does at a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Asks for the way, and says nothing about itself.
    Ask,
    /// Begins with NTLM.
    Negotiate,
    /// Tells its password, by NTLM or Basic.
    Tell,
}

use Step::{Ask, Negotiate, Tell};

/// What a proxy answers to each step. An answer with 2xx opens the way.
#[derive(Clone)]
pub(crate) struct Dialect {
    pub(crate) ask: Vec<u8>,
    pub(crate) negotiate: Vec<u8>,
    pub(crate) tell: Vec<u8>,
    /// It closes the connection behind these.
    pub(crate) closes: &'static [Step],
    /// Whether it knows a client of NTLM by its address, and not by its connection.
    pub(crate) by_address: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            ask: challenge("NTLM"),
            negotiate: challenge(&ntlm()),
            tell: b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec(),
            closes: &[],
            by_address: false,
        }
    }
}

/// A 407 with this challenge and nothing behind it.
pub(crate) fn challenge(challenge: &str) -> Vec<u8> {
    answer(&format!("HTTP/1.1 407 No\r\nProxy-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n"))
}

pub(crate) fn answer(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// The proxy's part of NTLM, as short as it may be: no target, no pairs, no version.
pub(crate) fn ntlm() -> String {
    let message = b"NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0\x01\x02\0\0\x01\x02\x03\x04\x05\x06\x07\x08";
    format!("NTLM {}", BASE64.encode(message))
}

/// A proxy that speaks a dialect.
pub(crate) struct Peer {
    url: String,
    seen: Arc<Mutex<Vec<(Step, String)>>>,
}

impl Peer {
    pub(crate) async fn start(dialect: Dialect) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::default());
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, dialect.clone(), Arc::clone(&shared)));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn proxy(&self) -> Proxy {
        Proxy::at(&self.url).unwrap()
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        self.seen.lock().unwrap().iter().map(|(step, _)| *step).collect()
    }

    /// What a client last said about itself.
    pub(crate) fn last(&self) -> String {
        self.seen.lock().unwrap().last().unwrap().1.clone()
    }
}

/// Answers the requests of one connection.
async fn serve(mut stream: TcpStream, dialect: Dialect, seen: Arc<Mutex<Vec<(Step, String)>>>) -> Option<()> {
    let mut knows_connection = dialect.by_address;
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let login = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: "));
        let login = login.unwrap_or_default().to_owned();
        let message = login.strip_prefix("NTLM ").map(|text| BASE64.decode(text).unwrap());
        let step = match &message {
            Some(message) if message[8] == 1 => Negotiate,
            None if login.is_empty() => Ask,
            _ => Tell,
        };
        seen.lock().unwrap().push((step, login));
        let answer = match step {
            Ask => &dialect.ask,
            Negotiate => &dialect.negotiate,
            Tell if message.is_some() && !knows_connection => &challenge("NTLM"),
            Tell => &dialect.tell,
        };
        knows_connection |= step == Negotiate;
        if String::from_utf8_lossy(answer).contains(" 200") {
            let mut site = TcpStream::connect(head.split(' ').nth(1)?).await.ok()?;
            stream.write_all(answer).await.ok()?;
            copy_bidirectional(&mut stream, &mut site).await.ok()?;
            return None;
        }
        stream.write_all(answer).await.ok()?;
        if dialect.closes.contains(&step) {
            return None;
        }
    }
}
