//! The client: where the site is, whom to trust, and who one is.

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::error::Error;
use crate::network::Network;
use crate::network::proxy::Proxy;
use crate::network::trust::{self, Handshakes, Trust};
use crate::pki::certificate::Certificate;
use crate::pki::credential::Credential;
use crate::pki::identity::Identity;
use crate::recording::recorder::Recorder;
use crate::site::browser::Browser;
use crate::site::origins::Origins;
use crate::terms::clock::Clock;
use crate::terms::inbox::Inbox;
use crate::terms::patience::Patience;
use crate::terms::usage::UsageError;
use crate::terms::witness::Witness;

/// A client of the site. Every call is a visit of its own, with its own session; calls may run side by side.
///
/// ```
/// use obn_client::{Clock, Client};
///
/// # fn main() -> Result<(), obn_client::Error> {
/// # let root = include_str!("../../fixtures/pfx/root.pem");
/// let client = Client::builder("https://cert.obn.managedpki.ne.jp").root_pem(root)?.build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    network: Network,
    origins: Origins,
    pub(crate) clock: Clock,
    pub(crate) patience: Patience,
    pub(crate) credential: Option<Credential>,
    inbox: Arc<dyn Inbox>,
    witness: Option<Arc<dyn Witness>>,
}

/// Gathers what a [`Client`] needs: the address, a root to trust, and for a renewal the identity to renew.
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    url: String,
    renewal_url: Option<String>,
    trust: Trust,
    clock: Clock,
    patience: Patience,
    credential: Option<Credential>,
    proxy: Option<Proxy>,
    inbox: Arc<dyn Inbox>,
    witness: Option<Arc<dyn Witness>>,
}

impl Client {
    /// Begins a client of the site at `url`, such as `https://cert.obn.managedpki.ne.jp`: scheme, host and port.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            url: url.into(),
            renewal_url: None,
            trust: Trust::default(),
            clock: Clock::system(),
            patience: Patience::default(),
            credential: None,
            proxy: None,
            inbox: Arc::new(()),
            witness: None,
        }
    }

    /// Opens a new browser window, so to speak.
    pub(crate) fn visit(&self) -> Browser {
        let (inbox, witness) = (Arc::clone(&self.inbox), self.witness.clone());
        Browser::new(self.network.clone(), self.origins.clone(), self.clock.clone(), inbox, witness)
    }
}

impl ClientBuilder {
    /// Trusts the root certificates of a PEM text. Only servers whose chain ends in a trusted root are spoken to, and
    /// there is no way to turn that off.
    pub fn root_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.trust.roots.extend(Certificate::all_from_pem(pem.as_ref())?);
        Ok(self)
    }

    /// Trusts a root certificate.
    pub fn root(mut self, root: Certificate) -> Self {
        self.trust.roots.push(root);
        self
    }

    /// Supplies intermediate certificates, in PEM, for a server that does not send its own. They are not trusted by
    /// themselves.
    pub fn intermediates_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.trust.intermediates.extend(Certificate::all_from_pem(pem.as_ref())?);
        Ok(self)
    }

    /// Names a second origin of the site, such as a host or port of its own for `/p/ru`. IDs, passwords, and the client
    /// certificate go to the two and nowhere else, wherever a page or a redirection leads.
    pub fn renewal_url(mut self, url: impl Into<String>) -> Self {
        self.renewal_url = Some(url.into());
        self
    }

    /// Shows this identity when the site asks for a client certificate, as `/p/ru` does.
    pub fn identity(self, identity: Identity) -> Self {
        self.credential(identity.into())
    }

    /// The same with a key that may stay where it is kept.
    pub(crate) fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Goes through a proxy. Without this the site is reached directly, whatever the environment says.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Shows each file that the site sends to `inbox`, before anybody judges it.
    pub fn inbox(mut self, inbox: impl Inbox + 'static) -> Self {
        self.inbox = Arc::new(inbox);
        self
    }

    /// Shows each exchange to `recorder`.
    pub fn recorder(mut self, recorder: &Recorder) -> Self {
        self.witness = Some(Arc::new(recorder.clone()));
        self
    }

    /// Takes the time from here instead of the system.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets time limits and numbers of tries.
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Builds the client. Nothing is sent yet.
    pub fn build(self) -> Result<Client, Error> {
        let base = https(&self.url)?;
        let renewal = self.renewal_url.as_deref().map(https).transpose()?;
        let seen = Handshakes::default();
        let tls = trust::tls(self.trust.verifier(&seen)?, &self.clock, self.credential.as_ref(), &seen)?;
        let network = Network::new(tls, &self.patience, self.proxy, &self.clock, seen)?;
        Ok(Client {
            network,
            origins: Origins::new(base, renewal),
            clock: self.clock,
            patience: self.patience,
            credential: self.credential,
            inbox: self.inbox,
            witness: self.witness,
        })
    }
}

fn https(url: &str) -> Result<Url, UsageError> {
    let url = Url::parse(url).map_err(|_| UsageError::Url)?;
    if url.scheme() == "https" && url.host_str().is_some() { Ok(url) } else { Err(UsageError::Url) }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.origins.base.as_str())
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
