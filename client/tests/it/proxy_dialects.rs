//! Proxies as vendors made them: each answers the steps of a login in its own way.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use obn_client::{Error, Language, Password, Patience, Proxy, ProxyFailure, TransportError};

use crate::authority::Authority;
use crate::portal::{Portal, Reply};
use crate::proxy_peer::Step::{Ask, Negotiate, Tell};
use crate::proxy_peer::{Dialect, Peer, answer, challenge, ntlm};

async fn portal() -> Portal {
    let der = pem::parse(Authority::named("Root").pem).unwrap().into_contents();
    Portal::start(move |_| Reply::file("application/x-x509-ca-cert", der.clone())).await
}

async fn fetch(portal: &Portal, proxy: Proxy) -> Result<(), Error> {
    portal.client().proxy(proxy).build().unwrap().root_certificate().await.map(drop)
}

fn user(proxy: Proxy) -> Proxy {
    proxy.user(r"CLINIC\reception", Password::new("Secret-花"))
}

#[tokio::test]
async fn the_way_is_opened_by_whatever_answers_curl_takes() {
    let portal = portal().await;
    let by_ntlm = &[Ask, Negotiate, Tell][..];
    let with_407 = |line: &str, head: &str, behind: &str| {
        answer(&format!("HTTP/1.{line}\r\nProxy-Authenticate: {}\r\n{head}\r\n\r\n{behind}", ntlm()))
    };
    let basic = |realm: &[u8]| {
        let (begin, end) =
            (b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"", b"\"\r\nContent-Length: 0\r\n\r\n");
        [&begin[..], realm, end].concat()
    };
    let page = "<p>no</p>".repeat(300_000);
    let dialects = [
        // Several challenges, on one line or more, in any order and case.
        ("negotiate, ntlm", Dialect { ask: challenge("Negotiate, NTLM"), ..Dialect::default() }, by_ntlm),
        ("ntlm, basic", Dialect { ask: challenge("ntlm, BASIC realm=\"a, b\""), ..Dialect::default() }, by_ntlm),
        (
            "digest, ntlm",
            Dialect { ask: challenge("Digest realm=\"a\", qop=\"auth,auth-int\", nonce=b, NTLM"), ..Dialect::default() },
            by_ntlm,
        ),
        (
            "two lines",
            Dialect { ask: challenge("Basic realm=a\r\nPROXY-AUTHENTICATE: Negotiate, NTLM"), ..Dialect::default() },
            by_ntlm,
        ),
        ("folded line", Dialect { ask: challenge("Negotiate,\r\n NTLM"), ..Dialect::default() }, by_ntlm),
        (
            "challenge among others",
            Dialect { negotiate: challenge(&format!("Basic realm=\"a\", {}, Negotiate", ntlm())), ..Dialect::default() },
            by_ntlm,
        ),
        ("basic among others", Dialect { ask: challenge("Digest realm=a, Basic realm=a"), ..Dialect::default() }, &[Ask, Tell]),
        // Who is known already.
        ("open", Dialect { ask: answer("HTTP/1.0 200 OK\r\n\r\n"), ..Dialect::default() }, &[Ask]),
        (
            "200 to the first message",
            Dialect { negotiate: answer("HTTP/1.1 200 OK\r\n\r\n"), ..Dialect::default() },
            &[Ask, Negotiate],
        ),
        // HTTP/1.0, and what may keep a connection or not.
        (
            "1.0, proxy-connection",
            Dialect { negotiate: with_407("0 407 No", "Proxy-Connection: Keep-Alive\r\nContent-Length: 2", "no"), ..Dialect::default() },
            by_ntlm,
        ),
        (
            "1.0, connection",
            Dialect { negotiate: with_407("0 407 No", "Connection: keep-alive\r\nContent-Length: 0", ""), ..Dialect::default() },
            by_ntlm,
        ),
        ("1.0 without a word", Dialect { negotiate: with_407("0 407 No", "Server: x", ""), ..Dialect::default() }, by_ntlm),
        ("no length", Dialect { negotiate: with_407("1 407", "Server: x", ""), ..Dialect::default() }, by_ntlm),
        (
            "chunks",
            Dialect { negotiate: with_407("1 407 No", "Transfer-Encoding: chunked", "2\r\nno\r\n0\r\n\r\n"), ..Dialect::default() },
            by_ntlm,
        ),
        (
            "closed after the question",
            Dialect { ask: answer("HTTP/1.0 407 No\r\nProxy-Authenticate: NTLM\r\n\r\n<p>no"), closes: &[Ask], ..Dialect::default() },
            by_ntlm,
        ),
        (
            "a long page",
            Dialect { ask: [challenge("NTLM"), page.clone().into_bytes()].concat(), ..Dialect::default() },
            by_ntlm,
        ),
        // It closes in the middle, and knows us on another connection.
        (
            "says that it closes",
            Dialect { negotiate: with_407("1 407 No", "Proxy-Connection: close", ""), by_address: true, ..Dialect::default() },
            by_ntlm,
        ),
        (
            "closes without a word",
            Dialect { closes: &[Negotiate], by_address: true, ..Dialect::default() },
            by_ntlm,
        ),
        (
            "too long a page to wait for",
            Dialect {
                negotiate: with_407("1 407 No", &format!("Content-Length: {}", page.len()), &page),
                by_address: true,
                ..Dialect::default()
            },
            by_ntlm,
        ),
        // National letters.
        ("utf-8", Dialect { ask: basic("医院の受付".as_bytes()), ..Dialect::default() }, &[Ask, Tell]),
        ("shift_jis", Dialect { ask: basic(b"\x97\x5c\x96\xf1\x95\x5c"), ..Dialect::default() }, &[Ask, Tell]),
        ("iso-8859-1", Dialect { ask: basic(b"Pr\xfcfung"), ..Dialect::default() }, &[Ask, Tell]),
        (
            "national letters before ntlm",
            Dialect {
                ask: b"HTTP/1.1 407 \x94\x46\x8f\xd8\r\nProxy-Authenticate: Basic realm=\"\x95\x5c\", NTLM\r\n\r\n".to_vec(),
                ..Dialect::default()
            },
            by_ntlm,
        ),
        // What says nothing to a way that is open.
        (
            "first 100, then 200 with a length",
            Dialect {
                tell: answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n"),
                ..Dialect::default()
            },
            by_ntlm,
        ),
    ];
    for (name, dialect, steps) in dialects {
        let peer = Peer::start(dialect).await;
        if let Err(error) = fetch(&portal, user(peer.proxy())).await {
            panic!("{name}: {error}, after {:?}", peer.steps());
        }
        assert_eq!(peer.steps(), steps, "{name}");
    }
}

