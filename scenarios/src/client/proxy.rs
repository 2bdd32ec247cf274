//! A proxy before the site: it knows CONNECT, and lets through who says the right name, or nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::bilingual::Bilingual;
use crate::error::Error;

pub(super) const USER: &str = "clinic";
pub(super) const PASSWORD: &str = "proxy-pass-2717";
/// A request's head is longer than this only if somebody means harm.
const LONGEST_HEAD: usize = 16 * 1024;
const SIGNATURE: &[u8] = b"NTLMSSP\0";

/// What stands before the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProxyKind {
    /// It wants Basic authentication.
    Basic,
    /// It wants NTLM authentication.
    Ntlm,
    /// It wants Basic authentication, and takes no password for right.
    Refusing,
    /// It is configured, and the site is on the list of hosts to reach without it.
    Bypassed,
}

impl ProxyKind {
    /// What stands there.
    pub(super) fn words(self) -> Bilingual {
        match self {
            Self::Basic => Bilingual::of("Basic 認証を求める", "it wants Basic authentication"),
            Self::Ntlm => Bilingual::of("NTLM 認証を求める", "it wants NTLM authentication"),
            Self::Refusing => Bilingual::of(
                "Basic 認証を求め、どのパスワードも拒む",
                "it wants Basic authentication, and takes no password for right",
            ),
            Self::Bypassed => Bilingual::of(
                "サイトはプロキシを通さない設定",
                "the site is on the list of hosts to reach without it",
            ),
        }
    }

    /// What a command that gives up before it has a word for this proxy doesn't support.
    pub(super) fn through(self) -> Bilingual {
        match self {
            Self::Basic | Self::Refusing => {
                Bilingual::of("、Basic 認証のプロキシを通る", "through a proxy with Basic authentication")
            }
            Self::Ntlm => {
                Bilingual::of("、NTLM 認証のプロキシを通る", "through a proxy with NTLM authentication")
            }
            Self::Bypassed => {
                Bilingual::of("、プロキシを通さない (OBN_PROXY_BYPASS)", "around a proxy (OBN_PROXY_BYPASS)")
            }
        }
    }
}

/// A running proxy; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) kind: ProxyKind,
    pub(super) url: String,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Requests.
    asked: AtomicUsize,
    tunnels: AtomicUsize,
}

impl Proxy {
    pub(super) async fn start(kind: ProxyKind) -> Result<Self, Error> {
        let told = |error: std::io::Error| Error::broken("no proxy", error);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(told)?;
        let url = format!("http://{}", listener.local_addr().map_err(told)?);
        let counts = Arc::new(Counts::default());
        let count = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kind, Arc::clone(&count)));
            }
        });
        Ok(Self { kind, url, counts, task })
    }

    /// How many tunnels it has opened.
    pub(super) fn tunnels(&self) -> usize {
        self.counts.tunnels.load(Ordering::SeqCst)
    }

    /// How often it was asked for one.
    pub(super) fn asked(&self) -> usize {
        self.counts.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, kind: ProxyKind, counts: Arc<Counts>) {
    while let Some(head) = head(&mut stream).await {
        counts.asked.fetch_add(1, Ordering::SeqCst);
        let challenge = match answer(&head, kind) {
            Answer::Tunnel(target) => {
                let Ok(mut site) = TcpStream::connect(&target).await else { return };
                counts.tunnels.fetch_add(1, Ordering::SeqCst);
                if stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_ok() {
                    // Either side may hang up as it likes.
                    let _ = copy_bidirectional(&mut stream, &mut site).await;
                }
                return;
            }
            Answer::Challenge(challenge) => challenge,
        };
        let text = format!(
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: {challenge}\r\n\
             Proxy-Connection: keep-alive\r\nContent-Length: 0\r\n\r\n"
        );
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
        if head.len() > LONGEST_HEAD {
            return None;
        }
    }
    String::from_utf8(head).ok()
}

enum Answer {
    /// A tunnel to there.
    Tunnel(String),
    /// The client has to answer this first.
    Challenge(String),
}

fn answer(head: &str, kind: ProxyKind) -> Answer {
    let mut lines = head.lines();
    let target = lines.next().and_then(|line| line.strip_prefix("CONNECT ")?.split(' ').next());
    let header = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authorization").then(|| value.trim().to_owned())
    });
    let credentials = |scheme: &str| {
        let header = header.as_deref()?;
        let fits = header.get(..scheme.len())?.eq_ignore_ascii_case(scheme);
        fits.then(|| BASE64.decode(header.get(scheme.len()..)?.trim()).ok()).flatten()
    };
    let admitted = match kind {
        ProxyKind::Bypassed => true,
        ProxyKind::Refusing => return Answer::Challenge("Basic realm=\"clinic\"".to_owned()),
        ProxyKind::Basic => {
            let wanted = format!("{USER}:{PASSWORD}");
            if credentials("Basic ").is_none_or(|told| told != wanted.as_bytes()) {
                return Answer::Challenge("Basic realm=\"clinic\"".to_owned());
            }
            true
        }
        ProxyKind::Ntlm => match credentials("NTLM ") {
            None => return Answer::Challenge("NTLM".to_owned()),
            Some(message) if message_type(&message) == Some(1) => {
                return Answer::Challenge(format!("NTLM {}", BASE64.encode(challenge())));
            }
            Some(message) => message_type(&message) == Some(3) && names_user(&message),
        },
    };
    match target {
        Some(target) if admitted => Answer::Tunnel(target.to_owned()),
        _ => Answer::Challenge("NTLM".to_owned()),
    }
}

/// MS-NLMP 2.2: signature, then the type.
fn message_type(message: &[u8]) -> Option<u32> {
    let kind = message.strip_prefix(SIGNATURE)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*kind))
}

/// MS-NLMP 2.2.1.2: Unicode, NTLM, target information (an empty list) and extended session security.
fn challenge() -> Vec<u8> {
    let target: Vec<u8> = "CLINIC".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut information = vec![2, 0];
    information.extend(u16::try_from(target.len()).unwrap_or_default().to_le_bytes());
    information.extend(&target);
    information.extend([0; 4]);
    let field = |bytes: &[u8], offset: u32| {
        let length = u16::try_from(bytes.len()).unwrap_or_default().to_le_bytes();
        [length.as_slice(), &length, &offset.to_le_bytes()].concat()
    };
    let begin = 48u32;
    let behind = begin + u32::try_from(target.len()).unwrap_or_default();
    [
        SIGNATURE,
        &2u32.to_le_bytes(),
        &field(&target, begin),
        &0x0288_8205_u32.to_le_bytes(),
        b"\x01\x23\x45\x67\x89\xab\xcd\xef",
        &[0; 8],
        &field(&information, behind),
        &target,
        &information,
    ]
    .concat()
}

/// MS-NLMP 2.2.1.3: the user's name, and a response of the length of NTLMv2's. Whether it is right
/// only the password's hash could tell; the harness asks whether a client takes part, not for how much.
fn names_user(message: &[u8]) -> bool {
    let field = |at: usize| {
        let number = |at: usize| Some(usize::from(u16::from_le_bytes(*message.get(at..)?.first_chunk()?)));
        let offset = u32::from_le_bytes(*message.get(at + 4..)?.first_chunk()?);
        let offset = usize::try_from(offset).ok()?;
        message.get(offset..offset + number(at)?)
    };
    let user: Vec<u8> = USER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    field(36).is_some_and(|name| name.eq_ignore_ascii_case(&user))
        && field(20).is_some_and(|response| response.len() >= 24)
}
