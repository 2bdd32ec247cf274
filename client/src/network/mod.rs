//! The HTTP client below the pages, and the proxy that it goes through.

pub(crate) mod bypass;
mod challenge;
pub(crate) mod connect;
pub(crate) mod ntlm;
pub(crate) mod proxy;
mod relay;
pub(crate) mod transport;
pub(crate) mod trust;
mod tunnel;

use std::sync::Arc;

use crate::network::proxy::Proxy;
use crate::network::relay::Relay;
use crate::network::transport::TransportError;
use crate::network::trust::Handshakes;
use crate::terms::clock::Clock;
use crate::terms::patience::Patience;
use crate::terms::witness::Handshake;

/// What we say we are.
pub(crate) const USER_AGENT: &str = concat!("obn-client/", env!("CARGO_PKG_VERSION"));

/// Connections to the site.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    http: reqwest::Client,
    relay: Option<Arc<Relay>>,
    seen: Handshakes,
}

impl Network {
    pub(crate) fn new(
        tls: rustls::ClientConfig,
        patience: &Patience,
        proxy: Option<Proxy>,
        clock: &Clock,
        seen: Handshakes,
    ) -> Result<Self, TransportError> {
        let failed = |error: reqwest::Error| TransportError::of(&error, "");
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .http1_only()
            // Redirections and cookies are followed above, by the page's own rules and the client's own clock.
            .redirect(reqwest::redirect::Policy::none())
            // The CA's host must be reached directly, whatever the environment says (facts: the published bypass list).
            .no_proxy()
            .connect_timeout(patience.connect)
            .timeout(patience.answer)
            .user_agent(USER_AGENT);
        let relay = match proxy {
            Some(proxy) => Some(Arc::new(relay(proxy, clock, patience)?)),
            None => None,
        };
        let builder = match &relay {
            Some(relay) => builder.proxy(relay.as_proxy()),
            None => builder,
        };
        let http = builder.build().map_err(failed)?;
        Ok(Self { http, relay, seen })
    }

    pub(crate) fn request(&self, method: reqwest::Method, url: url::Url) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// What the last handshake with this host showed.
    pub(crate) fn handshake(&self, host: &str) -> Option<Handshake> {
        self.seen.of(host)
    }

    /// What a failed exchange with `host` failed of.
    pub(crate) fn failure(&self, error: &reqwest::Error, host: &str) -> TransportError {
        let at_proxy =
            self.relay.as_ref().filter(|_| error.is_connect()).and_then(|relay| relay.take_failure());
        match at_proxy {
            Some((proxy, failure)) => TransportError::Proxy { proxy, failure },
            None => TransportError::of(error, host),
        }
    }
}

fn relay(proxy: Proxy, clock: &Clock, patience: &Patience) -> Result<Relay, TransportError> {
    let address = proxy.address();
    // Told before the HTTP client's own limit ends all, so that the proxy is named.
    let limit = patience.connect.mul_f32(0.9);
    Relay::start(proxy, clock.clone(), limit)
        .map_err(|error| TransportError::Connect { host: address, reason: obn_speech::cause(&error) })
}
