//! A way through an HTTP proxy: CONNECT, and the login that the proxy asks for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, HeaderMap, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::network::ntlm;
use crate::network::proxy::{Proxy, ProxyFailure};
use crate::pki::password::Password;
use crate::terms::clock::Clock;

/// A connection to the proxy. NTLM logs in a connection, so what belongs together goes through the same one.
struct Connection(SendRequest<Empty<Bytes>>);

/// What the proxy says to CONNECT.
enum Answer {
    Open(Upgraded),
    /// 407: it offers these schemes, or goes on with one of them.
    LogIn(Vec<String>),
}

/// Opens the way to `target`, a host and a port.
pub(crate) async fn open(proxy: &Proxy, target: &str, clock: &Clock) -> Result<Upgraded, ProxyFailure> {
    let offers = match Connection::to(proxy).await?.connect(target, None).await? {
        Answer::Open(way) => return Ok(way),
        Answer::LogIn(offers) => offers,
    };
    let Some((name, password)) = &proxy.user else { return Err(ProxyFailure::UserWanted) };
    let offers_scheme = |scheme: &str| offers.iter().any(|offer| is_of(scheme, offer).is_some());
    // Another connection: many proxies close the one on which they said 407.
    let mut connection = Connection::to(proxy).await?;
    let login = if offers_scheme("NTLM") {
        connection.challenge(target, name, password, clock).await?
    } else if offers_scheme("Basic") {
        format!("Basic {}", BASE64.encode(format!("{name}:{}", password.expose())))
    } else {
        return Err(ProxyFailure::UnknownSchemes(schemes(&offers)));
    };
    match connection.connect(target, Some(&login)).await? {
        Answer::Open(way) => Ok(way),
        Answer::LogIn(_) => Err(ProxyFailure::UserRefused),
    }
}

impl Connection {
    async fn to(proxy: &Proxy) -> Result<Self, ProxyFailure> {
        let stream = TcpStream::connect(proxy.address()).await.map_err(broken)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // It ends with the sender, or with the upgraded connection. What goes wrong is told to the sender, too.
        tokio::spawn(connection.with_upgrades());
        Ok(Self(sender))
    }

    /// The first half of NTLM; returns what answers the proxy's challenge.
    async fn challenge(
        &mut self,
        target: &str,
        name: &str,
        password: &Password,
        clock: &Clock,
    ) -> Result<String, ProxyFailure> {
        let ntlm = |message: Vec<u8>| format!("NTLM {}", BASE64.encode(message));
        let negotiate = ntlm::negotiate().ok_or(ProxyFailure::Challenge)?;
        let Answer::LogIn(offers) = self.connect(target, Some(&ntlm(negotiate))).await? else {
            return Err(ProxyFailure::Challenge);
        };
        let challenge = offers.iter().find_map(|offer| is_of("NTLM", offer)).filter(|text| !text.is_empty());
        let challenge =
            challenge.and_then(|text| BASE64.decode(text).ok()).ok_or(ProxyFailure::UserRefused)?;
        let answer = ntlm::authenticate(&challenge, name, password, clock.now());
        answer.map(ntlm).ok_or(ProxyFailure::Challenge)
    }

    async fn connect(&mut self, target: &str, login: Option<&str>) -> Result<Answer, ProxyFailure> {
        self.0.ready().await.map_err(broken)?;
        let mut request = Request::builder().method(Method::CONNECT).uri(target).header(HOST, target);
        if let Some(login) = login {
            let mut login = HeaderValue::from_str(login).map_err(|_| ProxyFailure::UserRefused)?;
            login.set_sensitive(true);
            request = request.header(PROXY_AUTHORIZATION, login);
        }
        let request = request.body(Empty::new()).map_err(broken)?;
        let response = self.0.send_request(request).await.map_err(broken)?;
        match response.status() {
            status if status.is_success() => {
                hyper::upgrade::on(response).await.map(Answer::Open).map_err(broken)
            }
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                let offers = offers(response.headers());
                read_to_end(response).await?;
                Ok(Answer::LogIn(offers))
            }
            status => Err(ProxyFailure::Status(status.as_u16())),
        }
    }
}

/// The next request on the same connection has to wait for the end of this answer.
async fn read_to_end(response: Response<Incoming>) -> Result<(), ProxyFailure> {
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        frame.map_err(broken)?;
    }
    Ok(())
}

fn offers(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(PROXY_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The rest of an offer of this scheme.
fn is_of<'a>(scheme: &str, offer: &'a str) -> Option<&'a str> {
    let (name, rest) = offer.split_once(' ').unwrap_or((offer, ""));
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn schemes(offers: &[String]) -> String {
    let names: Vec<&str> = offers.iter().filter_map(|offer| offer.split(' ').next()).collect();
    names.join(", ")
}

fn broken(error: impl std::error::Error) -> ProxyFailure {
    ProxyFailure::Connection(error.to_string())
}
