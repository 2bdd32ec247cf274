//! The way through a proxy (manual 5.1), for networks that have one.

use std::fmt;

use obn_speech::Words;
use url::Url;

use crate::network::bypass::Bypass;
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
    bypass: Bypass,
}

/// Why a proxy opened no way to the site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyFailure {
    /// The proxy itself can't be reached.
    #[error("no connection to it: {0}")]
    Connection(Words),
    /// It ended the connection instead of answering.
    #[error("it closed the connection without an answer")]
    Closed,
    /// It does not answer within the time that the caller gives a connection.
    #[error("it does not answer in time")]
    Silent,
    /// What it answered is not HTTP/1, or longer than any answer of a proxy.
    #[error("its answer is not HTTP, or too long")]
    Malformed,
    /// It asks for a user, and none was given.
    #[error("it asks for a user and a password")]
    UserWanted,
    /// It does not know the user, or the password is wrong.
    #[error("it did not accept the user and the password")]
    UserRefused,
    /// It asks for a user in ways that this client does not know; these.
    #[error(
        "it takes neither NTLM nor Basic authentication, but {0}; ask its administrator for one of the two, or to let this host through"
    )]
    UnknownSchemes(String),
    /// It asks for a user and says in no way how.
    #[error("it asks for a user and a password, and does not say in which way (Proxy-Authenticate)")]
    NoScheme,
    /// Its part of NTLM can't be understood.
    #[error("its NTLM challenge can't be understood")]
    Challenge,
    /// It offers NTLM, and answers the first message with no challenge.
    #[error("it offers NTLM, but does not go on with it")]
    NtlmBrokenOff,
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
        Ok(Self { url, user: None, bypass: Bypass::default() })
    }

    /// Authenticates at the proxy if it asks for that. For NTLM the name may begin with a domain and a backslash.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: Password) -> Self {
        self.user = Some((name.into(), password));
        self
    }

    /// Goes directly to these hosts: a list as Windows and the published settings write it, with `;`, `,` or blanks between
    /// its entries.
    ///
    /// | entry | hosts |
    /// |---|---|
    /// | `example.jp`, `.example.jp` | this name and all below it, as in curl's `NO_PROXY` |
    /// | `*.example.jp`, `local*`, `10.*`, `*` | `*` stands for any letters |
    /// | `<local>` | names without a dot |
    /// | `192.168.0.0/16`, `10.1.2.3`, `[2001:db8::1]` | a network, an address |
    /// | `example.jp:8443`, `https://example.jp` | at this port, by this scheme |
    /// | `<-loopback>` | this machine goes through the proxy, whatever stands before |
    #[must_use]
    pub fn bypass(mut self, hosts: &str) -> Self {
        self.bypass = Bypass::read(hosts);
        self
    }

    /// Whether this site is reached through the proxy.
    pub(crate) fn leads_to(&self, site: &Url) -> bool {
        !self.bypass.covers(site)
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
            Self::Connection(reason) => format!("接続できません({})", reason.japanese),
            Self::Closed => "応答せずに接続を切りました".into(),
            Self::Silent => "時間内に応答がありません".into(),
            Self::Malformed => "応答が HTTP ではないか、長すぎます".into(),
            Self::UserWanted => "ユーザー名とパスワードを求めています".into(),
            Self::UserRefused => "ユーザー名またはパスワードが受け付けられませんでした".into(),
            Self::UnknownSchemes(schemes) => {
                format!(
                    "認証方式が NTLM でも Basic でもなく {schemes} です。どちらかの認証方式、またはこのホストの許可をプロキシの管理者に依頼してください"
                )
            }
            Self::NoScheme => {
                "ユーザー名とパスワードを求めていますが、認証方式(Proxy-Authenticate)を示していません".into()
            }
            Self::Challenge => "NTLM 認証の応答を解釈できません".into(),
            Self::NtlmBrokenOff => "NTLM 認証を提示しながら、続きに応じません".into(),
            Self::Status(status) => format!("HTTP ステータス {status} が返されました"),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}
