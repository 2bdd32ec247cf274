//! Through a proxy that demands Basic authentication, and past it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use obn_client::{Error, Language, Password, Proxy, ProxyFailure, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::authority::Authority;
use crate::command::Desk;
use crate::portal::{Portal, Reply};

/// A proxy that knows CONNECT only, and one user.
struct Tunnel {
    url: String,
    opened: Arc<AtomicUsize>,
}

impl Tunnel {
    async fn start() -> Self {
        let listener = TcpListener::bind(("localhost", 0)).await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let opened = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&opened);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, Arc::clone(&count)));
            }
        });
        Self { url, opened }
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}

async fn tunnel(mut stream: TcpStream, opened: Arc<AtomicUsize>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let credentials = base64::engine::general_purpose::STANDARD.encode("clinic:pass:word");
    if !head.to_ascii_lowercase().contains("proxy-authorization: basic") || !head.contains(&credentials) {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(refusal).await;
        return;
    }
    let target = head.split(' ').nth(1).unwrap();
    let mut site = TcpStream::connect(target).await.unwrap();
    opened.fetch_add(1, Ordering::SeqCst);
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut site).await;
}

async fn portal() -> Portal {
    let der = pem::parse(Authority::named("Root").pem).unwrap().into_contents();
    Portal::start(move |_| Reply::file("application/x-x509-ca-cert", der.clone())).await
}

#[tokio::test]
async fn basic_authentication_opens_the_way() {
    let (portal, tunnel) = (portal().await, Tunnel::start().await);
    let proxy = Proxy::at(&tunnel.url).unwrap().user("clinic", Password::new("pass:word"));
    portal.client().proxy(proxy).build().unwrap().root_certificate().await.unwrap();
    assert_eq!(tunnel.opened(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_the_proxy_s_refusal() {
    let (portal, tunnel) = (portal().await, Tunnel::start().await);
    let proxy = Proxy::at(&tunnel.url).unwrap().user("clinic", Password::new("wrong"));
    let error = portal.client().proxy(proxy).build().unwrap().root_certificate().await.unwrap_err();
    assert_eq!(failure(&error), &ProxyFailure::UserRefused);
    assert!(!format!("{error} {error:?}").contains("wrong"), "{error}");
}

#[tokio::test]
async fn a_proxy_that_asks_for_a_user_is_told_none_if_there_is_none() {
    let (portal, tunnel) = (portal().await, Tunnel::start().await);
    let client = portal.client().proxy(Proxy::at(&tunnel.url).unwrap()).build().unwrap();
    let error = client.root_certificate().await.unwrap_err();
    assert_eq!(failure(&error), &ProxyFailure::UserWanted);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let portal = portal().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let proxy = Proxy::at(&format!("http://{address}")).unwrap();
    let error = portal.client().proxy(proxy).build().unwrap().root_certificate().await.unwrap_err();
    assert!(matches!(failure(&error), ProxyFailure::Connection(_)), "{error:?}");
    assert!(error.to_string().contains(&address), "{error}");
    assert_eq!(error.exit_status(), 3);
}

/// A proxy that always gives this answer.
async fn refuser(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while let Ok(byte) = stream.read_u8().await {
                    head.push(byte);
                    if head.ends_with(b"\r\n\r\n") {
                        let _ = stream.write_all(answer.as_bytes()).await;
                        assert!(!String::from_utf8_lossy(&head).contains("Basic"), "nobody asked for Basic");
                    }
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn what_a_proxy_refuses_is_told_as_it_is() {
    let portal = portal().await;
    for (answer, expected) in [
        (
            "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: Digest realm=x\r\nContent-Length: 0\r\n\r\n",
            ProxyFailure::UnknownSchemes("Negotiate, Digest".to_owned()),
        ),
        (
            "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nProxy-Authenticate: NTLM bm90aGluZw==\r\nContent-Length: 0\r\n\r\n",
            ProxyFailure::Challenge,
        ),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", ProxyFailure::Status(403)),
    ] {
        let proxy = Proxy::at(&refuser(answer).await).unwrap().user("clinic", Password::new("secret"));
        let error = portal.client().proxy(proxy).build().unwrap().root_certificate().await.unwrap_err();
        assert_eq!(failure(&error), &expected);
        assert!(!error.explain(Language::Japanese).is_empty());
    }
}

fn failure(error: &Error) -> &ProxyFailure {
    match error {
        Error::Transport(TransportError::Proxy { failure, .. }) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_host_on_the_bypass_list_is_reached_directly() {
    let (portal, tunnel) = (portal().await, Tunnel::start().await);
    let proxy = Proxy::at(&tunnel.url).unwrap().bypass("*.onshikaku.org;localhost;*.rece");
    portal.client().proxy(proxy).build().unwrap().root_certificate().await.unwrap();
    assert_eq!(tunnel.opened(), 0);
}

#[tokio::test]
async fn the_command_takes_the_proxy_from_its_environment() {
    let (portal, tunnel) = (portal().await, Tunnel::start().await);
    let desk = Desk::before(&portal).with("OBN_PROXY", &tunnel.url).with("OBN_PROXY_USER", "clinic");
    let desk = desk.with("OBN_PROXY_PASSWORD", "pass:word");
    let ended = desk.obn(&["root", "--out", "root.cer"], "").await;
    assert_eq!((ended.status, tunnel.opened()), (0, 1), "{}", ended.transcript);
}

#[test]
fn an_address_with_a_password_in_it_is_refused() {
    for url in ["http://clinic:secret@proxy:8080", "https://proxy", "proxy:8080", ""] {
        let error = Error::from(Proxy::at(url).unwrap_err());
        assert!(error.exit_status() == 2 && !error.to_string().contains("secret"), "{url}");
    }
}