#[tokio::test]
async fn a_proxy_that_does_not_let_through_is_told_as_what_it_is() {
    let portal = portal().await;
    let asks = |offer: &str| Dialect { ask: challenge(offer), ..Dialect::default() };
    let unknown = |schemes: &str| ProxyFailure::UnknownSchemes(schemes.to_owned());
    let endless = format!("HTTP/1.1 407 No\r\nServer: {}", "x".repeat(100_000));
    let dialects = [
        (asks("Negotiate"), unknown("Negotiate"), &[Ask][..]),
        (asks("Digest realm=\"NTLM, Basic\", nonce=\"x\", digest realm=y"), unknown("Digest"), &[Ask]),
        (asks("Kerberos, Negotiate YII="), unknown("Kerberos, Negotiate"), &[Ask]),
        (
            Dialect { ask: answer("HTTP/1.1 407 No\r\n\r\n"), ..Dialect::default() },
            ProxyFailure::NoScheme,
            &[Ask],
        ),
        (
            Dialect { negotiate: challenge("NTLM"), ..Dialect::default() },
            ProxyFailure::NtlmBrokenOff,
            &[Ask, Negotiate],
        ),
        (
            Dialect { negotiate: challenge("Basic realm=x"), ..Dialect::default() },
            ProxyFailure::NtlmBrokenOff,
            &[Ask, Negotiate],
        ),
        (
            Dialect { negotiate: challenge("NTLM !"), ..Dialect::default() },
            ProxyFailure::NtlmBrokenOff,
            &[Ask, Negotiate],
        ),
        (
            Dialect { negotiate: challenge("NTLM abc"), ..Dialect::default() },
            ProxyFailure::Challenge,
            &[Ask, Negotiate],
        ),
        (
            Dialect { negotiate: challenge("NTLM TlRM"), ..Dialect::default() },
            ProxyFailure::Challenge,
            &[Ask, Negotiate],
        ),
        (
            Dialect { tell: challenge("NTLM"), ..Dialect::default() },
            ProxyFailure::UserRefused,
            &[Ask, Negotiate, Tell],
        ),
        // Asked once: who tries on may be locked out.
        (
            Dialect { tell: challenge("Basic realm=x"), ..asks("Basic realm=x") },
            ProxyFailure::UserRefused,
            &[Ask, Tell],
        ),
        (
            Dialect { ask: answer("HTTP/1.1 502 Bad\r\n\r\n"), ..Dialect::default() },
            ProxyFailure::Status(502),
            &[Ask],
        ),
        (Dialect { ask: answer("SSH-2.0-x\r\n\r\n"), ..Dialect::default() }, ProxyFailure::Malformed, &[Ask]),
        (Dialect { ask: answer(&endless), ..Dialect::default() }, ProxyFailure::Malformed, &[Ask]),
        (Dialect { ask: Vec::new(), closes: &[Ask], ..Dialect::default() }, ProxyFailure::Closed, &[Ask]),
        (
            Dialect { ask: answer("HTTP/1.1 407 No\r\nProxy-Auth"), closes: &[Ask], ..Dialect::default() },
            ProxyFailure::Closed,
            &[Ask],
        ),
    ];
    for (dialect, expected, steps) in dialects {
        let peer = Peer::start(dialect).await;
        let error = fetch(&portal, user(peer.proxy())).await.unwrap_err();
        assert_eq!((failure(&error), peer.steps().as_slice()), (&expected, steps));
        assert_eq!(error.exit_status(), 3);
        let told =
            [error.explain(Language::Japanese), error.explain(Language::English), format!("{error:?}")];
        assert!(!told.concat().contains("Secret") && told[0] != told[1], "{told:?}");
    }
}

