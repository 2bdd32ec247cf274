//! What a stranger can do to portal and control, in small numbers: users are served meanwhile, and memory has a bound.
//! `tests/attack.sh` does the same in large numbers.

mod connections;
mod control;
mod memory;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use obn_ca::{Limits, Options};
use obn_tests::{Control, Environment};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Connections at once, and a stranger opens more.
const PLACES: usize = 64;
const MANY: usize = 96;
/// Much more than the second that is promised, and that `tests/attack.sh` measures: the machine may have other work.
const SERVED: Duration = Duration::from_secs(30);

async fn start(limits: Limits) -> Environment {
    Environment::options(Options { limits, ..Options::for_tests() }).await
}

async fn with_places() -> Environment {
    start(Limits { connections: PLACES, ..Limits::default() }).await
}

/// Some who come for the first time are served, on portal and control.
async fn users_are_served(env: &Environment) {
    for _ in 0..3 {
        let control = Control::new(&env.simulator.control_url(), &env.transcript);
        let served = async {
            assert_eq!(env.browser().get("/p/rcd").await.status, 200);
            assert_eq!(control.get("//healthz").await.status, 200);
            assert_eq!(
                Control::new(&env.simulator.control_url(), &env.transcript).get("/clock").await.status,
                200
            );
        };
        tokio::time::timeout(SERVED, served).await.expect("users are served");
    }
}

/// Connections of a stranger who sends this on each, as far as the other side takes it, and then does nothing.
async fn hold(address: SocketAddr, sent: &[u8]) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..MANY {
        let mut stream = TcpStream::connect(address).await.unwrap();
        send(&mut stream, sent).await;
        held.push(stream);
    }
    held
}

/// The same over TLS with this protocol.
async fn hold_tls(env: &Environment, protocol: &'static str, sent: &[u8]) -> Vec<TlsStream<TcpStream>> {
    let tls = TlsConnector::from(Arc::new(env.tls().alpn(protocol).config()));
    let mut held = Vec::new();
    for _ in 0..MANY {
        let stream = TcpStream::connect(env.simulator.portal_address()).await.unwrap();
        let mut stream = tls.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        send(&mut stream, sent).await;
        held.push(stream);
    }
    held
}

async fn send(stream: &mut (impl AsyncWriteExt + Unpin), bytes: &[u8]) {
    // Who isn't read from any more, or cut off, has sent enough.
    let _ = tokio::time::timeout(Duration::from_millis(20), stream.write_all(bytes)).await;
}

/// A connection from another address of this machine.
async fn connect_from(address: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((address, 0))).unwrap();
    socket.connect(to).await.unwrap()
}

/// A connection of HTTP/2 that asks for this so many times and gives the answers no room (RFC 9113, 6.5.2).
fn without_window(path: &str, times: u32) -> Vec<u8> {
    with_fields(path, times, &[])
}

/// The same with more fields, each with a name of its own.
fn with_fields(path: &str, times: u32, more: &[(&str, &str)]) -> Vec<u8> {
    const HOST: &[u8] = b"localhost";
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let more: Vec<u8> =
        more.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect();
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    };
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    sent.extend(frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]));
    for number in 0..times {
        // RFC 7541: GET, https, and two literals by the names :path and :authority.
        let fields = [&[0x82, 0x87, 0x04], &text(path)[..], &[0x01, 9], HOST, &more].concat();
        sent.extend(frame(1, 5, 2 * number + 1, &fields));
    }
    sent
}
