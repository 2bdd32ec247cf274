//! A way through an HTTP proxy: CONNECT, and the login that the proxy asks for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::BufReader;
use tokio::net::TcpStream;
use unicode_normalization::UnicodeNormalization;

use crate::network::challenge::Challenge;
use crate::network::connect::{Answer, Connection};
use crate::network::ntlm;
use crate::network::proxy::{Proxy, ProxyFailure};
use crate::pki::password::Password;
use crate::terms::clock::Clock;

/// A way to the site.
pub(crate) type Way = BufReader<TcpStream>;

/// How to log in, of what the proxy offers.
enum Scheme {
    Ntlm,
    Basic {
        /// Whether the proxy wants UTF-8 (RFC 7617, section 2.1).
        is_utf8: bool,
    },
}

/// Opens the way to `target`, a host and a port.
pub(crate) async fn open(proxy: &Proxy, target: &str, clock: &Clock) -> Result<Way, ProxyFailure> {
    let offers = match Connection::to(proxy).await?.connect(target, None).await? {
        Answer::Open(way) => return Ok(way),
        Answer::LogIn(offers, _) => offers,
    };
    let scheme = Scheme::of(&offers)?;
    let Some((name, password)) = &proxy.user else { return Err(ProxyFailure::UserWanted) };
    // Another connection: many proxies close the one on which they said 407.
    let connection = Connection::to(proxy).await?;
    let answer = match scheme {
        Scheme::Basic { is_utf8 } => {
            connection.connect(target, Some(&basic(name, password, is_utf8))).await?
        }
        Scheme::Ntlm => by_ntlm(connection, proxy, target, name, password, clock).await?,
    };
    match answer {
        Answer::Open(way) => Ok(way),
        Answer::LogIn(..) => Err(ProxyFailure::UserRefused),
    }
}

/// Both halves of NTLM, which logs in a connection.
async fn by_ntlm(
    connection: Connection,
    proxy: &Proxy,
    target: &str,
    name: &str,
    password: &Password,
    clock: &Clock,
) -> Result<Answer, ProxyFailure> {
    let negotiate = ntlm::negotiate().ok_or(ProxyFailure::Challenge)?;
    let (offers, behind) = match connection.connect(target, Some(&ntlm(&negotiate))).await? {
        // It knows this computer already.
        Answer::Open(way) => return Ok(Answer::Open(way)),
        Answer::LogIn(offers, behind) => (offers, behind),
    };
    let mut tokens = offers.iter().filter(|offer| offer.is_of("NTLM") && !offer.token.is_empty());
    let token = &tokens.next().ok_or(ProxyFailure::NtlmBrokenOff)?.token;
    let challenge = BASE64.decode(token).map_err(|_| ProxyFailure::Challenge)?;
    let login = ntlm::authenticate(&challenge, name, password, clock.now()).ok_or(ProxyFailure::Challenge)?;
    let login = ntlm(&login);
    // A proxy that ends the connection in between may know us by our address, as curl hopes as well.
    let connection = match behind.go_on().await {
        Some(connection) => connection,
        None => Connection::to(proxy).await?,
    };
    match connection.connect(target, Some(&login)).await {
        Err(ProxyFailure::Closed) => Connection::to(proxy).await?.connect(target, Some(&login)).await,
        answer => answer,
    }
}

fn ntlm(message: &[u8]) -> String {
    format!("NTLM {}", BASE64.encode(message))
}

/// UTF-8 in any case, as curl and browsers send it; who asks for it also gets one spelling of each letter.
fn basic(name: &str, password: &Password, is_utf8: bool) -> String {
    let spelt = |text: &str| -> String { if is_utf8 { text.nfc().collect() } else { text.to_owned() } };
    format!("Basic {}", BASE64.encode(format!("{}:{}", spelt(name), spelt(password.expose()))))
}

impl Scheme {
    /// The safer of the two that we know.
    fn of(offers: &[Challenge]) -> Result<Self, ProxyFailure> {
        let offered = |scheme: &'static str| offers.iter().filter(move |offer| offer.is_of(scheme));
        if offered("NTLM").next().is_some() {
            return Ok(Self::Ntlm);
        }
        if offered("Basic").next().is_some() {
            return Ok(Self::Basic { is_utf8: offered("Basic").any(|offer| offer.says("charset", "UTF-8")) });
        }
        let mut names: Vec<&str> = Vec::new();
        for offer in offers {
            if !names.iter().any(|name| offer.is_of(name)) {
                names.push(&offer.scheme);
            }
        }
        Err(match names.join(", ") {
            none if none.is_empty() => ProxyFailure::NoScheme,
            names => ProxyFailure::UnknownSchemes(names),
        })
    }
}
