//! The way through a proxy (manual 5.1), for networks that have one.

use std::fmt;

use url::Url;

use crate::pki::password::Password;
use crate::terms::usage::UsageError;

/// An HTTP proxy, spoken to by CONNECT. What goes through it is TLS to the site, so it sees no more than the site's name.
///
/// If it asks for a user it is given one by NTLM (NTLMv2) where it offers that, and else by Basic: the two that the MPKI
/// client knows (manual 5.1). Nothing is told to a proxy that did not ask.
///
/// Terminals for eligibility checks must reach the CA directly although they have a proxy; that is what
/// [`Proxy::bypass`] is for.
///
/// ```
/// use obn_client::{Password, Proxy};
///
/// # fn main() -> Result<(), obn_client::UsageError> {
/// let proxy = Proxy::at("http://proxy.example:8080")?
///     .user(r"CLINIC\reception", Password::new("from a file"))
///     .bypass("*.obn.managedpki.ne.jp;*.onshikaku.org");
/// # let _ = proxy;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Proxy {
    pub(crate) url: Url,
    pub(crate) user: Option<(String, Password)>,
    bypass: String,
}

/// Why a proxy opened no way to the site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyFailure {
    /// The proxy itself can't be reached, or broke off.
    #[error("no connection to it: {0}")]
    Connection(String),
    /// It asks for a user, and none was given.
    #[error("it asks for a user and a password")]
    UserWanted,
    /// It does not know the user, or the password is wrong.
    #[error("it did not accept the user and the password")]
    UserRefused,
    /// It asks for a user in ways that this client does not know.
    #[error("it takes neither NTLM nor Basic authentication, but {0}")]
    UnknownSchemes(String),
    /// Its part of NTLM can't be understood.
    #[error("its NTLM challenge can't be understood")]
    Challenge,
    /// It does not let anybody through to this host, or can't reach it itself.
    #[error("it answered HTTP status {0}")]
    Status(u16),
}

impl Proxy {
    /// The proxy at `url`, such as `http://proxy.base.oqs-pdl.org:8080`. Its user and password are not part of it, since
    /// addresses end up in logs.
    pub fn at(url: &str) -> Result<Self, UsageError> {
        let url = Url::parse(url).map_err(|_| UsageError::Proxy)?;
        let is_bare = url.username().is_empty() && url.password().is_none();
        if url.scheme() != "http" || url.host_str().is_none() || !is_bare {
            return Err(UsageError::Proxy);
        }
        Ok(Self { url, user: None, bypass: String::new() })
    }

    /// Authenticates at the proxy if it asks for that. For NTLM the name may begin with a domain and a backslash.
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

    pub(crate) fn direct_hosts(&self) -> Option<reqwest::NoProxy> {
        reqwest::NoProxy::from_string(&self.bypass)
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        format!("{host}:{}", self.url.port_or_known_default().unwrap_or(80))
    }
}

impl ProxyFailure {
    pub(crate) fn explain_in_japanese(&self) -> String {
        match self {
            Self::Connection(reason) => format!("接続できません({reason})"),
            Self::UserWanted => "ユーザー名とパスワードが必要です".into(),
            Self::UserRefused => "ユーザー名またはパスワードが受け付けられませんでした".into(),
            Self::UnknownSchemes(schemes) => format!("認証方式はNTLMまたはBasicではなく{schemes}です"),
            Self::Challenge => "NTLM認証の応答を解釈できません".into(),
            Self::Status(status) => format!("HTTPステータス{status}が返されました"),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}
