//! Failures below the pages: the network and TLS.

use std::error::Error as StdError;
use std::time::Duration;

use obn_speech::{Words, cause};

use crate::network::proxy::ProxyFailure;
use crate::network::trust::MissingIntermediate;
use crate::terms::language::Language;

/// Why the site could not be reached or believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The server's certificate or the handshake failed.
    #[error("TLS to {host} failed: {failure}")]
    #[non_exhaustive]
    Tls {
        /// The host that was asked for.
        host: String,
        /// What failed.
        failure: TlsFailure,
    },
    /// No connection: the name does not resolve, or nothing answers there.
    #[error("could not connect to {host}: {reason}")]
    #[non_exhaustive]
    Connect {
        /// The host that was asked for.
        host: String,
        /// What the system said.
        reason: Words,
    },
    /// The proxy opened no way to the site.
    #[error("the proxy {proxy} does not let us through: {failure}")]
    #[non_exhaustive]
    Proxy {
        /// Host and port of the proxy.
        proxy: String,
        /// What failed.
        failure: ProxyFailure,
    },
    /// No answer within the time that the caller gave.
    #[error("{host} did not answer in time")]
    #[non_exhaustive]
    Timeout {
        /// The host that was asked for.
        host: String,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection to {host} broke off: {reason}")]
    #[non_exhaustive]
    Interrupted {
        /// The host that was asked for.
        host: String,
        /// What broke.
        reason: Words,
    },
    /// The site says that it is out of service now (HTTP 429, 502, 503 or 504).
    #[error("{host} is out of service now: {message}")]
    #[non_exhaustive]
    OutOfService {
        /// The host that was asked for.
        host: String,
        /// The page's words.
        message: String,
        /// How long the site asks to be left alone, if it says so.
        retry_after: Option<Duration>,
    },
}

/// What about TLS failed, so that the right person can repair it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The chain ends in a root that is not the given one (manual 5.3).
    #[error("the server's certificate does not come from the trusted root")]
    UnknownRoot,
    /// The server sent its own certificate only, and the root did not issue that one.
    #[error(
        "the server did not send the intermediate certificate \"{0}\"; supply it as an extra intermediate"
    )]
    MissingIntermediate(String),
    /// The certificate is for another host.
    #[error("the server's certificate is for another host")]
    WrongHost,
    /// The certificate is past its validity.
    #[error("the server's certificate has expired")]
    Expired,
    /// The certificate's validity has not begun; often this computer's clock is wrong.
    #[error("the server's certificate is not valid yet")]
    NotYetValid,
    /// The server did not like the client's certificate, or its absence.
    #[error("the server refused the client certificate ({0})")]
    ClientCertificate(String),
    /// Anything else about the certificate or the handshake.
    #[error("{0}")]
    Other(String),
}

impl TransportError {
    /// Whether it may pass by itself: the site or the way to it, as it is now.
    pub(crate) fn is_temporary(&self) -> bool {
        !matches!(self, Self::Tls { .. } | Self::Proxy { .. })
    }

    /// Whether the same request may succeed if it is made once more right away.
    pub(crate) fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted { .. })
    }

    pub(crate) fn of(error: &reqwest::Error, host: &str) -> Self {
        let host = host.to_owned();
        if let Some(tls) = tls_cause(error) {
            return Self::Tls { host, failure: TlsFailure::of(tls) };
        }
        if error.is_timeout() {
            return Self::Timeout { host };
        }
        let reason = innermost(error);
        if error.is_connect() { Self::Connect { host, reason } } else { Self::Interrupted { host, reason } }
    }

    /// The message for a person.
    pub fn explain(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::Tls { host, failure } => {
                format!("{host} との TLS 接続に失敗しました: {}", failure.explain_in_japanese())
            }
            Self::Connect { host, reason } => format!("{host} に接続できません: {}", reason.japanese),
            Self::Proxy { proxy, failure } => {
                format!("プロキシ {proxy} を経由できません: {}", failure.explain_in_japanese())
            }
            Self::Timeout { host } => format!("{host} から時間内に応答がありません"),
            Self::Interrupted { host, reason } => format!("{host} との接続が切れました: {}", reason.japanese),
            Self::OutOfService { host, message, .. } => format!("{host} は現在利用できません: {message}"),
        }
    }
}

impl TlsFailure {
    fn of(error: &rustls::Error) -> Self {
        use rustls::{AlertDescription as Alert, CertificateError as Certificate, Error};
        match error {
            Error::InvalidCertificate(problem) => match problem {
                // The second: a root of the same name, such as the one of a simulator's last start.
                Certificate::UnknownIssuer | Certificate::BadSignature => Self::UnknownRoot,
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => Self::WrongHost,
                Certificate::Expired | Certificate::ExpiredContext { .. } => Self::Expired,
                Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => Self::NotYetValid,
                Certificate::Other(other) => match other.0.downcast_ref::<MissingIntermediate>() {
                    Some(missing) => Self::MissingIntermediate(missing.0.clone()),
                    None => Self::Other(error.to_string()),
                },
                _ => Self::Other(error.to_string()),
            },
            Error::AlertReceived(
                alert @ (Alert::CertificateRequired
                | Alert::CertificateExpired
                | Alert::CertificateRevoked
                | Alert::CertificateUnknown
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::UnknownCA
                | Alert::AccessDenied),
            ) => Self::ClientCertificate(format!("{alert:?}")),
            other => Self::Other(other.to_string()),
        }
    }

    fn explain_in_japanese(&self) -> String {
        match self {
            Self::UnknownRoot => {
                "サーバー証明書は指定されたルート証明書から発行されたものではありません".into()
            }
            Self::MissingIntermediate(name) => {
                format!("サーバーが中間証明書「{name}」を送っていません。中間証明書を追加で指定してください")
            }
            Self::WrongHost => "サーバー証明書は別のホスト名のものです".into(),
            Self::Expired => "サーバー証明書の有効期限が切れています".into(),
            Self::NotYetValid => "サーバー証明書の有効期間がまだ始まっていません".into(),
            Self::ClientCertificate(alert) => {
                format!("サーバーがクライアント証明書を受け付けませんでした({alert})")
            }
            Self::Other(text) => text.clone(),
        }
    }
}

/// The rustls error among the causes. It hides inside `io::Error`, whose `source` skips its own content.
fn tls_cause(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// The deepest cause says most ("connection refused"); the outer ones repeat the URL, which may carry IDs.
fn innermost(error: &reqwest::Error) -> Words {
    let mut deepest: &(dyn StdError + 'static) = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.downcast_ref::<std::io::Error>().map_or_else(|| Words::same(deepest.to_string()), cause)
}
