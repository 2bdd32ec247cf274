//! The way through a proxy (manual 5.1), for networks that have one.

use std::fmt;

use url::Url;

use crate::error::{Error, UsageError};
use crate::password::Password;

/// An HTTP proxy, spoken to by CONNECT, with Basic authentication if it asks for a user. What goes through it is TLS to
/// the site, so it sees no more than the site's name.
///
/// Terminals for eligibility checks must reach the CA directly although they have a proxy; that is what
/// [`Proxy::bypass`] is for.
#[derive(Clone)]
pub struct Proxy {
    url: Url,
    user: Option<(String, Password)>,
    bypass: String,
}

impl Proxy {
    /// The proxy at `url`, such as `http://proxy.base.oqs-pdl.org:8080`. Its user and password are not part of it, since
    /// addresses end up in logs.
    pub fn at(url: &str) -> Result<Self, Error> {
        let url = Url::parse(url).map_err(|_| UsageError::Proxy)?;
        let is_bare = url.username().is_empty() && url.password().is_none();
        if url.scheme() != "http" || url.host_str().is_none() || !is_bare {
            return Err(UsageError::Proxy.into());
        }
        Ok(Self { url, user: None, bypass: String::new() })
    }

    /// Authenticates at the proxy (Basic).
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: Password) -> Self {
        self.user = Some((name.into(), password));
        self
    }

    /// Goes directly to these hosts: names, or `*.` and a domain, with `;` or `,` between them, as Windows and the
    /// published settings write such lists.
    #[must_use]
    pub fn bypass(mut self, hosts: &str) -> Self {
        let hosts = hosts.split([';', ',']).map(str::trim).filter(|host| !host.is_empty());
        let hosts: Vec<&str> = hosts.map(|host| host.strip_prefix('*').unwrap_or(host)).collect();
        self.bypass = hosts.join(",");
        self
    }

    pub(crate) fn build(&self) -> Result<reqwest::Proxy, Error> {
        let mut proxy = reqwest::Proxy::all(self.url.clone()).map_err(|_| UsageError::Proxy)?;
        if let Some((name, password)) = &self.user {
            proxy = proxy.basic_auth(name, password.expose());
        }
        Ok(proxy.no_proxy(reqwest::NoProxy::from_string(&self.bypass)))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}