#[tokio::test]
async fn what_no_password_helps_against_is_told_to_who_gave_none() {
    let peer = Peer::start(Dialect { ask: challenge("Negotiate"), ..Dialect::default() }).await;
    let error = fetch(&portal().await, peer.proxy()).await.unwrap_err();
    assert_eq!(failure(&error), &ProxyFailure::UnknownSchemes("Negotiate".to_owned()));
}

#[tokio::test]
async fn a_proxy_that_says_nothing_is_named_before_the_time_is_over() {
    let (portal, peer) =
        (portal().await, Peer::start(Dialect { ask: Vec::new(), ..Dialect::default() }).await);
    let patience = Patience { connect: Duration::from_secs(1), ..Patience::default() };
    let client = portal.client().patience(patience).proxy(peer.proxy()).build().unwrap();
    assert_eq!(failure(&client.root_certificate().await.unwrap_err()), &ProxyFailure::Silent);
}

#[tokio::test]
async fn basic_tells_names_and_passwords_in_utf_8() {
    let portal = portal().await;
    // か with a voiced sound mark of its own, as some keyboards have it.
    let (name, password) = ("受付", "か\u{3099}1:é");
    for (asks, expected) in [
        ("Basic realm=\"x\"", "受付:か\u{3099}1:é"),
        ("Basic realm=\"x\", charset=\"UTF-8\"", "受付:が1:é"),
        ("Digest realm=x, BASIC CHARSET=utf-8", "受付:が1:é"),
    ] {
        let peer = Peer::start(Dialect { ask: challenge(asks), ..Dialect::default() }).await;
        fetch(&portal, peer.proxy().user(name, Password::new(password))).await.unwrap();
        assert_eq!(peer.last(), format!("Basic {}", BASE64.encode(expected)), "{asks}");
    }
}

#[tokio::test]
async fn hosts_are_reached_directly_as_the_list_says() {
    let portal = portal().await;
    // The site is localhost, at some port.
    for (list, directly) in [
        ("<local>", true),
        ("*", true),
        ("local*", true),
        ("a.test b.test,LOCALHOST", true),
        ("*.example.jp;<-loopback>", false),
        ("*;<-loopback>", false),
        ("localhost:1", false),
        ("*.localhost;127.0.0.1;10.*", false),
        ("", false),
    ] {
        let peer =
            Peer::start(Dialect { ask: answer("HTTP/1.1 200 OK\r\n\r\n"), ..Dialect::default() }).await;
        fetch(&portal, peer.proxy().bypass(list)).await.unwrap();
        assert_eq!(peer.steps().is_empty(), directly, "{list:?}");
    }
}

fn failure(error: &Error) -> &ProxyFailure {
    match error {
        Error::Transport(TransportError::Proxy { failure, .. }) => failure,
        other => panic!("{other:?}"),
    }
}
